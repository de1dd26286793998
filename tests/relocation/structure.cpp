#include "structure.hpp"

#include <cstring>

#include "amd64/classify.hpp"

namespace sidestep::test {
namespace {

using amd64::Kind;
using ImageBytes = std::span<const std::uint8_t>;

bool is_pc(ZydisRegister reg) {
  return reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP;
}

/// Where an operand relative to the instruction pointer lies.
std::uint64_t absolute(const ZydisDecodedOperand& operand, const Decoded& decoded, Address at) {
  const std::uint64_t sum =
      at.value + decoded.insn.length + static_cast<std::uint64_t>(operand.mem.disp.value);
  return operand.mem.base == ZYDIS_REGISTER_EIP ? sum & 0xffff'ffff : sum;
}

bool same_memory(const ZydisDecodedOperand& a, const ZydisDecodedOperand& b) {
  return a.mem.type == b.mem.type && a.mem.segment == b.mem.segment && a.mem.base == b.mem.base &&
         a.mem.index == b.mem.index && a.mem.scale == b.mem.scale;
}

bool same_operand(const ZydisDecodedOperand& a, const Decoded& of_a, Address at_a,
                  const ZydisDecodedOperand& b, const Decoded& of_b, Address at_b) {
  if (a.type != b.type || a.size != b.size) return false;
  switch (a.type) {
    case ZYDIS_OPERAND_TYPE_REGISTER:
      return a.reg.value == b.reg.value;
    case ZYDIS_OPERAND_TYPE_MEMORY:
      if (!same_memory(a, b)) return false;
      if (is_pc(a.mem.base)) return absolute(a, of_a, at_a) == absolute(b, of_b, at_b);
      return a.mem.disp.value == b.mem.disp.value;
    case ZYDIS_OPERAND_TYPE_IMMEDIATE:
      return a.imm.value.u == b.imm.value.u;
    default:
      return a.ptr.offset == b.ptr.offset && a.ptr.segment == b.ptr.segment;
  }
}

/// The copy at `at` of what stands at the site.
std::string compare_copy(const core::Instruction& insn, ImageBytes copy, Address at) {
  const auto original = decode(insn.bytes);
  const auto copied = decode(copy);
  if (!original || !copied) return "not decodable";
  if (original->insn.mnemonic != copied->insn.mnemonic) return "another instruction";
  if (original->insn.length != copied->insn.length) return "another length";
  if (original->insn.attributes != copied->insn.attributes) return "other prefixes";
  if (original->insn.operand_count != copied->insn.operand_count) return "other operands";
  for (std::size_t i = 0; i < original->operands().size(); ++i)
    if (!same_operand(original->operands()[i], *original, insn.site, copied->operands()[i], *copied,
                      at))
      return "operand " + std::to_string(i + 1);
  return {};
}

/// Where the jump at `offset` leads: jmp rel32, or jmp [rip+disp32] by way of the slot's data.
std::optional<Address> destination(ImageBytes image, std::size_t offset, Address slot) {
  const auto jump = decode(image.subspan(offset));
  if (!jump || jump->insn.mnemonic != ZYDIS_MNEMONIC_JMP) return std::nullopt;
  const std::size_t end = offset + jump->insn.length;
  if (jump->is_relative_branch())
    return slot + end + static_cast<std::uint64_t>(jump->insn.raw.imm[0].value.s);
  if (jump->pc_relative() == nullptr) return std::nullopt;
  const std::size_t data = end + static_cast<std::size_t>(jump->insn.raw.disp.value);
  Address to;
  if (data + sizeof to.value > image.size()) return std::nullopt;
  std::memcpy(&to.value, image.data() + data, sizeof to.value);
  return to;
}

std::string compare_straight(const core::Instruction& insn, const core::SlotImage& image,
                             Address slot) {
  const ImageBytes bytes = image.bytes;
  std::string text = compare_copy(insn, bytes, slot);
  if (!text.empty()) return text;
  if (destination(bytes, insn.bytes.size(), slot) != insn.next()) return "the way back";
  text = compare_copy(insn, bytes.subspan(image.twin_offset), slot + image.twin_offset);
  if (!text.empty()) return "twin: " + text;
  const std::size_t end = image.twin_offset + insn.bytes.size();
  return bytes[end] == 0xcc && image.twin_end == end + 1 ? "" : "the twin's end";
}

std::optional<Address> branch_target(ImageBytes code, Address at) {
  const auto branch = decode(code);
  if (!branch || !branch->is_relative_branch()) return std::nullopt;
  return at + branch->insn.length + static_cast<std::uint64_t>(branch->insn.raw.imm[0].value.s);
}

std::string compare_transaction(const core::Instruction& insn, const core::SlotImage& image,
                                Address slot) {
  const ImageBytes bytes = image.bytes;
  const auto begin = decode(bytes);
  if (!begin || begin->insn.mnemonic != ZYDIS_MNEMONIC_XBEGIN) return "another instruction";
  auto fallback = branch_target(bytes, slot);
  if (!fallback) return "no fallback";
  const auto within = static_cast<std::uint64_t>(*fallback - slot);
  if (within < bytes.size()) fallback = destination(bytes, within, slot);
  if (fallback != branch_target(insn.bytes, insn.site)) return "another fallback";
  return destination(bytes, begin->insn.length, slot) == insn.next() ? "" : "the way back";
}

}  // namespace

std::string structural_difference(const core::Instruction& insn, const core::SlotImage& image,
                                  Address slot) {
  const auto decoded = decode(insn.bytes);
  const ZydisMnemonic mnemonic = decoded ? decoded->insn.mnemonic : ZYDIS_MNEMONIC_INVALID;
  if (mnemonic == ZYDIS_MNEMONIC_XBEGIN) return compare_transaction(insn, image, slot);
  switch (static_cast<Kind>(insn.kind)) {
    case Kind::Straight:
      return compare_straight(insn, image, slot);
    case Kind::Transfer:
      return compare_copy(insn, image.bytes, slot);
    default:
      return {};
  }
}

}  // namespace sidestep::test
