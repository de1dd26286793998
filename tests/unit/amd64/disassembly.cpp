#include "disassembly.hpp"

#include <cstring>

namespace sidestep::test {

const core::Architecture& amd64() {
  static const auto instance = sidestep::amd64::make_architecture();
  return *instance;
}

core::Instruction accepted(const Bytes& code, Address at) {
  const auto result = amd64().analyze(code, at);
  if (const auto* no = std::get_if<core::Refusal>(&result)) {
    ADD_FAILURE() << "refused: " << no->text;
    return {};
  }
  const core::Instruction& insn = std::get<core::Instruction>(result);
  EXPECT_EQ(insn.bytes.size(), code.size());
  return insn;
}

std::string refused(const Bytes& code, Address at) {
  const auto result = amd64().analyze(code, at);
  if (const auto* no = std::get_if<core::Refusal>(&result)) return no->text;
  ADD_FAILURE() << "accepted as " << std::get<core::Instruction>(result).mnemonic;
  return {};
}

Line disassemble(std::span<const std::uint8_t> code, Address at) {
  Line out;
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
  if (!ZYAN_SUCCESS(
          ZydisDecoderDecodeFull(&decoder, code.data(), code.size(), &out.insn, operands))) {
    out.text = "(bad)";
    return out;
  }
  out.mnemonic = out.insn.mnemonic;
  out.length = out.insn.length;
  out.operands.assign(operands, operands + out.insn.operand_count);
  for (const auto& operand : out.operands) {
    ZyanU64 absolute = 0;
    if (!ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&out.insn, &operand, at.value, &absolute))) continue;
    if (operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE) out.branch = Address{absolute};
    const bool relative =
        operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
        (operand.mem.base == ZYDIS_REGISTER_RIP || operand.mem.base == ZYDIS_REGISTER_EIP);
    if (relative) out.memory = Address{absolute};
  }
  ZydisFormatter formatter;
  ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
  char buffer[160];
  ZydisFormatterFormatInstruction(&formatter, &out.insn, operands, out.insn.operand_count_visible,
                                  buffer, sizeof buffer, at.value, ZYAN_NULL);
  out.text = buffer;
  return out;
}

Line line_at(const core::SlotImage& image, std::size_t offset, Address slot) {
  const std::span<const std::uint8_t> all{image.bytes.begin(), image.bytes.size()};
  return disassemble(all.subspan(offset), slot + offset);
}

std::uint64_t quad_at(const core::SlotImage& image, std::size_t offset) {
  std::uint64_t out = 0;
  if (offset + sizeof out > image.bytes.size()) {
    ADD_FAILURE() << "offset " << offset << " lies outside the slot";
    return 0;
  }
  std::memcpy(&out, image.bytes.begin() + offset, sizeof out);
  return out;
}

std::optional<Address> destination(const core::SlotImage& image, std::size_t offset, Address slot) {
  const Line line = line_at(image, offset, slot);
  if (line.mnemonic != ZYDIS_MNEMONIC_JMP) return std::nullopt;
  if (line.branch) return line.branch;
  if (!line.memory) return std::nullopt;
  return Address{quad_at(image, static_cast<std::size_t>(*line.memory - slot))};
}

std::string points(const core::SlotImage& image, const core::Instruction& insn) {
  std::string out;
  for (const core::PcPoint& point : image.points) {
    out += std::to_string(point.offset);
    switch (point.progress) {
      case core::PcPoint::Progress::NotStarted:
        out += " not-started ";
        break;
      case core::PcPoint::Progress::Pushed:
        out += " pushed ";
        break;
      case core::PcPoint::Progress::Done:
        out += " done ";
        break;
    }
    if (point.resume == insn.site) {
      out += "site\n";
    } else if (point.resume == insn.next()) {
      out += "next\n";
    } else {
      out += "target\n";
    }
  }
  return out;
}

}  // namespace sidestep::test
