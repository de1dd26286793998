#include "core/shape.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>

namespace sidestep::core {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Status = ItemHead::Status;

constexpr std::size_t x87_bytes = 10;

Value unavailable(std::string reason) {
  return {Value::Unavailable{std::move(reason)}};
}

std::uint64_t number_of(Bytes bytes) {
  std::uint64_t value = 0;
  if (bytes.size() >= sizeof value)  // most are: a copy of known length is no call
    std::memcpy(&value, bytes.data(), sizeof value);
  else
    std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

std::int64_t sign_extended(std::uint64_t value, unsigned bits) {
  if (bits == 0 || bits >= 64) return static_cast<std::int64_t>(value);
  const unsigned shift = 64 - bits;
  return static_cast<std::int64_t>(value << shift) >> shift;
}

/// 0.1f is 0.1, not 0.10000000149011612: the double that is written as shortly as the float.
double as_written(float value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  double wide = static_cast<double>(value);
  std::from_chars(text, end, wide);
  return wide;
}

double real_of(Bytes bytes) {
  if (bytes.size() == sizeof(float)) {
    float value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return as_written(value);
  }
  if (bytes.size() >= x87_bytes) {
    long double value = 0;
    std::memcpy(&value, bytes.data(), x87_bytes);
    return static_cast<double>(value);
  }
  return std::bit_cast<double>(number_of(bytes));
}

/// The names of all bits of `value`; "" if some have none, or if the names are not of single bits.
std::string flags(const std::vector<std::pair<std::int64_t, std::string>>& names,
                  std::uint64_t value) {
  std::string text;
  std::uint64_t left = value;
  for (const auto& [number, name] : names) {
    const auto bit = static_cast<std::uint64_t>(number);
    if (bit != 0 && !std::has_single_bit(bit)) return "";
    if (!(left & bit)) continue;
    text += (text.empty() ? "" : "|") + name;
    left &= ~bit;
  }
  return left ? "" : text;
}

Value enumerator(const Shape& shape, std::int64_t value) {
  Value::Enumerator result{"", value};
  if (!shape.enumerators) return {result};
  for (const auto& [number, name] : *shape.enumerators)
    if (number == value) return {Value::Enumerator{name, value}};
  result.name = flags(*shape.enumerators, static_cast<std::uint64_t>(value));
  return {std::move(result)};
}

Value text_of(Bytes bytes, std::uint32_t limit, bool counted) {
  Value::Text text;
  text.cut = bytes.size() > limit;
  const Bytes shown = bytes.first(std::min<std::size_t>(bytes.size(), limit));
  text.bytes.assign(shown.begin(), shown.end());
  if (counted) return {std::move(text)};
  const std::size_t end = text.bytes.find('\0');
  if (end == std::string::npos) return {std::move(text)};
  text.bytes.resize(end);
  text.cut = false;
  return {std::move(text)};
}

/// One conversion. `moved` is added to the offsets of what lies in `moved_item`: an array's
/// element.
class Conversion {
 public:
  explicit Conversion(std::span<const Item> items) : items_(items) {}
  Value operator()(const Shape& shape) const;

 private:
  const Item* item(std::uint16_t index) const {
    return index < items_.size() ? &items_[index] : nullptr;
  }
  std::uint64_t place(const Shape& shape) const {
    return shape.offset + (shape.item == moved_item_ ? moved_ : 0);
  }
  std::string why_not(const Shape& shape) const;
  Bytes whole(const Shape& shape) const;
  std::optional<Bytes> part(const Shape& shape) const;
  std::optional<std::vector<std::uint8_t>> joined(const Shape& shape) const;
  Value scalar(const Shape& shape, Bytes bytes) const;
  Value pointer(const Shape& shape, std::uint64_t to) const;
  Value text(const Shape& shape) const;
  Value array(const Shape& shape) const;
  Conversion at(std::uint16_t moved_item, std::uint64_t moved) const {
    Conversion other = *this;
    other.moved_item_ = moved_item;
    other.moved_ = moved;
    return other;
  }

  std::span<const Item> items_;
  std::uint16_t moved_item_ = Shape::none;
  std::uint64_t moved_ = 0;
};

/// Why there are no bytes for a shape; "" if its item is in order.
std::string Conversion::why_not(const Shape& shape) const {
  const Item* from = item(shape.item);
  if (!from) return "not captured";
  if (from->status == Status::Undefined) return "undefined";
  if (from->status == Status::Ok) return "";
  char reason[48];
  std::snprintf(reason, sizeof reason, "unreadable at 0x%llx",
                static_cast<unsigned long long>(number_of(from->bytes)));
  return reason;
}

/// From the shape's place to the end of its item.
Bytes Conversion::whole(const Shape& shape) const {
  const Bytes bytes = item(shape.item)->bytes;
  const std::uint64_t from = place(shape);
  return from <= bytes.size() ? bytes.subspan(from) : Bytes{};
}

/// A scalar's bytes, where they lie.
std::optional<Bytes> Conversion::part(const Shape& shape) const {
  const Item* from = item(shape.item);
  if (!from || from->status != Status::Ok) return std::nullopt;
  const Bytes there = whole(shape);
  if (there.size() < shape.size) return std::nullopt;
  return there.first(shape.size);
}

/// Those of one that is spread over several items, which lists its parts as members.
std::optional<std::vector<std::uint8_t>> Conversion::joined(const Shape& shape) const {
  std::vector<std::uint8_t> bytes;
  for (const auto& [name, member] : shape.members) {
    const auto there = part(member);
    if (!there) return std::nullopt;
    bytes.insert(bytes.end(), there->begin(), there->end());
  }
  return bytes;
}

Value Conversion::pointer(const Shape& shape, std::uint64_t to) const {
  if (shape.text_item != Shape::none && to != 0)
    if (const Item* text = item(shape.text_item); text && text->status == Status::Ok)
      return text_of(text->bytes, shape.limit, false);
  return {Value::Pointer{Address{to}, "", shape.to_function}};
}

Value Conversion::scalar(const Shape& shape, Bytes bytes) const {
  using Kind = Shape::Kind;
  if (shape.kind == Kind::Float) return {real_of(bytes)};
  std::uint64_t value = number_of(bytes);
  auto bits = static_cast<unsigned>(std::min<std::size_t>(bytes.size(), 8) * 8);
  if (shape.bit_size) {
    bits = shape.bit_size;
    value >>= shape.bit_offset;
    if (bits < 64) value &= (std::uint64_t{1} << bits) - 1;
  }
  switch (shape.kind) {
    case Kind::Signed:
      return {sign_extended(value, bits)};
    case Kind::Bool:
      return {value != 0};
    case Kind::Character:
      return {Value::Character{static_cast<std::uint32_t>(value), shape.size}};
    case Kind::Enum: {
      const bool has_negative =
          shape.enumerators && std::any_of(shape.enumerators->begin(), shape.enumerators->end(),
                                           [](const auto& e) { return e.first < 0; });
      return enumerator(
          shape, has_negative ? sign_extended(value, bits) : static_cast<std::int64_t>(value));
    }
    case Kind::Pointer:
      return pointer(shape, value);
    case Kind::Hex:
      return {Value::Bits{{bytes.begin(), bytes.end()}}};
    default:
      return {value};
  }
}

/// Without a count the item holds nothing but the text, which may have zero bytes in it if its
/// length was known (`stride` is 1 then).
Value Conversion::text(const Shape& shape) const {
  if (std::string reason = why_not(shape); !reason.empty()) return unavailable(std::move(reason));
  Bytes bytes = whole(shape);
  if (shape.count) bytes = bytes.first(std::min<std::uint64_t>(bytes.size(), shape.count));
  return text_of(bytes, shape.limit, shape.stride == 1);
}

/// With a stride of 0 each element has a shape of its own.
Value Conversion::array(const Shape& shape) const {
  Value::Array result{{}, shape.count};
  if (shape.count_item != Shape::none) {
    Shape count;
    count.item = shape.count_item;
    if (std::string reason = why_not(count); !reason.empty()) return unavailable(std::move(reason));
    result.count = number_of(item(shape.count_item)->bytes);
  }
  if (shape.stride == 0) {
    const auto shown = std::min<std::uint64_t>(result.count, shape.members.size());
    for (std::uint64_t i = 0; i < shown; ++i)
      result.elements.push_back((*this)(shape.members[i].second));
    return {std::move(result)};
  }
  if (result.count == 0 || shape.members.empty()) return {std::move(result)};
  if (std::string reason = why_not(shape); !reason.empty()) return unavailable(std::move(reason));
  std::uint64_t room = whole(shape).size() / shape.stride;
  if (shape.limit) room = std::min<std::uint64_t>(room, shape.limit);
  const std::uint64_t begin = place(shape);
  for (std::uint64_t i = 0; i < std::min(room, result.count); ++i)
    result.elements.push_back(
        at(shape.item, begin + i * shape.stride)(shape.members.front().second));
  return {std::move(result)};
}

Value Conversion::operator()(const Shape& shape) const {
  switch (shape.kind) {
    case Shape::Kind::Unavailable:
      return unavailable(shape.text);
    case Shape::Kind::Text:
      return text(shape);
    case Shape::Kind::Array:
      return array(shape);
    case Shape::Kind::Aggregate: {
      Value::Aggregate result;
      for (const auto& [name, member] : shape.members)
        result.members.emplace_back(name, (*this)(member));
      return {std::move(result)};
    }
    default:
      break;
  }
  if (shape.members.empty()) {
    if (const auto bytes = part(shape)) return scalar(shape, *bytes);
  } else if (const auto bytes = joined(shape)) {
    return scalar(shape, *bytes);
  }
  std::string reason = why_not(shape.members.empty() ? shape : shape.members.front().second);
  return unavailable(reason.empty() ? "not captured" : std::move(reason));
}

}  // namespace

Value to_value(const Shape& shape, std::span<const Item> items) {
  return Conversion(items)(shape);
}

}  // namespace sidestep::core
