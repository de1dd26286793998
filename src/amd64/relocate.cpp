#include "amd64/relocate.hpp"

#include "amd64/calls.hpp"
#include "amd64/classify.hpp"
#include "amd64/decode.hpp"
#include "amd64/slot_writer.hpp"

namespace sidestep::amd64 {
namespace {

using core::Instruction;
using core::SlotImage;
using Hole = SlotWriter::Hole;

void write_straight(const Instruction& insn, SlotWriter& out) {
  out.not_started();
  out.copy(insn.bytes);
  out.done(insn.next());
  out.jump(insn.next());
  out.begin_twin();
  out.not_started();
  out.copy(insn.bytes);
  out.end_twin(insn.next());
}

void write_system_call(const Instruction& insn, SlotWriter& out) {
  out.not_started();
  out.copy(insn.bytes);
  out.done(insn.next());
  out.jump(insn.next());
}

/// Behind a branch that skips to `taken`: the way on, and the way to the target.
void write_both_ways(const Instruction& insn, Address target, Hole taken, SlotWriter& out) {
  out.done(insn.next());
  out.jump(insn.next());
  out.fill(taken);
  out.done(target);
  out.jump(target);
}

/// Branch hints (2Eh, 3Eh) and bnd (F2h) are dropped: hints have no effect a program can see, and
/// Linux no longer enables MPX, without which bnd has none either.
void write_conditional(const Instruction& insn, const Decoded& decoded, SlotWriter& out) {
  // 70h+cc and 0F 80h+cc: both have the condition in their low four bits (SDM vol. 2D, B.1.4.7).
  const std::uint8_t condition = decoded.insn.opcode & 0xf;
  const Address target = branch_target(decoded, insn.site);
  out.not_started();
  if (out.near(target, 6)) {
    out.bytes({0x0f, static_cast<std::uint8_t>(0x80 | condition)});
    out.relative(target);
    out.done(insn.next());
    out.jump(insn.next());
    return;
  }
  out.bytes({static_cast<std::uint8_t>(0x70 | condition)});
  write_both_ways(insn, target, out.hole(1), out);
}

void write_short_branch(const Instruction& insn, const Decoded& decoded, SlotWriter& out) {
  out.not_started();
  // The address size prefix says which of RCX and ECX is counted or tested.
  if (has_prefix(decoded, 0x67)) out.bytes({0x67});
  out.bytes({decoded.insn.opcode});
  write_both_ways(insn, branch_target(decoded, insn.site), out.hole(1), out);
}

/// push [rip+x], which is to push the original return address from the slot's data.
Hole push_return_address(SlotWriter& out) {
  out.not_started();
  out.bytes({0xff, 0x35});
  return out.hole(4);
}

void write_direct_call(const Instruction& insn, const Decoded& decoded, SlotWriter& out) {
  const Address target = branch_target(decoded, insn.site);
  const Hole return_address = push_return_address(out);
  out.done(target);
  out.jump(target);
  out.data(return_address, insn.next().value);
}

void write_indirect_call(const Instruction& insn, const Decoded& decoded, SlotWriter& out) {
  const auto jump = jump_after_push(decoded, insn.bytes);
  if (!jump) __builtin_trap();  // classified otherwise
  const Hole return_address = push_return_address(out);
  out.point(core::PcPoint::Progress::Pushed, insn.site);
  out.copy(*jump);
  out.data(return_address, insn.next().value);
}

/// The twin shows a transaction that aborted at once, which every program must expect: its own
/// int3 aborts it, or finds it aborted already, and the way on is the fallback's.
void write_transaction(const Instruction& insn, const Decoded& decoded, SlotWriter& out) {
  const Address fallback = branch_target(decoded, insn.site);
  out.not_started();
  const bool direct = out.near(fallback, 6);
  out.bytes({0xc7, 0xf8});
  if (direct) {
    out.relative(fallback);
    out.done(insn.next());
    out.jump(insn.next());
  } else {
    write_both_ways(insn, fallback, out.hole(4), out);
  }
  out.begin_twin();
  out.not_started();
  out.bytes({0xc7, 0xf8, 0, 0, 0, 0});  // the abort's destination: what follows
  out.end_twin(fallback);
}

}  // namespace

bool reaches(const Instruction& insn, Address slot) {
  if (!insn.operand) return true;
  // Displacements count from the end of an instruction somewhere in the slot or its twin.
  const std::int64_t distance = *insn.operand - slot;
  return fits<std::int32_t>(distance) &&
         fits<std::int32_t>(distance - static_cast<std::int64_t>(SlotImage::max_bytes));
}

SlotImage relocate(const Instruction& insn, Address slot) {
  const auto result = decode(insn.bytes);
  const Decoded* decoded = std::get_if<Decoded>(&result);
  if (decoded == nullptr) __builtin_trap();  // not from analyze()
  SlotWriter out(insn, *decoded, slot);
  switch (static_cast<Kind>(insn.kind)) {
    case Kind::Straight:
      write_straight(insn, out);
      break;
    case Kind::Jump:
      out.not_started();
      out.jump(branch_target(*decoded, insn.site));
      break;
    case Kind::ConditionalJump:
      write_conditional(insn, *decoded, out);
      break;
    case Kind::ShortBranch:
      write_short_branch(insn, *decoded, out);
      break;
    case Kind::DirectCall:
      write_direct_call(insn, *decoded, out);
      break;
    case Kind::IndirectCall:
      write_indirect_call(insn, *decoded, out);
      break;
    case Kind::Transfer:
      out.not_started();
      out.copy(insn.bytes);
      break;
    case Kind::Transaction:
      write_transaction(insn, *decoded, out);
      break;
    case Kind::Syscall:
    case Kind::Int80:
      write_system_call(insn, out);
      break;
    case Kind::OwnTrap:
      break;
  }
  return out.image();
}

}  // namespace sidestep::amd64
