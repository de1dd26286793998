#include "output/json_line.hpp"

#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "output/bytes.hpp"
#include "output/decimal.hpp"
#include "output/json_string.hpp"
#include "output/names.hpp"
#include "output/short_text.hpp"

namespace sidestep::output {
namespace {

/// For RapidJSON, which spells floating point.
struct Stream {
  using Ch = char;
  fmt::memory_buffer& out;
  void Put(char c) { out.push_back(c); }
  void Flush() {}
};

}  // namespace

void JsonLine::put(std::string_view text, Comma comma) {
  keep(copy_text(room(text.size()), text), comma);
}

void JsonLine::close(char bracket) {
  out_.push_back(bracket);
  comma_ = Comma::Due;
}

void JsonLine::begin(std::string_view type) {
  comma_ = Comma::None;
  put(R"({"v":1,"type":")", Comma::None);
  put(type, Comma::None);
  put("\"", Comma::Due);
}

void JsonLine::end() {
  end_object();
  out_.push_back('\n');
}

void JsonLine::key(std::string_view name) {
  constexpr std::size_t quotes = 2, colon = 1;
  char* at = room(quotes + name.size() + colon);
  *at++ = '"';
  at = copy_text(at, name);
  *at++ = '"';
  *at++ = ':';
  keep(at, Comma::None);
}

void JsonLine::word(std::string_view text) {
  keep(write_json_string(room(longest_json_string(text.size())), text), Comma::Due);
}

void JsonLine::number(std::int64_t value) {
  char* at = room(1 + decimal_room);
  const auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) *at++ = '-';
  keep(write_decimal(at, value < 0 ? 0 - magnitude : magnitude), Comma::Due);
}

void JsonLine::number(std::uint64_t value) {
  keep(write_decimal(room(decimal_room), value), Comma::Due);
}

void JsonLine::hex(std::uint64_t value) {
  constexpr std::size_t most = sizeof "\"0x\"" + 2 * sizeof value;
  char* at = room(most);
  std::memcpy(at, "\"0x", 3);
  char* end = std::to_chars(at + 3, at + most, value, 16).ptr;
  *end++ = '"';
  keep(end, Comma::Due);
}

void JsonLine::real(double value) {
  put("", Comma::None);
  Stream stream{out_};
  rapidjson::Writer<Stream>(stream).Double(value);
  comma_ = Comma::Due;
}

void JsonLine::yes(std::string_view name) {
  key(name);
  truth(true);
}

void JsonLine::number(std::string_view name, std::int64_t value) {
  key(name);
  number(value);
}

void JsonLine::number(std::string_view name, std::uint64_t value) {
  key(name);
  number(value);
}

void JsonLine::number(std::string_view name, std::optional<std::uint64_t> value) {
  key(name);
  value ? number(*value) : null();
}

void JsonLine::real(std::string_view name, std::optional<double> value, int decimals) {
  key(name);
  if (!value || !std::isfinite(*value)) return null();
  const double scale = std::pow(10.0, decimals);
  real(std::round(*value * scale) / scale);
}

void JsonLine::hex(std::string_view name, std::uint64_t value) {
  key(name);
  hex(value);
}

void JsonLine::word(std::string_view name, std::string_view text) {
  key(name);
  word(text);
}

void JsonLine::bytes(std::string_view name, std::string_view text) {
  if (text.empty()) {
    key(name);
    null();
  } else if (is_utf8(text)) {
    word(name, text);
  } else {
    word(std::string(name) + "_b64", base64(text));
  }
}

void JsonLine::bytes(std::string_view name, const std::vector<std::string>& values) {
  const bool plain = std::all_of(values.begin(), values.end(), is_utf8);
  begin_array(plain ? std::string(name) : std::string(name) + "_b64");
  for (const std::string& one : values) word(plain ? one : base64(one));
  end_array();
}

void JsonLine::exit(std::string_view name, const ExitStatus& status) {
  key(name);
  if (const auto* exited = std::get_if<Exited>(&status)) {
    begin_object();
    number("code", std::int64_t{exited->code});
    end_object();
  } else if (const auto* signaled = std::get_if<Signaled>(&status)) {
    begin_object();
    word("signal", signal_name(signaled->signal));
    end_object();
  } else {
    null();
  }
}

void JsonLine::begin_array(std::string_view name) {
  key(name);
  begin_array();
}

}  // namespace sidestep::output
