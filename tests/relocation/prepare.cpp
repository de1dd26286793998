#include "prepare.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <cstring>

namespace sidestep::test {
namespace {

constexpr std::uint64_t user_code = 0x33, user_stack = 0x2b;
constexpr std::uint64_t trap_flag = 0x100, alignment_check = 0x4'0000;

Address some_target(Random& random) {
  return layout::target + random.below(0x100);
}

Address next(const Situation& situation) {
  return layout::site + situation.code.size();
}

/// Writes to the instruction's first operand, register or memory.
void set_first_operand(Situation& situation, std::uint64_t value, std::uint64_t second = 0) {
  const ZydisDecodedOperand& operand = situation.decoded.operands()[0];
  if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER) {
    if (const auto number = gpr_number(operand.reg.value); number && *number != 4)
      gpr(situation.start.regs, *number) = value;
    return;
  }
  if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) return;
  const auto at = address_of(operand, situation.start, next(situation));
  if (!at) return;
  situation.start.poke(*at, value);
  if (second != 0) situation.start.poke(*at + 8, second);
}

void set_stack(Situation& situation, std::initializer_list<std::uint64_t> values,
               std::size_t size = 8) {
  Address at{situation.start.regs.rsp};
  for (const std::uint64_t value : values) {
    situation.start.poke(at, value, size);
    at = at + size;
  }
}

/// A near or far pointer where a jump or call finds its target. With REX.W, Intel reads a far
/// pointer's offset in 64 bits and AMD in 32: the selector goes where this processor looks for it.
void set_target(Situation& situation, Random& random) {
  const std::uint64_t target = some_target(random).value;
  if (situation.decoded.insn.meta.branch_type != ZYDIS_BRANCH_TYPE_FAR)
    return set_first_operand(situation, target);
  __builtin_cpu_init();
  const bool wide = situation.decoded.insn.operand_width == 64 && __builtin_cpu_is("intel") != 0;
  if (wide) return set_first_operand(situation, target, user_code);
  set_first_operand(situation, target | user_code << 32);
}

void set_frame(Situation& situation, Random& random) {
  const std::uint64_t target = some_target(random).value;
  const std::uint64_t stack = layout::stack.value + 0x800 + random.below(0x100);
  const std::size_t width = situation.decoded.insn.operand_width / 8;
  std::uint64_t flags = 0x202 | (random.next() & 0xcd5);
  if (random.one_in(4)) flags |= trap_flag;
  set_stack(situation, {target, user_code, flags, stack, user_stack}, width);
}

void set_far_return(Situation& situation, Random& random) {
  const std::size_t width = situation.decoded.insn.operand_width / 8;
  set_stack(situation, {some_target(random).value, user_code}, width);
}

/// Flags for popf to load.
void set_flags_on_stack(Situation& situation, Random& random) {
  std::uint64_t flags = 0x202 | (random.next() & 0xcd5);
  if (random.one_in(2)) flags |= trap_flag;
  if (random.one_in(4)) flags |= alignment_check;
  situation.start.poke({situation.start.regs.rsp}, flags);
}

/// An image for the instructions that load one: the machine's own state, shifted a little.
void set_image(Situation& situation, Random& random) {
  const ZydisDecodedOperand& operand = situation.decoded.operands()[0];
  if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) return;
  const auto at = address_of(operand, situation.start, next(situation));
  if (!at) return;
  const std::size_t size = std::min<std::size_t>(situation.start.xstate.size(), 0xb00);
  std::uint8_t* const image = situation.start.memory(*at, size);
  if (image == nullptr) return;
  std::memcpy(image, situation.start.xstate.data(), size);
  std::memset(image + 464, 0, 48);  // the software's bytes
  random.fill({image + xsave::xmm, 128});
}

void set_selector(Situation& situation, std::size_t operand) {
  const auto operands = situation.decoded.operands();
  if (operand >= operands.size()) return;
  if (operands[operand].type == ZYDIS_OPERAND_TYPE_REGISTER) {
    if (const auto number = gpr_number(operands[operand].reg.value))
      gpr(situation.start.regs, *number) = user_stack;
  } else if (operands[operand].type == ZYDIS_OPERAND_TYPE_MEMORY) {
    if (const auto at = address_of(operands[operand], situation.start, next(situation)))
      situation.start.poke(*at, user_stack, 2);
  }
}

/// For lfs, lgs, lss: any offset, and a selector that may be loaded, behind it.
void set_far_pointer(Situation& situation) {
  const ZydisDecodedOperand& operand = situation.decoded.operands()[1];
  if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) return;
  const auto at = address_of(operand, situation.start, next(situation));
  if (!at) return;
  for (const std::uint64_t width : {2, 4, 8})
    if (width <= operand.size / 8u - 2) situation.start.poke(*at + width, user_stack, 2);
}

bool is_segment_register(const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_REGISTER &&
         ZydisRegisterGetClass(operand.reg.value) == ZYDIS_REGCLASS_SEGMENT;
}

void prepare_mov(Situation& situation, Random& random) {
  if (is_segment_register(situation.decoded.operands()[0]) && !random.one_in(4))
    set_selector(situation, 1);
}

}  // namespace

