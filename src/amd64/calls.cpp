#include "amd64/calls.hpp"

namespace sidestep::amd64 {
namespace {

constexpr std::uint8_t modrm_reg_mask = 0x38;
constexpr std::uint8_t modrm_mod_shift = 6;
constexpr std::uint8_t mod_disp8 = 1;
constexpr std::uint8_t mod_disp32 = 2;
constexpr std::int64_t word = 8;

bool is_stack_pointer(ZydisRegister reg) {
  return reg == ZYDIS_REGISTER_RSP || reg == ZYDIS_REGISTER_ESP;
}

/// Group 5, SDM vol. 2D table A-6: FF /2 is the near call, FF /4 the near jump.
void turn_into_jump(std::uint8_t& modrm) {
  modrm = static_cast<std::uint8_t>((modrm & ~modrm_reg_mask) | (4 << 3));
}

/// The operand's base is the stack pointer, which the push lowers by a word: the displacement
/// goes up by one, and to a wider field where it must. All before it is taken as it is.
std::optional<InstructionBytes> raise_displacement(const Decoded& call,
                                                   std::span<const std::uint8_t> bytes) {
  const auto& raw = call.insn.raw;
  const std::int64_t displacement = raw.disp.value + word;
  if (!fits<std::int32_t>(displacement)) return std::nullopt;
  const bool narrow = fits<std::int8_t>(displacement);
  // A stack pointer base always has a SIB byte, and the displacement follows it.
  const std::size_t fixed = raw.sib.offset + 1u;
  const std::size_t width = narrow ? 1 : 4;
  if (fixed + width > max_instruction) return std::nullopt;  // padded with prefixes

  InstructionBytes out;
  out.append(bytes.first(fixed));
  std::uint8_t& modrm = out[raw.modrm.offset];
  turn_into_jump(modrm);
  const std::uint8_t mod = narrow ? mod_disp8 : mod_disp32;
  modrm = static_cast<std::uint8_t>((modrm & 0x3f) | (mod << modrm_mod_shift));
  for (std::size_t i = 0; i < width; ++i) {
    out.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(displacement) >> (8 * i)));
  }
  return out;
}

}  // namespace

std::optional<InstructionBytes> jump_after_push(const Decoded& call,
                                                std::span<const std::uint8_t> bytes) {
  const ZydisDecodedOperand& operand = call.operands()[0];
  if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER && is_stack_pointer(operand.reg.value)) {
    return std::nullopt;  // the target is the stack pointer before the push
  }
  if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY && is_stack_pointer(operand.mem.base)) {
    // The push would overwrite an operand that lies in [rsp-8, rsp). With an index register,
    // that can't be told before the hit. (A segment base is not looked at: it may well be 0.)
    const std::int64_t displacement = call.insn.raw.disp.value;
    const bool overlaps = displacement > -2 * word && displacement < 0;
    if (operand.mem.index != ZYDIS_REGISTER_NONE || overlaps) return std::nullopt;
    return raise_displacement(call, bytes);
  }
  InstructionBytes out;
  out.append(bytes);
  turn_into_jump(out[call.insn.raw.modrm.offset]);
  return out;
}

}  // namespace sidestep::amd64
