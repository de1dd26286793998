#include "situation.hpp"

#include <algorithm>
#include <cstring>

#include "prepare.hpp"
#include "random_machine.hpp"

namespace sidestep::test {
namespace {

constexpr std::uint64_t low_half = 0xffff'ffff;

std::uint64_t segment_base(const ZydisDecodedOperand& operand, const user_regs_struct& regs) {
  if (operand.mem.segment == ZYDIS_REGISTER_FS) return regs.fs_base;
  if (operand.mem.segment == ZYDIS_REGISTER_GS) return regs.gs_base;
  return 0;
}

bool is_vector(ZydisRegister reg) {
  const ZydisRegisterClass kind = ZydisRegisterGetClass(reg);
  return kind == ZYDIS_REGCLASS_XMM || kind == ZYDIS_REGCLASS_YMM || kind == ZYDIS_REGCLASS_ZMM;
}

bool is_pc(ZydisRegister reg) {
  return reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP;
}

bool is_32_bit(ZydisRegister reg) {
  return ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, reg) == 32;
}

std::uint64_t value_of(ZydisRegister reg, const user_regs_struct& regs) {
  const auto number = gpr_number(reg);
  if (!number) return 0;
  const std::uint64_t all = gpr(const_cast<user_regs_struct&>(regs), *number);
  switch (ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, reg)) {
    case 8:
      return all & 0xff;  // AL, of xlat
    case 32:
      return all & low_half;
    default:
      return all;
  }
}

/// Puts random displacements, immediates and registers right, so that memory operands are where
/// there is memory.
class Solver {
 public:
  Solver(Situation& out, Flavour flavour, Random& random)
      : out_(out), flavour_(flavour), random_(random) {}

  void branch();
  void memory();

 private:
  void solve(const ZydisDecodedOperand& operand);
  void index(const ZydisDecodedOperand& operand);
  Address pick(bool pc_relative);
  void patch(std::size_t offset, std::uint64_t value, std::size_t bits);
  void patch_displacement(std::uint64_t value) {
    patch(out_.decoded.insn.raw.disp.offset, value, out_.decoded.insn.raw.disp.size);
  }
  Address next() const { return layout::site + out_.code.size(); }
  bool wild() const { return flavour_ == Flavour::Wild || flavour_ == Flavour::WildStack; }

  Situation& out_;
  Flavour flavour_;
  Random& random_;
};

void Solver::patch(std::size_t offset, std::uint64_t value, std::size_t bits) {
  std::memcpy(out_.code.data() + offset, &value, bits / 8);
}

/// Away from the instruction itself, to where there are int3s.
void Solver::branch() {
  const auto& imm = out_.decoded.insn.raw.imm[0];
  if (!out_.decoded.is_relative_branch()) return;
  const std::uint64_t away = 0x20 + random_.below(0x40);
  const bool back = random_.one_in(2);
  Address to = back ? layout::site - away : next() + away;
  if (imm.size == 32 && random_.one_in(2)) to = layout::target + random_.below(0x100);
  patch(imm.offset, static_cast<std::uint64_t>(to - next()), imm.size);
}

/// In the middle of the data; for what is relative to the PC at times so high that a slot far below
/// just reaches it.
Address Solver::pick(bool pc_relative) {
  std::uint64_t offset = 0x400 + random_.below(0x800);
  if (flavour_ != Flavour::Unaligned) offset &= ~63ull;
  return (pc_relative && random_.one_in(2) ? layout::high_data : layout::data) + offset;
}

/// Small offsets in all lanes, whether they are read as 32 or 64 bits.
void set_lanes(Machine& machine, ZydisRegister reg, Random& random) {
  const auto number = static_cast<unsigned>(ZydisRegisterGetId(reg));
  for (unsigned quarter = 0; quarter < 4; ++quarter) {
    std::uint8_t* const part = vector_quarter(machine, number, quarter);
    for (unsigned lane = 0; part != nullptr && lane < 4; ++lane) {
      const std::uint32_t value = lane % 2 == 0 ? static_cast<std::uint32_t>(random.below(32)) : 0;
      std::memcpy(part + std::size_t{4} * lane, &value, sizeof value);
    }
  }
}

