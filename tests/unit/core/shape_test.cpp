// Shapes make values of captured bytes: each kind, bit fields, parts in several items, arrays whose
// elements are inside one item or not, and what there is when bytes are missing.
#include "core/shape.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>

namespace sidestep::core {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Status = ItemHead::Status;

template <class T>
Bytes bytes_of(T value) {
  Bytes bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

Bytes text(std::string_view characters) {
  return {characters.begin(), characters.end()};
}

Shape shape(Shape::Kind kind, std::uint8_t size = 0) {
  Shape made;
  made.kind = kind;
  made.size = size;
  return made;
}

/// As if every item had been read well.
Value value_of(const Shape& wanted, const std::vector<Bytes>& contents) {
  std::vector<Item> items;
  for (const Bytes& bytes : contents) items.push_back({Status::Ok, bytes});
  return to_value(wanted, items);
}

template <class T>
T get(const Value& value) {
  EXPECT_TRUE(std::holds_alternative<T>(value.what)) << value.what.index();
  const T* held = std::get_if<T>(&value.what);
  return held ? *held : T{};
}

TEST(Shape, Numbers) {
  using Kind = Shape::Kind;
  EXPECT_EQ(get<std::int64_t>(value_of(shape(Kind::Signed, 2), {bytes_of<std::int16_t>(-5)})), -5);
  EXPECT_EQ(get<std::uint64_t>(value_of(shape(Kind::Unsigned, 1), {{0xfb}})), 0xfbu);
  EXPECT_EQ(get<std::int64_t>(value_of(shape(Kind::Signed, 8), {bytes_of(INT64_MIN)})), INT64_MIN);
  EXPECT_TRUE(get<bool>(value_of(shape(Kind::Bool, 1), {{2}})));
  EXPECT_EQ(get<Value::Character>(value_of(shape(Kind::Character, 4), {bytes_of(0x20acu)})).code,
            0x20acu);
  EXPECT_EQ(get<Value::Pointer>(value_of(shape(Kind::Pointer, 8), {bytes_of(0x1234ul)})).to,
            Address{0x1234});
  EXPECT_EQ(get<Value::Bits>(value_of(shape(Kind::Hex, 2), {{0x34, 0x12}})).bytes,
            (Bytes{0x34, 0x12}));
}

TEST(Shape, Fractions) {
  using Kind = Shape::Kind;
  EXPECT_EQ(get<double>(value_of(shape(Kind::Float, 8), {bytes_of(-2.5)})), -2.5);
  EXPECT_EQ(get<double>(value_of(shape(Kind::Float, 4), {bytes_of(0.1f)})), 0.1);
  Bytes x87(10);
  const long double extended = 0.25L;
  std::memcpy(x87.data(), &extended, x87.size());
  EXPECT_EQ(get<double>(value_of(shape(Kind::Float, 10), {x87})), 0.25);
}

TEST(Shape, BitFields) {
  Shape field = shape(Shape::Kind::Signed, 1);
  field.bit_offset = 3;
  field.bit_size = 5;
  EXPECT_EQ(get<std::int64_t>(value_of(field, {{0xc8 | 5}})), -7);
  field.kind = Shape::Kind::Unsigned;
  EXPECT_EQ(get<std::uint64_t>(value_of(field, {{0xc8 | 5}})), 25u);
}

TEST(Shape, EnumsAndFlags) {
  const auto value = [](std::int32_t number,
                        std::vector<std::pair<std::int64_t, std::string>> names) {
    Shape of = shape(Shape::Kind::Enum, 4);
    of.enumerators =
        std::make_shared<const std::vector<std::pair<std::int64_t, std::string>>>(std::move(names));
    return get<Value::Enumerator>(value_of(of, {bytes_of(number)}));
  };
  EXPECT_EQ(value(-1, {{-1, "Blue"}, {5, "Green"}}).name, "Blue");
  EXPECT_EQ(value(-1, {{-1, "Blue"}, {5, "Green"}}).value, -1);
  EXPECT_EQ(value(3, {{1, "A"}, {2, "B"}, {4, "C"}}).name, "A|B");
  EXPECT_EQ(value(3, {{0, "None"}, {1, "A"}, {2, "B"}}).name, "A|B");
  EXPECT_EQ(value(9, {{1, "A"}, {2, "B"}}).name, "") << "8 has no name";
  EXPECT_EQ(value(7, {{1, "A"}, {5, "B"}, {2, "C"}}).name, "") << "5 is not one bit";
  EXPECT_EQ(value(9, {{1, "A"}}).value, 9);
}

TEST(Shape, Texts) {
  Shape of = shape(Shape::Kind::Text);
  of.limit = 4;
  EXPECT_EQ(get<Value::Text>(value_of(of, {text("four")})).bytes, "four");
  EXPECT_FALSE(get<Value::Text>(value_of(of, {text("four")})).cut);
  EXPECT_EQ(get<Value::Text>(value_of(of, {text("fives")})).bytes, "five");
  EXPECT_TRUE(get<Value::Text>(value_of(of, {text("fives")})).cut);
  of.count = 3;
  of.offset = 1;
  EXPECT_EQ(get<Value::Text>(value_of(of, {text("fives")})).bytes, "ive");
  EXPECT_EQ(get<Value::Text>(value_of(of, {{'x', 'y', 0, 'z', 'a'}})).bytes, "y");
  of.stride = 1;
  EXPECT_EQ(get<Value::Text>(value_of(of, {{'x', 'y', 0, 'z', 'a'}})).bytes.size(), 3u);
}

TEST(Shape, APointerToText) {
  Shape of = shape(Shape::Kind::Pointer, 8);
  of.text_item = 1;
  of.limit = 32;
  EXPECT_EQ(get<Value::Text>(value_of(of, {bytes_of(0x10ul), text("hi")})).bytes, "hi");
  const Bytes address = bytes_of(0x10ul);
  const Item items[] = {{Status::Ok, address}, {Status::Unreadable, address}};
  EXPECT_EQ(get<Value::Pointer>(to_value(of, items)).to, Address{0x10});
}

TEST(Shape, Arrays) {
  Shape of = shape(Shape::Kind::Array);
  of.offset = 1;
  of.stride = 2;
  of.count = 3;
  of.members.emplace_back("", shape(Shape::Kind::Unsigned, 1));
  const auto all = get<Value::Array>(value_of(of, {{9, 1, 0, 2, 0, 3, 0, 4}}));
  EXPECT_EQ(all.count, 3u);
  ASSERT_EQ(all.elements.size(), 3u);
  EXPECT_EQ(get<std::uint64_t>(all.elements[2]), 3u);
  of.limit = 2;
  EXPECT_EQ(get<Value::Array>(value_of(of, {{9, 1, 0, 2, 0, 3, 0, 4}})).elements.size(), 2u);
  of.count_item = 1;
  const auto counted = get<Value::Array>(value_of(of, {{9, 1, 0, 2, 0}, bytes_of(1ul)}));
  EXPECT_EQ(counted.count, 1u);
  EXPECT_EQ(counted.elements.size(), 1u);
}

TEST(Shape, AnArrayOfStructsOfArrays) {
  Shape inner = shape(Shape::Kind::Array);
  inner.offset = 1;
  inner.stride = 1;
  inner.count = 2;
  inner.members.emplace_back("", shape(Shape::Kind::Unsigned, 1));
  Shape each = shape(Shape::Kind::Aggregate);
  each.members.emplace_back("id", shape(Shape::Kind::Unsigned, 1));
  each.members.emplace_back("pair", inner);
  Shape of = shape(Shape::Kind::Array);
  of.stride = 3;
  of.count = 2;
  of.members.emplace_back("", each);
  const auto all = get<Value::Array>(value_of(of, {{1, 2, 3, 4, 5, 6}}));
  ASSERT_EQ(all.elements.size(), 2u);
  const auto second = get<Value::Aggregate>(all.elements[1]);
  ASSERT_EQ(second.members.size(), 2u);
  EXPECT_EQ(get<std::uint64_t>(second.members[0].second), 4u);
  const auto pair = get<Value::Array>(second.members[1].second);
  ASSERT_EQ(pair.elements.size(), 2u);
  EXPECT_EQ(get<std::uint64_t>(pair.elements[1]), 6u);
}

TEST(Shape, ElementsOfTheirOwn) {
  Shape of = shape(Shape::Kind::Array);
  of.count = 3;
  for (const std::uint16_t item : {std::uint16_t{0}, std::uint16_t{1}}) {
    Shape element = shape(Shape::Kind::Unsigned, 1);
    element.item = item;
    of.members.emplace_back("", element);
  }
  const auto all = get<Value::Array>(value_of(of, {{7}, {8}}));
  EXPECT_EQ(all.count, 3u);
  ASSERT_EQ(all.elements.size(), 2u);
  EXPECT_EQ(get<std::uint64_t>(all.elements[1]), 8u);
}

TEST(Shape, AScalarInParts) {
  Shape of = shape(Shape::Kind::Unsigned, 4);
  for (const std::uint16_t item : {std::uint16_t{0}, std::uint16_t{1}}) {
    Shape part = shape(Shape::Kind::Hex, 2);
    part.item = item;
    of.members.emplace_back("", part);
  }
  EXPECT_EQ(get<std::uint64_t>(value_of(of, {{0x34, 0x12}, {0x78, 0x56}})), 0x56781234u);
}

TEST(Shape, WhatIsMissingSaysSo) {
  Shape of = shape(Shape::Kind::Unavailable);
  of.text = "optimised out";
  EXPECT_EQ(get<Value::Unavailable>(value_of(of, {})).reason, "optimised out");
  const Bytes address = bytes_of(0x10ul);
  const Shape number = shape(Shape::Kind::Signed, 4);
  const Item unreadable[] = {{Status::Unreadable, address}};
  EXPECT_EQ(get<Value::Unavailable>(to_value(number, unreadable)).reason, "unreadable at 0x10");
  const Item undefined[] = {{Status::Undefined, address}};
  EXPECT_EQ(get<Value::Unavailable>(to_value(number, undefined)).reason, "undefined");
  EXPECT_EQ(get<Value::Unavailable>(value_of(number, {{1, 2}})).reason, "not captured");
}

TEST(Shape, ItemsAreTakenOneByOne) {
  const Bytes record = {0, 2, 0, 0, 0, 'h', 'i', 1, 0, 0, 0, 0};
  std::span<const std::uint8_t> rest(record);
  const Item first = take_item(rest);
  EXPECT_EQ(first.status, Status::Ok);
  EXPECT_EQ(Bytes(first.bytes.begin(), first.bytes.end()), text("hi"));
  const Item second = take_item(rest);
  EXPECT_EQ(second.status, Status::Unreadable);
  EXPECT_TRUE(second.bytes.empty());
  EXPECT_TRUE(rest.empty());
}

}  // namespace
}  // namespace sidestep::core
