#include "symbols/value_shape.hpp"

#include <algorithm>

namespace sidestep::symbols {
namespace {

using C = core::Op::Code;
using core::Shape;
using Kind = ValueType::Kind;

constexpr std::uint64_t word = 8;
constexpr std::uint64_t most_bytes = 512;  // of one value that are copied
constexpr unsigned most_texts = 24;        // and further items that it may need
constexpr int deepest = 6;

std::uint64_t register_bytes(const Piece& piece) {
  return piece.kind == Piece::Kind::Vector ? 16 : word;
}

bool is_character(const ValueType& type) {
  return type.kind == Kind::Character && type.size == 1;
}

bool is_text_pointer(const ValueType& type) {
  return type.kind == Kind::Pointer && type.target && is_character(*type.target);
}

/// Whether showing it takes more than its own bytes.
bool points_to_more(const ValueType& type, int depth = 0) {
  if (is_text_pointer(type)) return true;
  if (type.kind == Kind::Array && type.target && depth < deepest)
    return points_to_more(*type.target, depth + 1);
  if (type.kind != Kind::Struct || depth >= deepest) return false;
  if (extent_of(type)) return true;
  const std::vector<Member> all = members_of(type);
  return std::any_of(all.begin(), all.end(),
                     [&](const Member& m) { return points_to_more(*m.type, depth + 1); });
}

Shape::Kind kind_of(const ValueType& type) {
  switch (type.kind) {
    case Kind::Signed:
      return Shape::Kind::Signed;
    case Kind::Unsigned:
      return Shape::Kind::Unsigned;
    case Kind::Float:
      return Shape::Kind::Float;
    case Kind::Bool:
      return Shape::Kind::Bool;
    case Kind::Character:
      return Shape::Kind::Character;
    case Kind::Enum:
      return Shape::Kind::Enum;
    case Kind::Pointer:
    case Kind::Reference:
    case Kind::Function:
      return Shape::Kind::Pointer;
    default:
      return Shape::Kind::Hex;
  }
}

/// The shape counts from an element instead of from the item.
void rebase(Shape& shape, std::uint16_t item, std::uint32_t by) {
  const bool whole = shape.kind != Shape::Kind::Aggregate && shape.kind != Shape::Kind::Unavailable;
  if (whole && shape.item == item) shape.offset -= by;
  if (shape.kind == Shape::Kind::Array && shape.stride) return;  // counts from its own elements
  for (auto& [name, member] : shape.members) rebase(member, item, by);
}

Code put(Code code, C op, std::uint64_t number, std::uint64_t size) {
  code.push_back(make_op(op, number, size));
  return code;
}

}  // namespace

Shape unavailable(std::string why) {
  Shape shape;
  shape.text = std::move(why);
  return shape;
}

Shape ShapeMaker::of(const ValueType& type, const Place& place) {
  texts_left_ = most_texts;
  return whole(type, place, 0);
}

std::uint16_t ShapeMaker::add_item(const Code& body) {
  Code item{make_op(C::Item, body.size() + 1)};
  append(item, body);
  append(program_.ops, item);
  return program_.items++;
}

ShapeMaker::Copied ShapeMaker::copy(const Place& place, std::uint64_t size) {
  Copied copied{place, {}};
  std::uint64_t begin = 0;
  for (const Piece& piece : place.pieces) {
    if (begin >= size) break;
    std::uint64_t length = std::min(piece.size, size - begin);
    const std::uint64_t end = begin + length;
    Code body = piece.code;
    if (piece.kind == Piece::Kind::Memory) {
      length = std::min(length, most_bytes);
      add_constant(body, piece.skip);
      body = put(std::move(body), C::PutMemory, length, 0);
    } else if (piece.kind == Piece::Kind::Vector && piece.skip == 0) {
      length = std::min(length, register_bytes(piece));
      body = {make_op(C::PutVector, 0, length, piece.index)};
    } else {
      length = std::min<std::uint64_t>(length, word);
      Place alone{{piece}, ""};
      alone.pieces[0].size = length;
      const auto value = push(alone, length);
      if (value) body = put(*value, C::PutValue, 0, length);
      if (!value) length = 0;
    }
    if (length > 0) copied.parts.push_back({begin, length, add_item(body)});
    begin = end;
  }
  return copied;
}

Shape ShapeMaker::whole(const ValueType& type, Place place, int depth) {
  if (depth > deepest) return unavailable("nested too deeply");
  if (type.kind == Kind::Comm) {
    Shape shape;
    shape.kind = Shape::Kind::Text;
    shape.limit = limits_.text;
    shape.item = add_item({make_op(C::PutComm)});
    return shape;
  }
  if (type.kind == Kind::Struct && type.size <= 1 && members_of(type).empty()) {
    Shape empty;
    empty.kind = Shape::Kind::Aggregate;
    return empty;
  }
  if (place.is_nowhere()) return unavailable(place.missing);
  if (type.kind == Kind::Text) return c_string(push(place, word), place.missing);
  if (type.kind == Kind::Reference) {
    const auto address = push(place, word);
    if (!address) return unavailable(place.missing);
    if (type.target->size > 0) return whole(*type.target, Place::in_memory(*address), depth + 1);
  }
  if (const auto more = extent_of(type)) return extent(*more, place, depth);
  if (type.kind == Kind::Function) {
    const auto address = address_of(place);
    if (!address) return unavailable(place.missing);
    const Place value = Place::computed(*address);
    return bytes_at(0, word, copy(value, word));
  }
  if (type.size == 0 && !(type.kind == Kind::Array && !type.counted))
    return unavailable("its type is not known: add a cast such as :u32");
  std::uint64_t size = type.size;
  if (type.kind == Kind::Array && !type.is_vector && depth == 0)
    size = std::min(size, std::max<std::uint64_t>(limits_.elements * type.target->size,
                                                  std::uint64_t{limits_.text} + 1));
  return inside(type, 0, copy(place, size), depth);
}

/// Where the bytes are; of several parts, all of them. Unavailable if some are missing.
Shape ShapeMaker::bytes_at(std::uint64_t offset, std::uint64_t size, const Copied& from) const {
  Shape shape;
  std::uint64_t at = offset;
  const std::uint64_t end = offset + size;
  for (const Part& part : from.parts) {
    if (at >= end) break;
    if (at < part.begin || at >= part.begin + part.size) continue;
    Shape piece;
    piece.kind = Shape::Kind::Hex;
    piece.item = part.item;
    piece.offset = static_cast<std::uint32_t>(at - part.begin);
    const std::uint64_t length = std::min(end, part.begin + part.size) - at;
    piece.size = static_cast<std::uint8_t>(length);
    at += length;
    shape.members.emplace_back("", std::move(piece));
  }
  if (at < end || shape.members.empty()) {
    const std::string& why = from.place.missing;
    if (from.place.is_memory())
      return unavailable("beyond the first " + std::to_string(most_bytes) + " bytes");
    return unavailable(why.empty() ? "optimised out" : why);
  }
  if (shape.members.size() == 1) {
    Shape only = std::move(shape.members.front().second);
    return only;
  }
  shape.kind = Shape::Kind::Hex;
  shape.size = static_cast<std::uint8_t>(size);
  return shape;
}

Shape ShapeMaker::scalar(const ValueType& type, std::uint64_t offset, const Copied& from) {
  constexpr std::uint64_t x87 = 10;
  const bool is_x87 = type.kind == Kind::Float && type.size == 16;
  const std::uint64_t size = is_x87 ? x87 : type.size;
  if (size > 255) return unavailable("too large");
  Shape shape = bytes_at(offset, size, from);
  if (shape.kind == Shape::Kind::Unavailable) return shape;
  shape.kind = kind_of(type);
  shape.size = static_cast<std::uint8_t>(size);
  shape.to_function = type.target && type.target->kind == Kind::Function;
  if (type.kind == Kind::Enum) shape.enumerators = enumerators_of(type);
  return shape;
}

Shape ShapeMaker::pointer(const ValueType& type, std::uint64_t offset, const Copied& from) {
  Shape shape = scalar(type, offset, from);
  if (shape.kind == Shape::Kind::Unavailable || !is_text_pointer(type) || texts_left_ == 0)
    return shape;
  const auto address = push(cut(from.place, offset, word), word);
  if (!address) return shape;
  --texts_left_;
  shape.text_item = add_item(put(*address, C::PutText, limits_.text, 0));
  shape.limit = limits_.text;
  return shape;
}

Shape ShapeMaker::c_string(const std::optional<Code>& address, const std::string& missing) {
  if (!address) return unavailable(missing);
  Shape shape;
  shape.kind = Shape::Kind::Text;
  shape.limit = limits_.text;
  shape.item = add_item(put(*address, C::PutText, limits_.text, 0));
  return shape;
}

/// A part of a value that has been copied.
Shape ShapeMaker::inside(const ValueType& type, std::uint64_t offset, const Copied& from,
                         int depth) {
  if (depth > deepest) return unavailable("nested too deeply");
  switch (type.kind) {
    case Kind::Struct:
    case Kind::Complex:
      return members(type, offset, from, depth);
    case Kind::Array:
      return array(type, offset, from, depth);
    case Kind::Pointer:
      return pointer(type, offset, from);
    default:
      return scalar(type, offset, from);
  }
}

Shape ShapeMaker::members(const ValueType& type, std::uint64_t offset, const Copied& from,
                          int depth) {
  if (const auto more = extent_of(type))
    return extent(*more, cut(from.place, offset, type.size), depth);
  Shape shape;
  shape.kind = Shape::Kind::Aggregate;
  add_members(shape, type, offset, from, depth);
  // Nothing says what is in it (Rust's enums with data): its bits.
  if (shape.members.empty() && type.size > 1) return scalar(type, offset, from);
  return shape;
}

void ShapeMaker::add_members(Shape& shape, const ValueType& type, std::uint64_t offset,
                             const Copied& from, int depth) {
  for (const Member& member : members_of(type)) {
    if (member.artificial) continue;
    const std::uint64_t at = offset + member.offset;
    if (at >= most_bytes && from.place.is_memory()) {  // and so are the rest
      shape.members.emplace_back(
          "...", unavailable("beyond the first " + std::to_string(most_bytes) + " bytes"));
      return;
    }
    const bool is_struct = member.type->kind == Kind::Struct;
    if (member.name.empty() && is_struct && depth < deepest) {
      add_members(shape, *member.type, at, from, depth + 1);
      continue;
    }
    Shape inner =
        member.bit_size ? bits(member, at, from) : inside(*member.type, at, from, depth + 1);
    const bool is_empty = inner.kind == Shape::Kind::Aggregate && inner.members.empty();
    if (!(member.is_base && is_empty)) shape.members.emplace_back(member.name, std::move(inner));
  }
}

Shape ShapeMaker::bits(const Member& member, std::uint64_t offset, const Copied& from) {
  if (member.bytes > word) return unavailable("a bit field across nine bytes");
  Shape shape = bytes_at(offset, member.bytes, from);
  if (shape.kind == Shape::Kind::Unavailable) return shape;
  shape.kind = kind_of(*member.type);
  shape.size = static_cast<std::uint8_t>(member.bytes);
  shape.bit_offset = member.bit_offset;
  shape.bit_size = member.bit_size;
  if (member.type->kind == Kind::Enum) shape.enumerators = enumerators_of(*member.type);
  return shape;
}

/// An array of characters is text, as far as it lies in one item.
Shape ShapeMaker::characters(const ValueType& type, std::uint64_t offset, const Copied& from) {
  if (!type.counted || type.count == 0)
    return c_string(address_of(cut(from.place, offset, Place::unbounded - offset)),
                    from.place.missing);
  for (const Part& part : from.parts) {
    if (offset < part.begin || offset >= part.begin + part.size) continue;
    const std::uint64_t room = part.begin + part.size - offset;
    if (room < std::min<std::uint64_t>(type.count, limits_.text)) break;
    Shape shape;
    shape.kind = Shape::Kind::Text;
    shape.item = part.item;
    shape.offset = static_cast<std::uint32_t>(offset - part.begin);
    shape.count = std::min(type.count, room);
    shape.limit = limits_.text;
    return shape;
  }
  return unavailable("spread over several places");
}

Shape ShapeMaker::array(const ValueType& type, std::uint64_t offset, const Copied& from,
                        int depth) {
  const ValueType& element = *type.target;
  const bool in_memory = from.place.is_memory();
  if (is_character(element) && !type.is_vector && (in_memory || from.parts.size() == 1))
    return characters(type, offset, from);
  if (!type.counted) return unavailable("its length is not known");
  Shape shape;
  shape.kind = Shape::Kind::Array;
  shape.count = type.count;
  shape.limit = limits_.elements;
  const std::uint64_t shown = std::min<std::uint64_t>(type.count, limits_.elements);
  if (shown == 0 || element.size == 0) return shape;
  const bool apart = !in_memory || points_to_more(element);
  constexpr std::uint64_t most_apart = 16;
  if (apart) {
    for (std::uint64_t i = 0; i < std::min(shown, most_apart); ++i)
      shape.members.emplace_back("", inside(element, offset + i * element.size, from, depth + 1));
    return shape;
  }
  const Shape begin = bytes_at(offset, 1, from);
  if (begin.kind == Shape::Kind::Unavailable) return begin;
  shape.item = begin.item;
  shape.offset = begin.offset;
  shape.stride = static_cast<std::uint32_t>(element.size);
  Shape first = inside(element, offset, from, depth + 1);
  rebase(first, shape.item, shape.offset);
  shape.members.emplace_back("", std::move(first));
  return shape;
}

Shape ShapeMaker::extent(const Extent& more, const Place& place, int depth) {
  const auto begin = push_begin(more, place);
  const auto count = push_count(more, place);
  if (!begin || !count) return unavailable(place.missing.empty() ? "optimised out" : place.missing);
  if (texts_left_ == 0) return unavailable("too much in one value");
  --texts_left_;
  if (!more.is_text) return elements(more, *begin, *count, depth);
  Shape shape;
  shape.kind = Shape::Kind::Text;
  shape.stride = 1;  // of a known length
  shape.limit = limits_.text;
  shape.item = add_item(put(joined(*begin, *count), C::PutCountedText, limits_.text, 0));
  return shape;
}

Shape ShapeMaker::elements(const Extent& more, const Code& begin, const Code& count, int depth) {
  constexpr std::uint64_t most_element_bytes = 255;  // what PutCounted can say
  constexpr std::uint64_t most_apart = 8;
  const ValueType& element = *more.element;
  Shape shape;
  shape.kind = Shape::Kind::Array;
  shape.count_item = add_item(put(count, C::PutValue, 0, word));
  shape.limit = limits_.elements;
  if (element.size > most_element_bytes || points_to_more(element)) {
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(limits_.elements, most_apart); ++i) {
      Code address = begin;
      add_constant(address, i * element.size);
      if (texts_left_ == 0) break;
      --texts_left_;
      shape.members.emplace_back("",
                                 whole(element, Place::in_memory(std::move(address)), depth + 1));
    }
    return shape;
  }
  const std::uint64_t room = std::max<std::uint64_t>(most_bytes / element.size, 1);
  const std::uint64_t most = std::min<std::uint64_t>(limits_.elements, room) * element.size;
  shape.item = add_item(put(joined(begin, count), C::PutCounted, most, element.size));
  shape.stride = static_cast<std::uint32_t>(element.size);
  const Copied one{Place::nowhere("not captured"), {{0, element.size, shape.item}}};
  shape.members.emplace_back("", inside(element, 0, one, depth + 1));
  return shape;
}

}  // namespace sidestep::symbols
