// Programs of the small stack machine on a scripted thread: each operation, and what happens where
// memory can't be read, a number is divided by zero, or the program is wrong.
#include "core/evaluate.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <limits>
#include <map>
#include <string>

#include "core/payload.hpp"

namespace sidestep::core {
namespace {

using Code = Op::Code;

class ScriptedScene final : public Scene {
 public:
  std::map<unsigned, std::uint64_t> registers;
  std::map<unsigned, std::string> vectors;
  std::map<std::uint64_t, std::string> memory;  // by its beginning; nothing in between
  std::string name = "worker";
  unsigned reads = 0;

  std::optional<std::uint64_t> general(unsigned number) override {
    const auto found = registers.find(number);
    return found == registers.end() ? std::nullopt : std::optional(found->second);
  }
  bool vector(unsigned number, std::span<std::uint8_t> to) override {
    const auto found = vectors.find(number);
    if (found == vectors.end()) return false;
    std::fill(to.begin(), to.end(), 0);
    std::memcpy(to.data(), found->second.data(), std::min(to.size(), found->second.size()));
    return true;
  }
  std::size_t read(Address from, std::span<std::uint8_t> to) override {
    ++reads;
    for (const auto& [begin, bytes] : memory) {
      if (from.value < begin || from.value >= begin + bytes.size()) continue;
      const std::size_t at = from.value - begin, length = std::min(to.size(), bytes.size() - at);
      std::memcpy(to.data(), bytes.data() + at, length);
      return length;
    }
    return 0;
  }
  std::string_view comm() override { return name; }
  Tid tid() const override { return {42}; }
  Nanoseconds latency() const override { return 5000; }
  Nanoseconds net_time() const override { return 4000; }
};

Op op(Code code, std::uint64_t number = 0, std::uint8_t size = 0, std::uint16_t index = 0) {
  return {code, size, index, number};
}
std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

/// What a condition of these operations leaves, by comparing: only 0 and not 0 show.
bool leaves(ScriptedScene& scene, std::vector<Op> ops, std::uint64_t expected) {
  ops.push_back(op(Code::Constant, expected));
  ops.push_back(op(Code::Equal));
  return holds({ops, {}, 0}, scene);
}

struct Captured {
  ItemHead::Status status;
  std::string bytes;
};
std::vector<Captured> captured(ScriptedScene& scene, const Program& program) {
  std::vector<std::uint8_t> out;
  capture(program, scene, out);
  std::span<const std::uint8_t> rest = out;
  std::vector<Captured> items;
  while (!rest.empty()) {
    const Item item = take_item(rest);
    items.push_back({item.status, {item.bytes.begin(), item.bytes.end()}});
  }
  return items;
}

TEST(Evaluate, IntegersOfTwoOperands) {
  struct Row {
    Code code;
    std::uint64_t below, top, expected;
  };
  const auto minus = [](std::int64_t n) { return static_cast<std::uint64_t>(-n); };
  const Row rows[] = {{Code::Add, 7, 8, 15},
                      {Code::Subtract, 7, 8, minus(1)},
                      {Code::Multiply, 7, 8, 56},
                      {Code::DivideSigned, minus(7), 2, minus(3)},
                      {Code::DivideUnsigned, minus(7), 2, minus(7) / 2},
                      {Code::RemainderSigned, minus(7), 2, minus(1)},
                      {Code::RemainderUnsigned, 7, 4, 3},
                      {Code::And, 12, 10, 8},
                      {Code::Or, 12, 10, 14},
                      {Code::Xor, 12, 10, 6},
                      {Code::ShiftLeft, 3, 4, 48},
                      {Code::ShiftLeft, 3, 64, 0},
                      {Code::ShiftRight, minus(1), 63, 1},
                      {Code::ShiftRight, minus(1), 64, 0},
                      {Code::ShiftRightSigned, minus(8), 1, minus(4)},
                      {Code::ShiftRightSigned, minus(8), 200, minus(1)},
                      {Code::Equal, 3, 3, 1},
                      {Code::NotEqual, 3, 3, 0},
                      {Code::LessSigned, minus(1), 0, 1},
                      {Code::LessUnsigned, minus(1), 0, 0},
                      {Code::LessEqualSigned, 3, 3, 1},
                      {Code::LessEqualUnsigned, 4, 3, 0}};
  for (const Row& row : rows) {
    ScriptedScene scene;
    EXPECT_TRUE(leaves(scene,
                       {op(Code::Constant, row.below), op(Code::Constant, row.top), op(row.code)},
                       row.expected))
        << static_cast<int>(row.code);
  }
}

TEST(Evaluate, DivisionNeverTraps) {
  ScriptedScene scene;
  const auto least = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(leaves(scene,
                     {op(Code::Constant, least), op(Code::Constant, ~0ull), op(Code::DivideSigned)},
                     least));
  EXPECT_TRUE(leaves(
      scene, {op(Code::Constant, least), op(Code::Constant, ~0ull), op(Code::RemainderSigned)}, 0));
  for (const Code code :
       {Code::DivideSigned, Code::DivideUnsigned, Code::RemainderSigned, Code::RemainderUnsigned}) {
    const Program by_zero{{op(Code::Item, 5), op(Code::Constant, 1), op(Code::Constant, 0),
                           op(code), op(Code::PutValue, 0, 8)},
                          {},
                          1};
    const auto items = captured(scene, by_zero);
    ASSERT_EQ(items.size(), 1u);
    EXPECT_EQ(items[0].status, ItemHead::Status::Undefined);
    EXPECT_FALSE(holds({{op(Code::Constant, 1), op(Code::Constant, 0), op(code)}, {}, 0}, scene));
  }
}

TEST(Evaluate, OneOperand) {
  ScriptedScene scene;
  EXPECT_TRUE(leaves(scene, {op(Code::Constant, 0xff80), op(Code::SignExtend, 0, 1)}, ~0ull - 127));
  EXPECT_TRUE(leaves(scene, {op(Code::Constant, 0xff80), op(Code::ZeroExtend, 0, 1)}, 0x80));
  EXPECT_TRUE(leaves(scene, {op(Code::Constant, 1), op(Code::Negate)}, ~0ull));
  EXPECT_TRUE(leaves(scene, {op(Code::Constant, 0), op(Code::Complement)}, ~0ull));
  EXPECT_TRUE(leaves(scene, {op(Code::Constant, 0), op(Code::Not)}, 1));
  EXPECT_TRUE(leaves(scene, {op(Code::Constant, 9), op(Code::Not)}, 0));
}

TEST(Evaluate, FloatingPoint) {
  ScriptedScene scene;
  const auto two = [&](Code code, double a, double b, std::uint64_t expected) {
    return leaves(scene, {op(Code::Constant, bits(a)), op(Code::Constant, bits(b)), op(code)},
                  expected);
  };
  EXPECT_TRUE(two(Code::FloatAdd, 1.5, 2.25, bits(3.75)));
  EXPECT_TRUE(two(Code::FloatSubtract, 1.5, 2.25, bits(-0.75)));
  EXPECT_TRUE(two(Code::FloatMultiply, 1.5, 2, bits(3)));
  EXPECT_TRUE(two(Code::FloatDivide, 3, 2, bits(1.5)));
  EXPECT_TRUE(two(Code::FloatLess, -1, 1, 1));
  EXPECT_TRUE(two(Code::FloatLessEqual, 1, 1, 1));
  EXPECT_TRUE(two(Code::FloatEqual, std::numeric_limits<double>::quiet_NaN(), 1, 0));
  EXPECT_TRUE(leaves(
      scene, {op(Code::Constant, std::bit_cast<std::uint32_t>(0.1f)), op(Code::SingleToDouble)},
      bits(static_cast<double>(0.1f))));
  EXPECT_TRUE(leaves(scene, {op(Code::Constant, ~0ull), op(Code::SignedToDouble)}, bits(-1)));
  EXPECT_TRUE(leaves(scene, {op(Code::Constant, 1ull << 63), op(Code::UnsignedToDouble)},
                     bits(9223372036854775808.0)));
}

TEST(Evaluate, RegistersMemoryAndTheThread) {
  ScriptedScene scene;
  scene.registers[5] = 0x1000;
  scene.vectors[17] = std::string("\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20", 16);
  scene.memory[0x1000] = std::string("\x2a\0\0\0\xff\xff", 6);
  EXPECT_TRUE(leaves(scene, {op(Code::Register, 0, 0, 5)}, 0x1000));
  EXPECT_TRUE(leaves(scene, {op(Code::Register, 0, 0, 5), op(Code::Load, 0, 4)}, 42));
  EXPECT_TRUE(leaves(scene, {op(Code::Vector, 8, 2, 17)}, 0x0a09));
  EXPECT_TRUE(leaves(scene, {op(Code::ThreadId)}, 42));
  EXPECT_TRUE(leaves(scene, {op(Code::Latency)}, 5000));
  EXPECT_TRUE(leaves(scene, {op(Code::NetTime)}, 4000));
  EXPECT_TRUE(holds({{op(Code::CommEqual)}, {"worker"}, 0}, scene));
  EXPECT_FALSE(holds({{op(Code::CommEqual)}, {"work"}, 0}, scene));
  EXPECT_FALSE(holds({{op(Code::Register, 0, 0, 60)}, {}, 0}, scene));
}

TEST(Evaluate, JumpsAndTheStack) {
  ScriptedScene scene;
  // a ? 1 : 2
  const auto choose = [&](std::uint64_t a) {
    return std::vector<Op>{op(Code::Constant, a), op(Code::JumpIfZero, 4), op(Code::Constant, 1),
                           op(Code::Jump, 5), op(Code::Constant, 2)};
  };
  EXPECT_TRUE(leaves(scene, choose(7), 1));
  EXPECT_TRUE(leaves(scene, choose(0), 2));
  EXPECT_TRUE(leaves(
      scene, {op(Code::Constant, 1), op(Code::Constant, 2), op(Code::Swap), op(Code::Drop)}, 2));
  EXPECT_TRUE(
      leaves(scene, {op(Code::Constant, 1), op(Code::Constant, 2), op(Code::Pick, 0, 0, 1)}, 1));
}

/// They come from our own compiler; a mistake there must not become a loop or a wild access.
TEST(Evaluate, AWrongProgramEnds) {
  ScriptedScene scene;
  EXPECT_TRUE(holds({{op(Code::Constant, 1), op(Code::Jump, 0)}, {}, 0}, scene));  // never back
  EXPECT_FALSE(holds({{op(Code::Add)}, {}, 0}, scene));
  EXPECT_FALSE(holds({{op(Code::Swap)}, {}, 0}, scene));
  EXPECT_FALSE(holds({{op(Code::Pick, 0, 0, 3)}, {}, 0}, scene));
  EXPECT_FALSE(holds({std::vector<Op>(100, op(Code::Constant, 1)), {}, 0}, scene));
  EXPECT_FALSE(holds({{op(Code::Drop)}, {}, 0}, scene));
}

TEST(Evaluate, AnItemThatFailsIsSaidAndTheNextOneIsNot) {
  ScriptedScene scene;
  scene.registers[5] = 0xdead0;
  const Program program{{op(Code::Item, 4), op(Code::Register, 0, 0, 5), op(Code::Load, 0, 8),
                         op(Code::PutValue, 0, 8), op(Code::Item, 7), op(Code::Constant, 258),
                         op(Code::PutValue, 0, 2)},
                        {},
                        2};
  const auto items = captured(scene, program);
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].status, ItemHead::Status::Unreadable);
  EXPECT_EQ(items[0].bytes, std::string("\xd0\xea\x0d\0\0\0\0\0", 8));
  EXPECT_EQ(items[1].status, ItemHead::Status::Ok);
  EXPECT_EQ(items[1].bytes, std::string("\2\1", 2));
  EXPECT_FALSE(holds({{op(Code::Register, 0, 0, 5), op(Code::Load, 0, 8)}, {}, 0}, scene));
}

