#include "amd64/numbered.hpp"

#include <sys/user.h>

#include <algorithm>
#include <cstddef>

#include "amd64/flow.hpp"

namespace sidestep::amd64 {

std::optional<std::uint64_t> value(const core::Registers& regs, unsigned dwarf_number) {
  constexpr std::size_t offsets[] = {
      offsetof(user_regs_struct, rax), offsetof(user_regs_struct, rdx),
      offsetof(user_regs_struct, rcx), offsetof(user_regs_struct, rbx),
      offsetof(user_regs_struct, rsi), offsetof(user_regs_struct, rdi),
      offsetof(user_regs_struct, rbp), offsetof(user_regs_struct, rsp),
      offsetof(user_regs_struct, r8),  offsetof(user_regs_struct, r9),
      offsetof(user_regs_struct, r10), offsetof(user_regs_struct, r11),
      offsetof(user_regs_struct, r12), offsetof(user_regs_struct, r13),
      offsetof(user_regs_struct, r14), offsetof(user_regs_struct, r15),
      offsetof(user_regs_struct, rip)};
  constexpr unsigned flags = 49, fs_base = 58, gs_base = 59;
  if (dwarf_number < std::size(offsets)) return regs.words[offsets[dwarf_number] / 8];
  if (dwarf_number == flags) return regs.words[offsetof(user_regs_struct, eflags) / 8];
  if (dwarf_number == fs_base) return regs.words[offsetof(user_regs_struct, fs_base) / 8];
  if (dwarf_number == gs_base) return regs.words[offsetof(user_regs_struct, gs_base) / 8];
  return std::nullopt;
}

bool value(const core::VectorRegisters& regs, unsigned dwarf_number, std::span<std::uint8_t> to) {
  constexpr unsigned xmm0 = 17, st0 = 33, vectors = 16, stack = 8;
  constexpr std::size_t xmm_area = 160, st_area = 32, pitch = 16, st_bytes = 10;
  const auto copy = [&](std::size_t from, std::size_t length) {
    if (to.size() > pitch) return false;
    const auto* begin = regs.bytes.data() + from;
    std::fill(std::copy_n(begin, std::min(to.size(), length), to.begin()), to.end(), 0);
    return true;
  };
  if (dwarf_number >= xmm0 && dwarf_number < xmm0 + vectors)
    return copy(xmm_area + (dwarf_number - xmm0) * pitch, pitch);
  if (dwarf_number >= st0 && dwarf_number < st0 + stack)
    return copy(st_area + (dwarf_number - st0) * pitch, st_bytes);
  return false;
}

core::Architecture::CurrentG current_g(const core::Registers& regs) {
  constexpr unsigned r14 = 14, fs_base = 58;
  return {{value(regs, fs_base).value_or(0) - 8}, value(regs, r14).value_or(0)};
}

/// Calls are two to eight bytes long. Bytes decode backwards in more than one way; the direct form,
/// which says where it leads, is the one to believe first.
core::Architecture::CallBefore call_before(std::span<const std::uint8_t> before, Address at) {
  constexpr std::size_t direct = 5, shortest = 2, longest = 8;
  core::Architecture::CallBefore found;
  const auto look = [&](std::size_t length) {
    if (before.size() < length) return;
    const std::size_t from = before.size() - length;
    const auto insn = flow(before.subspan(from), at + from);
    if (!insn || insn->length != length || insn->then != core::Flow::Then::Calls) return;
    found = {true, insn->target};
  };
  look(direct);
  for (std::size_t length = shortest; !found.is_call && length <= longest; ++length) look(length);
  return found;
}

}  // namespace sidestep::amd64