void choose_registers(Situation& situation, Random& random) {
  user_regs_struct& regs = situation.start.regs;
  const auto operands = situation.decoded.operands();
  switch (situation.decoded.insn.mnemonic) {
    case ZYDIS_MNEMONIC_DIV:
    case ZYDIS_MNEMONIC_IDIV:
      if (!random.one_in(4)) regs.rdx = 0, regs.rax &= 0xff;
      break;
    case ZYDIS_MNEMONIC_BT:
    case ZYDIS_MNEMONIC_BTC:
    case ZYDIS_MNEMONIC_BTR:
    case ZYDIS_MNEMONIC_BTS:
      if (operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER)
        if (const auto number = gpr_number(operands[1].reg.value); number && *number != 4)
          gpr(regs, *number) = random.below(0x400);
      break;
    case ZYDIS_MNEMONIC_MOVDIR64B:
    case ZYDIS_MNEMONIC_UMONITOR:
      if (const auto number = gpr_number(operands[0].reg.value); number && *number != 4)
        gpr(regs, *number) = layout::data.value + 0x1000;
      break;
    case ZYDIS_MNEMONIC_LOOP:
    case ZYDIS_MNEMONIC_LOOPE:
    case ZYDIS_MNEMONIC_LOOPNE:
    case ZYDIS_MNEMONIC_JRCXZ:
    case ZYDIS_MNEMONIC_JECXZ:
      regs.rcx = random.below(3) + (random.one_in(2) ? 0 : 0x1'0000'0000);
      break;
    case ZYDIS_MNEMONIC_XGETBV:
      regs.rcx = random.below(2);
      break;
    case ZYDIS_MNEMONIC_CPUID:
      regs.rax = random.below(8);
      regs.rcx = 0;
      break;
    case ZYDIS_MNEMONIC_RDPKRU:
    case ZYDIS_MNEMONIC_WRPKRU:
      regs.rcx = regs.rdx = 0;
      break;
    case ZYDIS_MNEMONIC_WRFSBASE:
    case ZYDIS_MNEMONIC_WRGSBASE:
      if (const auto number = gpr_number(operands[0].reg.value); number && *number != 4)
        gpr(regs, *number) &= 0x7fff'ffff'ffff;
      break;
    default:
      break;
  }
}

void prepare_operands(Situation& situation, Random& random) {
  prepare_harmless(situation);
  switch (situation.decoded.insn.mnemonic) {
    case ZYDIS_MNEMONIC_CALL:
    case ZYDIS_MNEMONIC_JMP:
      return set_target(situation, random);
    case ZYDIS_MNEMONIC_RET:
      if (situation.decoded.insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
        return set_far_return(situation, random);
      return set_stack(situation, {some_target(random).value});
    case ZYDIS_MNEMONIC_IRET:
    case ZYDIS_MNEMONIC_IRETD:
    case ZYDIS_MNEMONIC_IRETQ:
      return set_frame(situation, random);
    case ZYDIS_MNEMONIC_POPF:
    case ZYDIS_MNEMONIC_POPFQ:
      return set_flags_on_stack(situation, random);
    case ZYDIS_MNEMONIC_FXRSTOR:
    case ZYDIS_MNEMONIC_FXRSTOR64:
    case ZYDIS_MNEMONIC_XRSTOR:
    case ZYDIS_MNEMONIC_XRSTOR64:
      return set_image(situation, random);
    case ZYDIS_MNEMONIC_LDMXCSR:
    case ZYDIS_MNEMONIC_VLDMXCSR:
      return set_first_operand(situation, 0x1f80 | (random.next() & 0xe040));
    case ZYDIS_MNEMONIC_MOV:
      return prepare_mov(situation, random);
    case ZYDIS_MNEMONIC_POP:
      if (is_segment_register(situation.decoded.operands()[0])) set_stack(situation, {0});
      return;
    case ZYDIS_MNEMONIC_LFS:
    case ZYDIS_MNEMONIC_LGS:
    case ZYDIS_MNEMONIC_LSS:
      return set_far_pointer(situation);
    case ZYDIS_MNEMONIC_ENTER:  // a frame that fits the stack
      situation.code[situation.decoded.insn.raw.imm[0].offset + 1u] = 0;
      situation.code[situation.decoded.insn.raw.imm[1].offset] &= 1;
      situation.decoded = *decode(situation.code);
      return;
    case ZYDIS_MNEMONIC_VERR:
    case ZYDIS_MNEMONIC_VERW:
      return set_selector(situation, 0);
    case ZYDIS_MNEMONIC_LAR:
    case ZYDIS_MNEMONIC_LSL:
      return set_selector(situation, 1);
    default:
      return;
  }
}

void prepare_harmless(Situation& situation) {
  constexpr std::uint64_t getpid_of_int80 = 20;
  const ZydisMnemonic mnemonic = situation.decoded.insn.mnemonic;
  if (mnemonic == ZYDIS_MNEMONIC_SYSCALL) situation.start.regs.rax = SYS_getpid;
  if (mnemonic == ZYDIS_MNEMONIC_INT) situation.start.regs.rax = getpid_of_int80;
}

}  // namespace sidestep::test
