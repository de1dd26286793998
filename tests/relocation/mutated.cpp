// The product's architecture with one class broken; all the rest is passed on.
#include "mutants.hpp"

namespace sidestep::test {
namespace {

using core::Instruction;
using core::SlotImage;

class Mutated final : public core::Architecture {
 public:
  Mutated(const core::Architecture& sound, const Mutant& mutant) : sound_(sound), mutant_(mutant) {}

  std::variant<Instruction, core::Refusal> analyze(std::span<const std::uint8_t> code,
                                                   Address site) const override {
    auto out = sound_.analyze(code, site);
    auto* const insn = std::get_if<Instruction>(&out);
    if (insn != nullptr && mutant_.reclassify != nullptr) mutant_.reclassify(*insn);
    return out;
  }
  SlotImage relocate(const Instruction& insn, Address slot) const override {
    SlotImage out = sound_.relocate(insn, slot);
    if (mutant_.spoil != nullptr) mutant_.spoil(insn, slot, out);
    return out;
  }
  bool reaches(const Instruction& insn, Address slot) const override {
    return sound_.reaches(insn, slot);
  }
  bool is_boundary(std::span<const std::uint8_t> code, Address from, Address at) const override {
    return sound_.is_boundary(code, from, at);
  }
  bool starts_with_prefix(const Instruction& insn) const override {
    return sound_.starts_with_prefix(insn);
  }
  std::uint8_t trap_byte() const override { return sound_.trap_byte(); }
  std::size_t find_system_call(std::span<const std::uint8_t> code) const override {
    return sound_.find_system_call(code);
  }
  Address pc(const core::Registers& regs) const override { return sound_.pc(regs); }
  void set_pc(core::Registers& regs, Address pc) const override { sound_.set_pc(regs, pc); }
  Address stack(const core::Registers& regs) const override { return sound_.stack(regs); }
  Address unused_stack(const core::Registers& regs) const override {
    return sound_.unused_stack(regs);
  }
  void undo_push(core::Registers& regs) const override { sound_.undo_push(regs); }
  void leave_slot_at_syscall(core::Registers& regs, const Instruction& insn) const override {
    sound_.leave_slot_at_syscall(regs, insn);
  }
  void prepare_call(core::Registers& regs, const core::RemoteCall& call,
                    Address insn) const override {
    sound_.prepare_call(regs, call, insn);
  }
  std::int64_t call_result(const core::Registers& regs) const override {
    return sound_.call_result(regs);
  }
  std::uint64_t call_number(const core::Registers& regs) const override {
    return sound_.call_number(regs);
  }
  void forget_call(core::Registers& regs) const override { sound_.forget_call(regs); }
  bool restart_interrupted_call(core::Registers& regs) const override {
    return sound_.restart_interrupted_call(regs);
  }
  core::Registers rerun(const core::Registers& returned) const override {
    return sound_.rerun(returned);
  }
  bool alike(const core::Registers& a, const core::Registers& b) const override {
    return sound_.alike(a, b);
  }

 private:
  const core::Architecture& sound_;
  const Mutant& mutant_;
};

}  // namespace

std::unique_ptr<core::Architecture> mutated(const core::Architecture& sound, const Mutant& mutant) {
  return std::make_unique<Mutated>(sound, mutant);
}

}  // namespace sidestep::test
