// What is written must be what RapidJSON writes, byte for byte: strings with any bytes in any
// place, numbers at their limits; and commas wherever one belongs.
#include "output/json_line.hpp"

#include <gtest/gtest.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace sidestep::output {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

template <class Write>
std::string by_rapidjson(Write write) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  write(writer);
  return buffer.GetString();
}

template <class Write>
std::string by_us(Write write) {
  fmt::memory_buffer text;
  JsonLine line(text);
  write(line);
  return fmt::to_string(text);
}

void expect_same_string(const std::string& bytes) {
  EXPECT_EQ(by_us([&](JsonLine& line) { line.word(bytes); }), by_rapidjson([&](Writer& writer) {
              writer.String(bytes.data(), static_cast<unsigned>(bytes.size()));
            }));
}

TEST(JsonLine, EveryByteAtEveryPlaceOfAString) {
  for (int byte = 0; byte < 256; ++byte)
    for (std::size_t length = 1; length <= 18; ++length)
      for (std::size_t at = 0; at < length; ++at) {
        std::string bytes(length, 'x');
        bytes[at] = static_cast<char>(byte);
        expect_same_string(bytes);
      }
}

TEST(JsonLine, StringsOfAnyBytes) {
  expect_same_string("");
  std::mt19937 rng(1);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(rng() % 100, '\0');
    for (char& c : bytes) c = static_cast<char>(rng());
    expect_same_string(bytes);
  }
}

TEST(JsonLine, AStringThatIsAllEscapesHasRoom) {
  const std::string bytes(5000, '\x01');
  expect_same_string(bytes);
}

void expect_same_integers(std::uint64_t value) {
  const auto with_sign = static_cast<std::int64_t>(value);
  EXPECT_EQ(by_us([&](JsonLine& line) { line.number(value); }), std::to_string(value));
  EXPECT_EQ(by_us([&](JsonLine& line) { line.number(with_sign); }), std::to_string(with_sign));
  EXPECT_EQ(by_us([&](JsonLine& line) { line.hex(value); }), fmt::format("\"{:#x}\"", value));
}

TEST(JsonLine, IntegersOfEveryLength) {
  for (std::uint64_t power = 1; power <= 1'000'000'000'000'000'000; power *= 10)
    for (const std::uint64_t value : {power - 1, power, 0 - power, 1 - power})
      expect_same_integers(value);
  for (unsigned bit = 0; bit < 64; ++bit)
    for (const std::uint64_t less : {0u, 1u})
      expect_same_integers((std::uint64_t{1} << bit) - less);
  expect_same_integers(std::numeric_limits<std::uint64_t>::max());
}

TEST(JsonLine, Integers) {
  for (std::uint64_t value = 0; value < 20'000; ++value) expect_same_integers(value);
  std::mt19937_64 rng(3);
  for (int i = 0; i < 20'000; ++i) expect_same_integers(rng() >> rng() % 64);
}

TEST(JsonLine, FloatingPoint) {
  const auto expect_same = [](double value) {
    EXPECT_EQ(by_us([&](JsonLine& line) { line.real(value); }),
              by_rapidjson([&](Writer& writer) { writer.Double(value); }));
  };
  using Limits = std::numeric_limits<double>;
  for (const double value : {0.0, -0.0, 0.1, 1e21, 1e22, 5e-324, Limits::max(), Limits::min()})
    expect_same(value);
  std::mt19937_64 rng(2);
  for (int i = 0; i < 2000; ++i)
    if (const auto value = std::bit_cast<double>(rng()); std::isfinite(value)) expect_same(value);
}

TEST(JsonLine, CommasBetweenMembersAndElementsOnly) {
  const std::string text = by_us([](JsonLine& line) {
    line.begin("x");
    line.begin_array("a");
    line.number(std::int64_t{1});
    line.real(0.5);
    line.begin_object();
    line.end_object();
    line.begin_array();
    line.end_array();
    line.null();
    line.end_array();
    line.members("\"b\":1,\"c\":2");
    line.written_key("\"d\":");
    line.begin_object();
    line.members("\"e\":3");
    line.yes("f");
    line.end_object();
    line.word("g", "");
    line.end();
    line.begin("y");
    line.end();
  });
  EXPECT_EQ(text,
            "{\"v\":1,\"type\":\"x\",\"a\":[1,0.5,{},[],null],\"b\":1,\"c\":2,"
            "\"d\":{\"e\":3,\"f\":true},\"g\":\"\"}\n{\"v\":1,\"type\":\"y\"}\n");
}

}  // namespace
}  // namespace sidestep::output
