#include "sim_architecture.hpp"

namespace sidestep::core::test {
namespace {

using Progress = PcPoint::Progress;

/// Appends bytes and PC points to an image.
struct Writer {
  SlotImage image;

  void point(Progress progress, Address resume) {
    image.points.push_back({static_cast<std::uint8_t>(image.bytes.size()), progress, resume});
  }
  void number(Address a) {
    for (unsigned i = 0; i < 8; ++i)
      image.bytes.push_back(static_cast<std::uint8_t>(a.value >> (8 * i)));
  }
  void jump(std::uint8_t id, Address to) {
    image.bytes.push_back(op_jump);
    image.bytes.push_back(id);
    number(to);
  }
};

}  // namespace

std::variant<Instruction, Refusal> SimArchitecture::analyze(std::span<const std::uint8_t> code,
                                                            Address site) const {
  const std::uint8_t op = code[0];
  Instruction insn;
  insn.site = site;
  insn.bytes.append(code.first(std::min(code.size(), length_of(op))));
  if (op == op_call || op == op_ret || op == op_loop) insn.finish = Finish::Step;
  if (op == op_sys) insn.form = Form::SystemCall, insn.finish = Finish::None;
  insn.restartable_string = op == op_rep;
  insn.ends_block = op == op_ret;
  if (op == op_int3 || op == 0 || (op > op_loop && op < op_one)) return Refusal{"no instruction"};
  return insn;
}

SlotImage SimArchitecture::relocate(const Instruction& insn, Address) const {
  Writer out;
  out.point(Progress::NotStarted, insn.site);
  if (insn.bytes[0] == op_call) {
    out.image.bytes.push_back(op_push);
    out.number(insn.next());
    out.point(Progress::Pushed, insn.site);
    out.jump(insn.bytes[1], program_base + insn.bytes[2]);
    return out.image;
  }
  out.image.bytes.append(insn.bytes);
  if (insn.form == Form::SystemCall || insn.ends_block) return out.image;
  out.point(Progress::Done, insn.next());
  out.jump(0, insn.next());
  if (insn.finish != Finish::Twin) return out.image;
  out.image.twin_offset = static_cast<std::uint8_t>(out.image.bytes.size());
  out.point(Progress::NotStarted, insn.site);
  out.image.bytes.append(insn.bytes);
  out.point(Progress::Done, insn.next());
  out.image.bytes.push_back(op_int3);
  out.image.twin_end = static_cast<std::uint8_t>(out.image.bytes.size());
  out.point(Progress::Done, insn.next());
  return out.image;
}

}  // namespace sidestep::core::test