std::vector<Captured> text_at(ScriptedScene& scene, std::uint64_t at, std::uint64_t limit) {
  return captured(scene,
                  {{op(Code::Item, 3), op(Code::Constant, at), op(Code::PutText, limit)}, {}, 1});
}

TEST(Evaluate, TextsEndAtZeroAtTheLimitOrWhereMemoryEnds) {
  ScriptedScene scene;
  scene.memory[0x2000] = std::string("short\0more", 10);
  scene.memory[0x3000] = "runs into nothing";
  EXPECT_EQ(text_at(scene, 0x2000, 32)[0].bytes, "short");
  EXPECT_EQ(text_at(scene, 0x2000, 3)[0].bytes, "shor");  // one more: it goes on
  EXPECT_EQ(text_at(scene, 0x2000, 5)[0].bytes, "short");
  EXPECT_EQ(text_at(scene, 0x3000, 32)[0].bytes, "runs into nothing");
  EXPECT_EQ(text_at(scene, 0x4000, 32)[0].status, ItemHead::Status::Unreadable);
  const auto counted = [&](std::uint64_t length) {
    return captured(scene, {{op(Code::Item, 4), op(Code::Constant, 0x2000),
                             op(Code::Constant, length), op(Code::PutCountedText, 7)},
                            {},
                            1})[0];
  };
  EXPECT_EQ(counted(6).bytes, std::string("short\0", 6));
  EXPECT_EQ(counted(10).bytes.size(), 8u);
  EXPECT_EQ(counted(0).bytes, "");
  EXPECT_EQ(counted(0).status, ItemHead::Status::Ok);
}

