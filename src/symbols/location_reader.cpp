#include "symbols/location_reader.hpp"

#include <dwarf.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <utility>

namespace sidestep::symbols {
namespace {

using C = core::Op::Code;

constexpr std::uint64_t word = 8;
constexpr std::uint64_t last_general = 15, last_vector = 32;

/// DWARF operations that one of ours stands for.
constexpr std::pair<int, C> same_operations[] = {
    {DW_OP_plus, C::Add},
    {DW_OP_minus, C::Subtract},
    {DW_OP_mul, C::Multiply},
    {DW_OP_div, C::DivideSigned},
    {DW_OP_mod, C::RemainderUnsigned},
    {DW_OP_and, C::And},
    {DW_OP_or, C::Or},
    {DW_OP_xor, C::Xor},
    {DW_OP_shl, C::ShiftLeft},
    {DW_OP_shr, C::ShiftRight},
    {DW_OP_shra, C::ShiftRightSigned},
    {DW_OP_neg, C::Negate},
    {DW_OP_not, C::Complement},
    {DW_OP_eq, C::Equal},
    {DW_OP_ne, C::NotEqual},
    {DW_OP_lt, C::LessSigned},
    {DW_OP_le, C::LessEqualSigned},
    {DW_OP_drop, C::Drop},
    {DW_OP_swap, C::Swap},
};

}  // namespace

Place LocationReader::read(std::span<const Dwarf_Op> operations) {
  if (operations.empty()) return Place::nowhere("optimised out");
  for (const Dwarf_Op& op : operations)
    if (!step(op)) return Place::nowhere(why_);
  if (place_.pieces.empty()) place_.pieces.push_back(finished(Place::unbounded));
  place_.missing = why_;
  return std::move(place_);
}

std::optional<Code> LocationReader::read_value(std::span<const Dwarf_Op> operations) {
  for (const Dwarf_Op& op : operations)
    if (!step(op)) return std::nullopt;
  if (now_ == Now::Register && register_ <= last_general) return Code{general_register(register_)};
  if (now_ != Now::Address && now_ != Now::Value) return std::nullopt;
  return std::move(code_);
}

Piece LocationReader::finished(std::uint64_t size) {
  Piece piece;
  switch (now_) {
    case Now::Register:
      piece = register_piece(static_cast<unsigned>(register_), size);
      break;
    case Now::Address:
      piece.kind = Piece::Kind::Memory;
      break;
    case Now::Value:
      piece.kind = Piece::Kind::Value;
      break;
    default:
      break;
  }
  piece.size = size;
  piece.code = std::exchange(code_, {});
  now_ = Now::Empty;
  return piece;
}

bool LocationReader::step(const Dwarf_Op& op) {
  return step_register(op) || step_constant(op) || step_stack(op) || step_arithmetic(op) ||
         step_frame(op) || step_special(op);
}

bool LocationReader::push_register(std::uint64_t number, std::uint64_t offset) {
  if (number > last_general) return false;
  push(general_register(number));
  add_constant(code_, offset);
  return true;
}

bool LocationReader::step_register(const Dwarf_Op& op) {
  const auto named = [&](std::uint64_t number) {
    if (number > last_vector) return false;
    register_ = number;
    now_ = Now::Register;
    return true;
  };
  if (op.atom >= DW_OP_reg0 && op.atom <= DW_OP_reg31) return named(op.atom - DW_OP_reg0);
  if (op.atom == DW_OP_regx) return named(op.number);
  if (op.atom >= DW_OP_breg0 && op.atom <= DW_OP_breg31)
    return push_register(op.atom - DW_OP_breg0, op.number);
  if (op.atom == DW_OP_bregx) return push_register(op.number, op.number2);
  return false;
}

bool LocationReader::step_constant(const Dwarf_Op& op) {
  if (op.atom >= DW_OP_lit0 && op.atom <= DW_OP_lit31) {
    push(constant(op.atom - DW_OP_lit0));
    return true;
  }
  switch (op.atom) {
    case DW_OP_addr:
      push(constant(op.number + stop_.run_bias));
      return true;
    case DW_OP_addrx:
    case DW_OP_GNU_addr_index:
    case DW_OP_constx:
    case DW_OP_GNU_const_index: {
      Dwarf_Attribute found;
      Dwarf_Addr address = 0;
      if (!attribute_ || dwarf_getlocation_attr(attribute_, &op, &found) != 0 ||
          dwarf_formaddr(&found, &address) != 0)
        return false;
      const bool is_address = op.atom == DW_OP_addrx || op.atom == DW_OP_GNU_addr_index;
      push(constant(is_address ? address + stop_.run_bias : address));
      return true;
    }
    case DW_OP_const1u:
    case DW_OP_const1s:
    case DW_OP_const2u:
    case DW_OP_const2s:
    case DW_OP_const4u:
    case DW_OP_const4s:
    case DW_OP_const8u:
    case DW_OP_const8s:
    case DW_OP_constu:
    case DW_OP_consts:
      push(constant(op.number));
      return true;
    default:
      return false;
  }
}

bool LocationReader::step_stack(const Dwarf_Op& op) {
  switch (op.atom) {
    case DW_OP_nop:
    case DW_OP_GNU_uninit:
      return true;
    case DW_OP_dup:
      push(make_op(C::Pick));
      return true;
    case DW_OP_over:
      push(make_op(C::Pick, 0, 0, 1));
      return true;
    case DW_OP_pick:
      push(make_op(C::Pick, 0, 0, op.number));
      return true;
    case DW_OP_deref:
      push(make_op(C::Load, 0, word));
      return true;
    case DW_OP_deref_size:
      if (op.number > word) return false;
      push(make_op(C::Load, 0, op.number));
      return true;
    default:
      return false;
  }
}

bool LocationReader::step_arithmetic(const Dwarf_Op& op) {
  for (const auto& [atom, code] : same_operations)
    if (atom == op.atom) {
      push(make_op(code));
      return true;
    }
  switch (op.atom) {
    case DW_OP_plus_uconst:
      add_constant(code_, op.number);
      return true;
    case DW_OP_gt:
    case DW_OP_ge:
      push(make_op(C::Swap));
      push(make_op(op.atom == DW_OP_gt ? C::LessSigned : C::LessEqualSigned));
      return true;
    default:
      return false;
  }
}

std::optional<Code> LocationReader::frame_base() {
  Dwarf_Die function = stop_.function;
  Dwarf_Attribute attribute;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (!function.addr || !dwarf_attr(&function, DW_AT_frame_base, &attribute) ||
      dwarf_getlocation_addr(&attribute, stop_.address, &operations, &count, 1) != 1)
    return std::nullopt;
  const bool refers_to_itself = std::any_of(
      operations, operations + count, [](const Dwarf_Op& op) { return op.atom == DW_OP_fbreg; });
  if (refers_to_itself) return std::nullopt;
  return LocationReader(stop_, &attribute).read_value({operations, count});
}

std::optional<Code> LocationReader::call_frame() {
  if (stop_.is_entry) {
    Code code{general_register(rsp)};
    add_constant(code, word);  // above the return address
    return code;
  }
  const ElfFile::Frame frame = stop_.file->frame_at(stop_.link);
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (!frame || dwarf_frame_cfa(frame.get(), &operations, &count) != 0 || count == 0)
    return std::nullopt;
  const bool refers_to_itself = std::any_of(operations, operations + count, [](const Dwarf_Op& op) {
    return op.atom == DW_OP_call_frame_cfa;
  });
  if (refers_to_itself) return std::nullopt;
  return LocationReader(stop_, nullptr).read_value({operations, count});
}

bool LocationReader::step_frame(const Dwarf_Op& op) {
  if (op.atom != DW_OP_fbreg && op.atom != DW_OP_call_frame_cfa) return false;
  const auto base = op.atom == DW_OP_fbreg ? frame_base() : call_frame();
  if (!base) return fail("its frame is not known");
  append(code_, *base);
  if (op.atom == DW_OP_fbreg) add_constant(code_, op.number);
  now_ = Now::Address;
  return true;
}

/// The value that something had when the function was entered: known only there.
bool LocationReader::entry_value(const Dwarf_Op& op) {
  if (!stop_.is_entry || !attribute_) return false;
  Dwarf_Attribute inner;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dwarf_getlocation_attr(attribute_, &op, &inner) != 0 ||
      dwarf_getlocation(&inner, &operations, &count) != 0)
    return false;
  const auto value = LocationReader(stop_, &inner).read_value({operations, count});
  if (!value) return false;
  append(code_, *value);
  now_ = Now::Address;
  return true;
}

bool LocationReader::implicit_value(const Dwarf_Op& op) {
  Dwarf_Block block;
  if (!attribute_ || dwarf_getlocation_implicit_value(attribute_, &op, &block) != 0) return false;
  if (block.length > word) return fail("a constant of many bytes");
  std::uint64_t value = 0;
  std::memcpy(&value, block.data, block.length);
  code_ = {constant(value)};
  now_ = Now::Value;
  return true;
}

bool LocationReader::step_special(const Dwarf_Op& op) {
  switch (op.atom) {
    case DW_OP_stack_value:
      now_ = Now::Value;
      return true;
    case DW_OP_piece:
      place_.pieces.push_back(finished(op.number));
      return true;
    case DW_OP_implicit_value:
      return implicit_value(op);
    case DW_OP_entry_value:
    case DW_OP_GNU_entry_value:
      return entry_value(op);
    case DW_OP_form_tls_address:
    case DW_OP_GNU_push_tls_address:
      return fail("thread-local");
    case DW_OP_implicit_pointer:
    case DW_OP_GNU_implicit_pointer:
      return fail("optimised out: only what it points to is left");
    default:
      return false;
  }
}

}  // namespace sidestep::symbols
