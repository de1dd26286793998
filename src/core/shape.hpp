// What the items of a program (core/program.hpp) mean: how their bytes become a Value. Made when a
// site is armed, used on the output side, immutable in between; holds nothing of a process.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/program.hpp"
#include "sidestep/value.hpp"

namespace sidestep::core {

struct Shape {
  enum class Kind : std::uint8_t {
    Unavailable,  ///< always: `text` says why
    Signed,       ///< size 1, 2, 4, 8
    Unsigned,
    Hex,    ///< any size: an address-like number (a register), or bits
    Float,  ///< size 4, 8, 10 (x87, padded or not)
    Bool,
    Character,
    Enum,       ///< by `enumerators`
    Pointer,    ///< an address; with `text_item` the text that it points to
    Text,       ///< the item (`count` bytes of it, if that isn't 0) is the text, up to a zero byte
                ///< unless `stride` is 1; longer than `limit`: cut
    Aggregate,  ///< `members`, each with its own place
    Array,      ///< of members[0], one every `stride` bytes; stride 0: of all `members`
  };
  static constexpr std::uint16_t none = 0xffff;

  Kind kind = Kind::Unavailable;
  std::uint8_t size = 0;                      ///< bytes, of scalars
  std::uint8_t bit_offset = 0, bit_size = 0;  ///< a bit field, from the lowest bit; 0: whole
  std::uint16_t item = 0;                     ///< where its bytes are: the program's item,
  std::uint32_t offset = 0;                   ///< and from which byte of that on
  std::uint16_t text_item = none;             ///< Pointer
  std::uint16_t count_item = none;            ///< Array: 8 bytes that say how many there are,
  std::uint64_t count = 0;                    ///< or how many
  std::uint32_t stride = 0;                   ///< Array: bytes
  bool to_function = false;                   ///< Pointer
  std::uint32_t limit = 0;  ///< bytes that are shown (Text, Pointer with text); elements (Array)
  std::string text;         ///< Unavailable: the reason
  /// Of a scalar: the parts that it is to be put together from, lowest first, if it is spread over
  /// several items.
  struct Member;
  std::vector<Member> members;
  std::shared_ptr<const std::vector<std::pair<std::int64_t, std::string>>> enumerators;
};

/// (No std::pair: it could not be of a type that is still being defined.)
struct Shape::Member {
  Member(std::string name, Shape shape) : first(std::move(name)), second(std::move(shape)) {}
  std::string first;  ///< name; "" of an element
  Shape second;
};

/// An item as read back from a record.
struct Item {
  ItemHead::Status status = ItemHead::Status::Ok;
  std::span<const std::uint8_t> bytes;
};

/// The next item of a record; moves `rest` behind it. Asserts that there is one.
inline Item take_item(std::span<const std::uint8_t>& rest) {
  if (rest.size() < ItemHead::bytes) std::abort();
  std::uint32_t length = 0;
  std::memcpy(&length, rest.data() + 1, sizeof length);
  if (rest.size() - ItemHead::bytes < length) std::abort();
  const auto status = static_cast<ItemHead::Status>(rest[0]);
  const auto bytes = rest.subspan(ItemHead::bytes, length);
  rest = rest.subspan(ItemHead::bytes + length);
  return {status, bytes};
}

/// `items`: all that the shape's program has yielded.
Value to_value(const Shape& shape, std::span<const Item> items);

}  // namespace sidestep::core
