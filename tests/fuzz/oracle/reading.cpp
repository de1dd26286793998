#include "oracle/reading.hpp"

#include <algorithm>

namespace sidestep::oracle {
namespace {

constexpr std::size_t longest = 15;

const ZydisDecoder& decoder() {
  static const ZydisDecoder instance = [] {
    ZydisDecoder made;
    ZydisDecoderInit(&made, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    return made;
  }();
  return instance;
}

std::optional<Address> absolute(const Reading& reading, const ZydisDecodedOperand& operand) {
  ZyanU64 address = 0;
  if (!ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&reading.insn, &operand, reading.at.value, &address)))
    return std::nullopt;
  return Address{address};
}

}  // namespace

std::optional<Reading> read(std::span<const std::uint8_t> code, Address at) {
  Reading out;
  out.at = at;
  if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder(), code.data(), std::min(code.size(), longest),
                                           &out.insn, out.storage.data())))
    return std::nullopt;
  out.bytes = code.first(out.insn.length);
  return out;
}

std::optional<Address> branch_target(const Reading& reading) {
  for (const ZydisDecodedOperand& operand : reading.operands())
    if (operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operand.imm.is_relative)
      return absolute(reading, operand);
  return std::nullopt;
}

std::optional<Address> pc_relative(const Reading& reading, const ZydisDecodedOperand& operand) {
  if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) return std::nullopt;
  if (operand.mem.base != ZYDIS_REGISTER_RIP && operand.mem.base != ZYDIS_REGISTER_EIP)
    return std::nullopt;
  return absolute(reading, operand);
}

std::optional<Address> pc_relative(const Reading& reading) {
  for (const ZydisDecodedOperand& operand : reading.operands())
    if (const auto address = pc_relative(reading, operand)) return address;
  return std::nullopt;
}

bool has_prefix(const Reading& reading, std::uint8_t prefix) {
  const auto* first = reading.insn.raw.prefixes;
  return std::any_of(first, first + reading.insn.raw.prefix_count,
                     [prefix](const auto& p) { return p.value == prefix; });
}

}  // namespace sidestep::oracle
