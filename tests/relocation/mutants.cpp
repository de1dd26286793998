#include "mutants.hpp"

#include <cstring>

#include "amd64/classify.hpp"

namespace sidestep::test {
namespace {

using amd64::Kind;
using core::Finish;
using core::Fixup;
using core::Form;
using core::Instruction;
using core::PcPoint;
using core::SlotImage;

// --- which class
// -----------------------------------------------------------------------------------

template <ZydisInstructionEncoding encoding>
bool pc_relative(const Decoded& d) {
  return d.insn.encoding == encoding && d.pc_relative() != nullptr && !d.has_prefix(0x67);
}
bool pc_relative_with_immediate(const Decoded& d) {
  return d.pc_relative() != nullptr && d.insn.raw.imm[0].size == 8;
}
bool eip_relative(const Decoded& d) {
  const auto* operand = d.pc_relative();
  return operand != nullptr && operand->mem.base == ZYDIS_REGISTER_EIP;
}
template <ZydisMnemonic... mnemonics>
bool is(const Decoded& d) {
  return ((d.insn.mnemonic == mnemonics) || ...);
}
bool is_near(const Decoded& d) {
  return d.insn.meta.branch_type != ZYDIS_BRANCH_TYPE_FAR;
}
bool conditional_jump(const Decoded& d) {
  return d.insn.meta.category == ZYDIS_CATEGORY_COND_BR && d.is_relative_branch() &&
         (d.insn.opcode & 0xf0) != 0xe0 && d.insn.mnemonic != ZYDIS_MNEMONIC_XBEGIN;
}
bool relative_jump(const Decoded& d) {
  return is<ZYDIS_MNEMONIC_JMP>(d) && d.is_relative_branch();
}
bool short_branch(const Decoded& d) {
  return is<ZYDIS_MNEMONIC_LOOP, ZYDIS_MNEMONIC_LOOPE, ZYDIS_MNEMONIC_LOOPNE, ZYDIS_MNEMONIC_JRCXZ,
            ZYDIS_MNEMONIC_JECXZ>(d);
}
bool narrow_short_branch(const Decoded& d) {
  return short_branch(d) && d.has_prefix(0x67);
}
bool direct_call(const Decoded& d) {
  return is<ZYDIS_MNEMONIC_CALL>(d) && d.is_relative_branch();
}
bool indirect_call(const Decoded& d) {
  return is<ZYDIS_MNEMONIC_CALL>(d) && !d.is_relative_branch() && is_near(d);
}
bool far_call(const Decoded& d) {
  return is<ZYDIS_MNEMONIC_CALL>(d) && !is_near(d);
}
bool indirect_jump(const Decoded& d) {
  return is<ZYDIS_MNEMONIC_JMP>(d) && !d.is_relative_branch();
}
bool repeated(const Decoded& d) {
  return d.has(ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE);
}
bool x87(const Decoded& d) {
  return d.insn.meta.isa_ext == ZYDIS_ISA_EXT_X87;
}
template <std::uint64_t vector>
bool interrupt(const Decoded& d) {
  return is<ZYDIS_MNEMONIC_INT>(d) && d.operands()[0].imm.value.u == vector;
}
bool own_trap(const Decoded& d) {
  return is<ZYDIS_MNEMONIC_INT3>(d) && d.insn.length == 1;
}
bool plain(const Decoded& d) {
  return is<ZYDIS_MNEMONIC_ADD, ZYDIS_MNEMONIC_MOVUPS, ZYDIS_MNEMONIC_LEA>(d);
}
bool faulting(const Decoded& d) {
  return is<ZYDIS_MNEMONIC_UD2, ZYDIS_MNEMONIC_HLT>(d);
}
bool any_branch(const Decoded& d) {
  return relative_jump(d) || conditional_jump(d) || direct_call(d);
}

// --- what is made of it
// ----------------------------------------------------------------------------

template <Kind kind, Form form, Finish finish>
void become(Instruction& insn) {
  insn.kind = static_cast<std::uint8_t>(kind);
  insn.form = form;
  insn.finish = finish;
}
constexpr auto become_straight = become<Kind::Straight, Form::Boosted, Finish::Twin>;

void copy_call(Instruction& insn) {
  become<Kind::Transfer, Form::Boosted, Finish::Step>(insn);
  insn.fixup = Fixup::None;
}
void forget_fixup(Instruction& insn) {
  insn.fixup = Fixup::None;
}
void boost(Instruction& insn) {
  insn.form = Form::Boosted;
}
void boost_without_fixup(Instruction& insn) {
  insn.form = Form::Boosted;
  insn.fixup = Fixup::None;
}
void widen_fixup(Instruction& insn) {
  if (insn.fixup_bytes == 4) insn.fixup_bytes = 8;
  if (insn.fixup_bytes == 2) insn.fixup_bytes = 4;
}
void forget_strings(Instruction& insn) {
  insn.restartable_string = false;
}
void forget_pushed_flags(Instruction& insn) {
  insn.pushes_flags = false;
}
void step_it(Instruction& insn) {
  insn.finish = Finish::Step;
}

// --- what is made of the slot
// ----------------------------------------------------------------------

template <class Change>
void each_copy(const Instruction& insn, SlotImage& image, Change change) {
  const auto decoded = decode(insn.bytes);
  change(*decoded, std::size_t{0});
  if (image.twin_offset != 0) change(*decoded, std::size_t{image.twin_offset});
}

void put(SlotImage& image, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    image.bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

/// The displacement as it was: what a copy without a patch has.
void keep_displacement(const Instruction& insn, Address, SlotImage& image) {
  if (static_cast<Kind>(insn.kind) != Kind::Straight) return;
  each_copy(insn, image, [&](const Decoded& d, std::size_t copy) {
    put(image, copy + d.insn.raw.disp.offset, static_cast<std::uint64_t>(d.insn.raw.disp.value), 4);
  });
}

/// As if the displacement were the instruction's last four bytes.
void patch_last_bytes(const Instruction& insn, Address slot, SlotImage& image) {
  if (static_cast<Kind>(insn.kind) != Kind::Straight) return;
  each_copy(insn, image, [&](const Decoded& d, std::size_t copy) {
    const std::size_t end = copy + d.insn.length;
    const auto moved = static_cast<std::uint64_t>(insn.site - (slot + copy));
    const auto displacement = static_cast<std::uint64_t>(d.insn.raw.disp.value);
    put(image, copy + d.insn.raw.disp.offset, displacement, 4);
    put(image, end - 4, displacement + moved, 4);
  });
}

/// The jump behind a call's push reads its operand from the stack as it is after the push.
void lower_displacement(const Instruction& insn, Address, SlotImage& image) {
  constexpr std::size_t push_length = 6;
  if (static_cast<Kind>(insn.kind) != Kind::IndirectCall) return;
  const auto jump = decode(std::span(image.bytes.begin(), image.bytes.end()).subspan(push_length));
  if (!jump || ZydisRegisterGetId(jump->operands()[0].mem.base) != 4) return;
  put(image, push_length + jump->insn.raw.disp.offset,
      static_cast<std::uint64_t>(jump->insn.raw.disp.value - 8), jump->insn.raw.disp.size / 8);
}

/// What a plain copy of the call would push.
void return_into_slot(const Instruction& insn, Address slot, SlotImage& image) {
  const Kind kind = static_cast<Kind>(insn.kind);
  if (kind != Kind::DirectCall && kind != Kind::IndirectCall) return;
  put(image, image.bytes.size() - 8, (slot + insn.bytes.size()).value, 8);
}

void drop_narrowing(const Instruction&, Address, SlotImage& image) {
  if (image.bytes[0] == 0x67) image.bytes[0] = 0x3e;
}

/// A jump by way of the slot's data as one of 32 bits, whatever is lost.
void cut_far_jumps(const Instruction& insn, Address slot, SlotImage& image) {
  for (std::size_t at = 0; at + 14 <= image.bytes.size(); ++at) {
    if (image.bytes[at] != 0xff || image.bytes[at + 1] != 0x25) continue;
    put(image, at, 0xe9, 1);
    put(image, at + 1, static_cast<std::uint64_t>(insn.next() - (slot + at + 5)), 4);
  }
}

void jump_back_too_far(const Instruction& insn, Address, SlotImage& image) {
  if (image.bytes[insn.bytes.size()] == 0xe9) ++image.bytes[insn.bytes.size() + 1u];
}

void forget_start(const Instruction&, Address, SlotImage& image) {
  constexpr std::uint8_t nowhere = 0xff;
  for (PcPoint& point : image.points)
    if (point.progress == PcPoint::Progress::NotStarted) point.offset = nowhere;
}

void forget_push(const Instruction&, Address, SlotImage& image) {
  for (PcPoint& point : image.points)
    if (point.progress == PcPoint::Progress::Pushed) point.progress = PcPoint::Progress::NotStarted;
}

}  // namespace

const std::vector<Mutant>& mutants() {
  static const std::vector<Mutant> all = {
      {"legacy RIP-relative operand copied", pc_relative<ZYDIS_INSTRUCTION_ENCODING_LEGACY>,
       nullptr, keep_displacement},
      {"VEX RIP-relative operand copied", pc_relative<ZYDIS_INSTRUCTION_ENCODING_VEX>, nullptr,
       keep_displacement},
      {"EVEX RIP-relative operand copied", pc_relative<ZYDIS_INSTRUCTION_ENCODING_EVEX>, nullptr,
       keep_displacement},
      {"XOP RIP-relative operand copied", pc_relative<ZYDIS_INSTRUCTION_ENCODING_XOP>, nullptr,
       keep_displacement},
      {"3DNow! RIP-relative operand copied", pc_relative<ZYDIS_INSTRUCTION_ENCODING_3DNOW>, nullptr,
       keep_displacement},
      {"EIP-relative operand copied", eip_relative, nullptr, keep_displacement},
      {"displacement taken for the last four bytes", pc_relative_with_immediate, nullptr,
       patch_last_bytes},
      {"jcc copied", conditional_jump, become_straight},
      {"jcc always taken", conditional_jump, become<Kind::Jump, Form::Boosted, Finish::Step>},
      {"jmp rel copied", relative_jump, become_straight},
      {"jmp rel as a jcc", relative_jump,
       become<Kind::ConditionalJump, Form::Boosted, Finish::Step>},
      {"loop and jrcxz copied", short_branch, become_straight},
      {"loop and jrcxz widened like a jcc", short_branch,
       become<Kind::ConditionalJump, Form::Boosted, Finish::Step>},
      {"loop on ECX counts RCX", narrow_short_branch, nullptr, drop_narrowing},
      {"call rel copied", direct_call, become_straight},
      {"call rel without the push", direct_call, become<Kind::Jump, Form::Boosted, Finish::Step>},
      {"call pushes the slot's address", direct_call, nullptr, return_into_slot},
      {"call r/m pushes the slot's address", indirect_call, nullptr, return_into_slot},
      {"call r/m copied", indirect_call, copy_call},
      {"call [rsp+d] after the push", indirect_call, nullptr, lower_displacement},
      {"stepped call without its repair", indirect_call, forget_fixup},
      {"far call without its repair", far_call, forget_fixup},
      {"far call repaired in the wrong width", far_call, widen_fixup},
      {"faulting call keeps its push", indirect_call, nullptr, forget_push},
      {"pushf single-stepped", is<ZYDIS_MNEMONIC_PUSHF, ZYDIS_MNEMONIC_PUSHFQ>,
       forget_pushed_flags},
      {"popf boosted", is<ZYDIS_MNEMONIC_POPF, ZYDIS_MNEMONIC_POPFQ>, boost},
      {"rep string single-stepped", repeated, forget_strings},
      {"x87 without its repair", x87, forget_fixup},
      {"x87 boosted", x87, boost_without_fixup},
      {"syscall copied", is<ZYDIS_MNEMONIC_SYSCALL>, become_straight},
      {"syscall as int 80h", is<ZYDIS_MNEMONIC_SYSCALL>,
       become<Kind::Int80, Form::SystemCall, Finish::None>},
      {"int 80h copied", interrupt<0x80>, become_straight},
      {"int1 single-stepped", is<ZYDIS_MNEMONIC_INT1>, boost},
      {"the program's int3 run from a slot", own_trap,
       become<Kind::Transfer, Form::Boosted, Finish::Step>},
      {"ret as a straight instruction", is<ZYDIS_MNEMONIC_RET>, become_straight},
      {"jmp r/m as a straight instruction", indirect_jump, become_straight},
      {"iret as a straight instruction", is<ZYDIS_MNEMONIC_IRETQ>, become_straight},
      {"iret single-stepped", is<ZYDIS_MNEMONIC_IRETQ>, step_it},
      {"xbegin copied", is<ZYDIS_MNEMONIC_XBEGIN>, become_straight},
      {"far jumps cut to 32 bits", any_branch, nullptr, cut_far_jumps},
      {"jump back one byte too far", plain, nullptr, jump_back_too_far},
      {"a fault shows the slot", faulting, nullptr, forget_start},
  };
  return all;
}

}  // namespace sidestep::test
