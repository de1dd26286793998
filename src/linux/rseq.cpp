#include "linux/rseq.hpp"

#include <linux/rseq.h>
#include <sys/ptrace.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace sidestep::os {
namespace {

constexpr auto get_configuration = static_cast<__ptrace_request>(0x420f);

/// struct ptrace_rseq_configuration of <linux/ptrace.h>, which <sys/ptrace.h> does not get on with.
struct Configuration {
  std::uint64_t area = 0;
  std::uint32_t size = 0, signature = 0, flags = 0, unused = 0;
};

template <class T>
bool read(Memory& memory, Tid tid, std::uint64_t from, T& to) {
  const std::span bytes(reinterpret_cast<std::uint8_t*>(&to), sizeof to);
  return memory.read(tid, Address{from}, bytes) == sizeof to;
}

}  // namespace

bool in_restartable_sequence(Tid tid, Address at, Memory& memory) {
  Configuration registered;
  const long size = ::ptrace(get_configuration, tid.value, sizeof registered, &registered);
  if (size < static_cast<long>(offsetof(Configuration, signature)) || !registered.area)
    return false;
  std::uint64_t announced = 0;
  const std::uint64_t field = registered.area + offsetof(struct rseq, rseq_cs);
  if (!read(memory, tid, field, announced) || !announced) return false;
  struct rseq_cs sequence {};
  if (!read(memory, tid, announced, sequence)) return false;
  return at.value - sequence.start_ip < sequence.post_commit_offset;
}

}  // namespace sidestep::os