TEST(Evaluate, MemoryIsCopiedWholeOrNotAtAll) {
  ScriptedScene scene;
  scene.memory[0x2000] = "0123456789";
  scene.vectors[33] = "abcdefghij";
  const auto one = [&](std::vector<Op> ops) {
    ops.insert(ops.begin(), op(Code::Item, ops.size() + 1));
    return captured(scene, {ops, {}, 1}).at(0);
  };
  EXPECT_EQ(one({op(Code::Constant, 0x2000), op(Code::PutMemory, 10)}).bytes, "0123456789");
  EXPECT_EQ(one({op(Code::Constant, 0x2000), op(Code::PutMemory, 11)}).status,
            ItemHead::Status::Unreadable);
  EXPECT_EQ(
      one({op(Code::Constant, 0x2000), op(Code::Constant, 3), op(Code::PutCounted, 8, 2)}).bytes,
      "012345");
  EXPECT_EQ(
      one({op(Code::Constant, 0x2000), op(Code::Constant, 9), op(Code::PutCounted, 8, 2)}).bytes,
      "01234567");
  EXPECT_EQ(one({op(Code::PutVector, 0, 10, 33)}).bytes, "abcdefghij");
  EXPECT_EQ(one({op(Code::PutVector, 0, 10, 34)}).status, ItemHead::Status::Undefined);
}

