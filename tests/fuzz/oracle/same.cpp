#include "oracle/same.hpp"

#include <tuple>

namespace sidestep::oracle {
namespace {

constexpr std::int64_t word = 8;

bool is_memory(const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_MEMORY;
}

auto shape(const ZydisDecodedOperandMem& m) {
  return std::tuple(m.type, m.segment, m.base, m.index, m.scale);
}

std::string memory_differs(const Reading& original, const Reading& copy,
                           const ZydisDecodedOperand& a, const ZydisDecodedOperand& b) {
  if (shape(a.mem) != shape(b.mem)) return "another memory operand";
  const auto wanted = pc_relative(original, a);
  if (wanted != pc_relative(copy, b)) return "the operand is at another address";
  if (!wanted && a.mem.disp.value != b.mem.disp.value) return "another displacement";
  return "";
}

std::string operand_differs(const Reading& original, const Reading& copy,
                            const ZydisDecodedOperand& a, const ZydisDecodedOperand& b) {
  if (a.type != b.type || a.size != b.size || a.actions != b.actions ||
      a.visibility != b.visibility || a.encoding != b.encoding ||
      a.element_type != b.element_type || a.element_count != b.element_count)
    return "another kind of operand";
  switch (a.type) {
    case ZYDIS_OPERAND_TYPE_REGISTER:
      return a.reg.value == b.reg.value ? "" : "another register";
    case ZYDIS_OPERAND_TYPE_MEMORY:
      return memory_differs(original, copy, a, b);
    case ZYDIS_OPERAND_TYPE_IMMEDIATE:
      return a.imm.value.u == b.imm.value.u ? "" : "another immediate";
    case ZYDIS_OPERAND_TYPE_POINTER:
      return a.ptr.segment == b.ptr.segment && a.ptr.offset == b.ptr.offset ? ""
                                                                            : "another pointer";
    default:
      return "";
  }
}

auto vector_part(const ZydisDecodedInstructionAvx& v) {
  return std::tuple(v.vector_length, v.mask.mode, v.mask.reg, v.broadcast.mode, v.rounding.mode,
                    v.swizzle.mode, v.conversion.mode, v.has_sae, v.has_eviction_hint);
}

std::string head_differs(const ZydisDecodedInstruction& a, const ZydisDecodedInstruction& b) {
  if (a.mnemonic != b.mnemonic) return "another mnemonic";
  if (a.length != b.length) return "another length";
  if (a.encoding != b.encoding || a.opcode_map != b.opcode_map || a.opcode != b.opcode)
    return "another encoding";
  if (a.attributes != b.attributes) return "other prefixes";
  if (a.operand_width != b.operand_width || a.address_width != b.address_width)
    return "another width";
  if (vector_part(a.avx) != vector_part(b.avx)) return "another vector form";
  if (a.operand_count != b.operand_count) return "another number of operands";
  return "";
}

/// All but the displacement of a PC-relative operand must be there byte by byte.
std::string bytes_differ(const Reading& original, const Reading& copy) {
  const auto& field = original.insn.raw.disp;
  const bool may_change = pc_relative(original).has_value();
  for (std::size_t i = 0; i < original.bytes.size(); ++i) {
    const bool displacement = may_change && i >= field.offset && i < field.offset + 4u;
    if (!displacement && original.bytes[i] != copy.bytes[i]) return "another byte";
  }
  return "";
}

}  // namespace

std::string copy_differs(const Reading& original, const Reading& copy) {
  if (auto what = head_differs(original.insn, copy.insn); !what.empty()) return what;
  for (std::size_t i = 0; i < original.insn.operand_count; ++i) {
    auto what = operand_differs(original, copy, original.storage[i], copy.storage[i]);
    if (!what.empty()) return what;
  }
  return bytes_differ(original, copy);
}

std::string branch_differs(const Reading& original, const Reading& copy) {
  if (!copy.is(original.insn.mnemonic)) return "another condition";
  // These count RCX, or with 67h ECX. The others have a name for each, or don't care.
  const bool counts = original.is(ZYDIS_MNEMONIC_LOOP) || original.is(ZYDIS_MNEMONIC_LOOPE) ||
                      original.is(ZYDIS_MNEMONIC_LOOPNE);
  if (counts && original.insn.address_width != copy.insn.address_width) return "another counter";
  return "";
}

std::string jump_differs(const Reading& call, const Reading& jump) {
  if (!jump.is(ZYDIS_MNEMONIC_JMP) || branch_target(jump)) return "not an indirect jump";
  const ZydisDecodedOperand& wanted = call.storage[0];
  const ZydisDecodedOperand& got = jump.storage[0];
  if (wanted.type != got.type || wanted.size != got.size) return "another kind of target";
  const auto notrack = ZYDIS_ATTRIB_HAS_NOTRACK;
  if ((call.insn.attributes & notrack) != (jump.insn.attributes & notrack))
    return "notrack on one of the two";
  if (!is_memory(wanted)) {
    if (wanted.reg.value != got.reg.value) return "another register";
    return wanted.reg.value == ZYDIS_REGISTER_RSP ? "the push has changed RSP" : "";
  }
  if (call.insn.address_width != jump.insn.address_width) return "another address width";
  if (shape(wanted.mem) != shape(got.mem) || call.insn.raw.sib.scale != jump.insn.raw.sib.scale)
    return "another memory operand";
  if (pc_relative(call, wanted) != pc_relative(jump, got)) return "the operand is elsewhere";
  if (pc_relative(call, wanted)) return "";
  const bool on_stack =
      wanted.mem.base == ZYDIS_REGISTER_RSP || wanted.mem.base == ZYDIS_REGISTER_ESP;
  const std::int64_t displacement = wanted.mem.disp.value;
  if (on_stack && wanted.mem.index != ZYDIS_REGISTER_NONE)
    return "an operand that the push may overwrite";
  if (on_stack && displacement > -2 * word && displacement < 0)
    return "an operand that the push overwrites";
  return got.mem.disp.value == displacement + (on_stack ? word : 0) ? "" : "another displacement";
}

}  // namespace sidestep::oracle
