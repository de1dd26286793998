// The Architecture interface, bound to this folder's functions.
#include "core/architecture.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "amd64/amd64.hpp"
#include "amd64/classify.hpp"
#include "amd64/decode.hpp"
#include "amd64/flow.hpp"
#include "amd64/numbered.hpp"
#include "amd64/registers.hpp"
#include "amd64/relocate.hpp"
#include "amd64/trap_handler.hpp"

namespace sidestep::amd64 {
namespace {

using core::Instruction;
using core::Registers;

class Amd64 final : public core::Architecture {
 public:
  std::variant<Instruction, core::Refusal> analyze(std::span<const std::uint8_t> code,
                                                   Address site) const override {
    return amd64::analyze(code, site);
  }
  core::SlotImage relocate(const Instruction& insn, Address slot) const override {
    return amd64::relocate(insn, slot);
  }
  bool reaches(const Instruction& insn, Address slot) const override {
    return amd64::reaches(insn, slot);
  }
  bool is_boundary(std::span<const std::uint8_t> code, Address from, Address at) const override;
  std::optional<core::Flow> flow(std::span<const std::uint8_t> code, Address at) const override {
    return amd64::flow(code, at);
  }
  bool starts_with_prefix(const Instruction& insn) const override;
  std::uint8_t trap_byte() const override { return 0xcc; }
  std::uint64_t trap_flag() const override { return 1u << 8; }  // TF in RFLAGS
  std::size_t find_system_call(std::span<const std::uint8_t> code) const override;
  core::TrapHandler trap_handler() const override { return amd64::trap_handler(); }
  bool has_abort_signature(std::span<const std::uint8_t> code) const override;

  std::optional<std::uint64_t> value(const Registers& regs, unsigned number) const override {
    return amd64::value(regs, number);
  }
  bool value(const core::VectorRegisters& regs, unsigned number,
             std::span<std::uint8_t> to) const override {
    return amd64::value(regs, number, to);
  }
  CurrentG current_g(const Registers& regs) const override { return amd64::current_g(regs); }
  CallBefore call_before(std::span<const std::uint8_t> before, Address at) const override {
    return amd64::call_before(before, at);
  }
  Address pc(const Registers& regs) const override { return amd64::pc(regs); }
  void set_pc(Registers& regs, Address pc) const override { amd64::set_pc(regs, pc); }
  Address stack(const Registers& regs) const override { return amd64::stack(regs); }
  Address unused_stack(const Registers& regs) const override { return amd64::unused_stack(regs); }
  void undo_push(Registers& regs) const override { amd64::undo_push(regs); }
  void leave_slot_at_syscall(Registers& regs, const Instruction& insn) const override {
    amd64::leave_slot_at_syscall(regs, insn);
  }
  void prepare_call(Registers& regs, const core::RemoteCall& call,
                    Address syscall_insn) const override {
    amd64::prepare_call(regs, call, syscall_insn);
  }
  std::int64_t call_result(const Registers& regs) const override {
    return amd64::call_result(regs);
  }
  std::uint64_t call_number(const Registers& regs) const override {
    return amd64::call_number(regs);
  }
  void forget_call(Registers& regs) const override { amd64::forget_call(regs); }
  bool restart_interrupted_call(Registers& regs) const override {
    return amd64::restart_interrupted_call(regs);
  }
  Registers rerun(const Registers& returned) const override { return amd64::rerun(returned); }
  bool alike(const Registers& a, const Registers& b) const override { return amd64::alike(a, b); }
};

bool Amd64::is_boundary(std::span<const std::uint8_t> code, Address from, Address at) const {
  if (at < from) return false;
  const auto goal = static_cast<std::uint64_t>(at - from);
  std::uint64_t reached = 0;
  while (reached < goal && reached < code.size()) {
    const auto result = decode(code.subspan(reached));
    const Decoded* decoded = std::get_if<Decoded>(&result);
    if (decoded == nullptr) return false;  // data, or unknown: nothing can be said
    reached += decoded->insn.length;
  }
  return reached == goal;
}

bool Amd64::starts_with_prefix(const Instruction& insn) const {
  const auto result = decode(insn.bytes);
  const Decoded* decoded = std::get_if<Decoded>(&result);
  return decoded != nullptr && begins_with_prefix(*decoded);
}

/// RSEQ_SIG of <sys/rseq.h>, which glibc registers for every thread: an abort handler stands behind
/// it. The C library and the linker have it as an operand too (41 b8+r imm32, or without the 41).
bool Amd64::has_abort_signature(std::span<const std::uint8_t> code) const {
  constexpr std::array<std::uint8_t, 4> signature{0x53, 0x30, 0x05, 0x53};
  for (auto at = code.begin();; ++at) {
    at = std::search(at, code.end(), signature.begin(), signature.end());
    if (at == code.end()) return false;
    const bool operand = at != code.begin() && (at[-1] & 0xf8) == 0xb8;
    if (!operand) return true;
  }
}

std::size_t Amd64::find_system_call(std::span<const std::uint8_t> code) const {
  constexpr std::array<std::uint8_t, 2> syscall_insn = {0x0f, 0x05};
  const auto found =
      std::search(code.begin(), code.end(), syscall_insn.begin(), syscall_insn.end());
  return found == code.end() ? std::string_view::npos
                             : static_cast<std::size_t>(found - code.begin());
}

}  // namespace

std::unique_ptr<core::Architecture> make_architecture() {
  return std::make_unique<Amd64>();
}

}  // namespace sidestep::amd64
