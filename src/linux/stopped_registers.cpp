#include "linux/stopped_registers.hpp"

#include <sys/user.h>

#include <cerrno>
#include <cstddef>

#include "linux/ptrace_request.hpp"

namespace sidestep::os {
namespace {

constexpr std::size_t pc_at = offsetof(user_regs_struct, rip);
static_assert(sizeof(user_regs_struct) <= sizeof core::Registers::words);

}  // namespace

void StoppedRegisters::next_stop() {
  forget();
  all_expected_ = all_asked_;
  all_asked_ = false;
}

bool StoppedRegisters::fetch(Tid tid) {
  if (known_of_ == tid) return true;
  forget();
  if (request(PTRACE_GETREGS, tid, 0, known_.words.data()) != 0) return false;
  known_of_ = tid;
  return true;
}

std::optional<Address> StoppedRegisters::pc(Tid tid) {
  if (all_expected_ || known_of_ == tid) {
    if (!fetch(tid)) return std::nullopt;
    return Address{known_.words[pc_at / sizeof known_.words[0]]};
  }
  errno = 0;
  const long value = request(PTRACE_PEEKUSER, tid, pc_at, std::uint64_t{0});
  if (value == -1 && errno) return std::nullopt;
  return Address{static_cast<std::uint64_t>(value)};
}

std::optional<core::Registers> StoppedRegisters::all(Tid tid) {
  all_asked_ = true;
  if (!fetch(tid)) return std::nullopt;
  return known_;
}

bool StoppedRegisters::set_pc(Tid tid, Address pc) {
  forget();
  return request(PTRACE_POKEUSER, tid, pc_at, pc.value) == 0;
}

bool StoppedRegisters::set_all(Tid tid, const core::Registers& registers) {
  forget();
  return request(PTRACE_SETREGS, tid, 0, const_cast<std::uint64_t*>(registers.words.data())) == 0;
}

}  // namespace sidestep::os