TEST(Evaluate, TextsAreComparedWholeAndCostNoMoreThanThat) {
  ScriptedScene scene;
  scene.memory[0x2000] = std::string("GET\0", 4);
  const auto equal = [&](const std::string& text) {
    return holds({{op(Code::Constant, 0x2000), op(Code::TextEqual)}, {text}, 0}, scene);
  };
  EXPECT_TRUE(equal("GET"));
  EXPECT_FALSE(equal("GE"));
  EXPECT_FALSE(equal("GETS"));
  EXPECT_FALSE(equal(""));
  EXPECT_EQ(scene.reads, 4u);
  const auto counted = [&](std::uint64_t length, const std::string& text) {
    return holds(
        {{op(Code::Constant, 0x2000), op(Code::Constant, length), op(Code::CountedTextEqual)},
         {text},
         0},
        scene);
  };
  EXPECT_TRUE(counted(3, "GET"));
  EXPECT_FALSE(counted(2, "GET"));
  EXPECT_TRUE(counted(2, "GE"));
  const std::string long_text(1000, 'x');
  scene.memory[0x5000] = long_text + '\0';
  EXPECT_TRUE(holds({{op(Code::Constant, 0x5000), op(Code::TextEqual)}, {long_text}, 0}, scene));
}

}  // namespace
}  // namespace sidestep::core
