// The machine's instruction set as a core::Architecture: relocation in the small, with the same
// kinds of instruction, slot, twin and PC point as the real one.
#pragma once

#include "machine.hpp"

namespace sidestep::core::test {

class SimArchitecture : public Architecture {
 public:
  std::variant<Instruction, Refusal> analyze(std::span<const std::uint8_t> code,
                                             Address site) const override;
  SlotImage relocate(const Instruction& insn, Address slot) const override;
  bool reaches(const Instruction&, Address) const override { return true; }
  bool is_boundary(std::span<const std::uint8_t> code, Address from, Address at) const override {
    std::uint64_t skip = 0;
    const auto wanted = static_cast<std::uint64_t>(at - from);
    while (skip < wanted && skip < code.size()) skip += length_of(code[skip]);
    return skip == wanted;
  }
  bool starts_with_prefix(const Instruction&) const override { return false; }
  std::uint8_t trap_byte() const override { return op_int3; }
  std::size_t find_system_call(std::span<const std::uint8_t> code) const override {
    for (std::size_t i = 0; i + 1 < code.size(); ++i)
      if (code[i] == op_raw && code[i + 1] == 0x05) return i;
    return static_cast<std::size_t>(-1);
  }

  Address pc(const Registers& r) const override { return {r.words[0]}; }
  void set_pc(Registers& r, Address pc) const override { r.words[0] = pc.value; }
  Address stack(const Registers& r) const override { return {r.words[1]}; }
  Address unused_stack(const Registers& r) const override { return {r.words[1] - 192}; }
  void undo_push(Registers& r) const override { --r.words[1]; }
  void leave_slot_at_syscall(Registers& r, const Instruction& insn) const override {
    r.words[0] = r.words[2] = insn.next().value;
  }
  void prepare_call(Registers& r, const RemoteCall& call, Address at) const override {
    r.words[0] = at.value;
    r.words[3] = call.number;
    r.words[4] = static_cast<std::uint64_t>(-1);
    std::copy(call.args.begin(), call.args.end(), &r.words[6]);
  }
  std::int64_t call_result(const Registers& r) const override {
    return static_cast<std::int64_t>(r.words[3]);
  }
  std::uint64_t call_number(const Registers& r) const override { return r.words[4]; }
  void forget_call(Registers& r) const override { r.words[4] = static_cast<std::uint64_t>(-1); }
  bool restart_interrupted_call(Registers&) const override { return false; }
  Registers rerun(const Registers& returned) const override {
    Registers regs = returned;
    regs.words[0] -= 2;
    return regs;
  }
  bool alike(const Registers& a, const Registers& b) const override {
    Registers same = a;
    same.words[4] = b.words[4];
    return same.words == b.words;
  }
};

}  // namespace sidestep::core::test