void Solver::index(const ZydisDecodedOperand& operand) {
  const ZydisRegister reg = operand.mem.index;
  if (is_vector(reg)) return set_lanes(out_.start, reg, random_);
  const auto number = gpr_number(reg);
  if (!number || reg == operand.mem.base ||
      ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, reg) == 8)
    return;
  std::uint64_t value = random_.below(64);
  if (is_32_bit(reg)) value |= random_.next() << 32;
  gpr(out_.start.regs, *number) = value;
}

void Solver::solve(const ZydisDecodedOperand& operand) {
  const bool pc = is_pc(operand.mem.base);
  if (wild() && !pc) return;
  if (!wild()) index(operand);
  user_regs_struct& regs = out_.start.regs;
  const std::uint64_t segment = segment_base(operand, regs);
  const std::uint64_t wanted = pick(pc).value - segment;
  if (pc) return patch_displacement(wanted - next().value);
  const std::uint64_t indexed =
      is_vector(operand.mem.index) ? 0 : value_of(operand.mem.index, regs) * operand.mem.scale;
  const auto displacement = static_cast<std::uint64_t>(operand.mem.disp.value);
  const auto base = gpr_number(operand.mem.base);
  if (!base) {
    if (out_.decoded.insn.raw.disp.size != 0) patch_displacement(wanted - indexed);
    return;
  }
  if (*base == 4) return;  // RSP: the stack will do
  std::uint64_t value = wanted - displacement - indexed;
  if (operand.mem.index == operand.mem.base)
    value = (wanted - displacement) / (1u + operand.mem.scale);
  if (is_32_bit(operand.mem.base)) value = (value & low_half) | random_.next() << 32;
  gpr(regs, *base) = value;
}

void Solver::memory() {
  for (const ZydisDecodedOperand& operand : out_.decoded.operands())
    if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY) solve(operand);
}

}  // namespace

std::optional<unsigned> gpr_number(ZydisRegister reg) {
  const ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
  if (ZydisRegisterGetClass(whole) != ZYDIS_REGCLASS_GPR64) return std::nullopt;
  return static_cast<unsigned>(whole - ZYDIS_REGISTER_RAX);
}

std::optional<Address> address_of(const ZydisDecodedOperand& operand, const Machine& machine,
                                  Address next) {
  if (is_vector(operand.mem.index)) return std::nullopt;
  const auto displacement = static_cast<std::uint64_t>(operand.mem.disp.value);
  const bool pc = is_pc(operand.mem.base);
  const std::uint64_t base = pc ? next.value : value_of(operand.mem.base, machine.regs);
  std::uint64_t sum =
      base + value_of(operand.mem.index, machine.regs) * operand.mem.scale + displacement;
  const bool narrow = is_32_bit(operand.mem.base) || is_32_bit(operand.mem.index);
  if (narrow && operand.mem.base != ZYDIS_REGISTER_NONE) sum &= low_half;
  return Address{sum + segment_base(operand, machine.regs)};
}

Situation make_situation(const Encoding& encoding, Flavour flavour, const Origin& origin,
                         std::uint64_t seed) {
  Random random(hash_of(encoding.bytes(), seed));
  Situation out{Bytes(encoding.bytes().begin(), encoding.bytes().end()), *decode(encoding.bytes()),
                random_machine(flavour, origin, random)};
  Solver solver(out, flavour, random);
  const bool directed = flavour == Flavour::Aligned || flavour == Flavour::Unaligned;
  solver.branch();
  if (directed) choose_registers(out, random);
  solver.memory();
  out.decoded = *decode(out.code);
  if (directed)
    prepare_operands(out, random);
  else
    prepare_harmless(out);
  return out;
}

}  // namespace sidestep::test
