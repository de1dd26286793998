#include "symbols/go_call.hpp"

#include <algorithm>
#include <array>

namespace sidestep::symbols {
namespace {

using Kind = ValueType::Kind;

constexpr std::array<unsigned, 9> general_registers = {rax, rbx, rcx, rdi, rsi, 8, 9, 10, 11};
constexpr unsigned vector_registers = 15;
constexpr std::uint64_t word = 8, return_address = 8;
constexpr int deepest = 16;

class Assignment {
 public:
  /// Puts a whole value into registers, or takes none.
  bool assign(const ValueType& type, Place& place) {
    const unsigned general = general_, vector = vector_;
    place = {};
    if (part(type, 0, place, 0)) return true;
    general_ = general;
    vector_ = vector;
    return false;
  }
  Place on_stack(const ValueType& type) {
    const std::uint64_t alignment = std::clamp<std::uint64_t>(type.alignment(), 1, word);
    stack_ = (stack_ + alignment - 1) / alignment * alignment;
    Code address{general_register(rsp)};
    add_constant(address, return_address + stack_);
    stack_ += type.size;
    return Place::in_memory(std::move(address));
  }

 private:
  bool scalar(Place& place, std::uint64_t offset, std::uint64_t size, bool is_float) {
    if (is_float ? vector_ == vector_registers : general_ == general_registers.size()) return false;
    const unsigned number = is_float ? xmm0 + vector_++ : general_registers[general_++];
    place.add(register_piece(number, size), offset);
    return true;
  }
  bool part(const ValueType& type, std::uint64_t offset, Place& place, int depth) {
    if (depth > deepest) return false;
    switch (type.kind) {
      case Kind::Complex:
        return part(*type.target, offset, place, depth + 1) &&
               part(*type.target, offset + type.size / 2, place, depth + 1);
      case Kind::Struct: {
        for (const Member& member : members_of(type))
          if (!part(*member.type, offset + member.offset, place, depth + 1)) return false;
        return true;
      }
      case Kind::Array:
        if (type.count == 0) return true;
        return type.count == 1 && part(*type.target, offset, place, depth + 1);
      default:
        return type.size <= word && scalar(place, offset, type.size, type.kind == Kind::Float);
    }
  }

  unsigned general_ = 0, vector_ = 0;
  std::uint64_t stack_ = 0;
};

}  // namespace

unsigned go_argument_register(unsigned n) {
  return general_registers[std::min<std::size_t>(n, general_registers.size() - 1)];
}

std::vector<Place> go_parameters(std::span<const TypePtr> types) {
  Assignment assignment;
  std::vector<Place> places(types.size());
  for (std::size_t i = 0; i < types.size(); ++i)
    if (!assignment.assign(*types[i], places[i])) places[i] = assignment.on_stack(*types[i]);
  return places;
}

std::vector<Place> go_results(std::span<const TypePtr> types) {
  Assignment assignment;
  std::vector<Place> places(types.size());
  for (std::size_t i = 0; i < types.size(); ++i)
    if (!assignment.assign(*types[i], places[i]))
      places[i] = Place::nowhere("returned on the stack");
  return places;
}

}  // namespace sidestep::symbols
