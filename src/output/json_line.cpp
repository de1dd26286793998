#include "output/json_line.hpp"

#include <fmt/compile.h>

#include <algorithm>
#include <cmath>

#include "output/bytes.hpp"
#include "output/names.hpp"

namespace sidestep::output {

void JsonLine::begin(std::string_view type) {
  writer_.Reset(stream_);
  writer_.StartObject();
  number("v", std::int64_t{1});
  word("type", type);
}

void JsonLine::end() {
  writer_.EndObject();
  stream_.Put('\n');
}

void JsonLine::yes(std::string_view name) {
  key(name);
  writer_.Bool(true);
}

void JsonLine::number(std::string_view name, std::int64_t value) {
  key(name);
  writer_.Int64(value);
}

void JsonLine::number(std::string_view name, std::uint64_t value) {
  key(name);
  writer_.Uint64(value);
}

void JsonLine::number(std::string_view name, std::optional<std::uint64_t> value) {
  key(name);
  value ? writer_.Uint64(*value) : writer_.Null();
}

void JsonLine::real(std::string_view name, std::optional<double> value, int decimals) {
  key(name);
  if (!value || !std::isfinite(*value)) {
    writer_.Null();
    return;
  }
  const double scale = std::pow(10.0, decimals);
  writer_.Double(std::round(*value * scale) / scale);
}

void JsonLine::hex(std::string_view name, std::uint64_t value) {
  key(name);
  hex(value);
}

void JsonLine::hex(std::uint64_t value) {
  char digits[2 + 16];
  const char* end = fmt::format_to(digits, FMT_COMPILE("{:#x}"), value);
  word({digits, static_cast<std::size_t>(end - digits)});
}

void JsonLine::word(std::string_view name, std::string_view text) {
  key(name);
  word(text);
}

void JsonLine::bytes(std::string_view name, std::string_view text) {
  if (text.empty()) {
    key(name);
    writer_.Null();
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
    writer_.Null();
  }
}

void JsonLine::begin_array(std::string_view name) {
  key(name);
  writer_.StartArray();
}

}  // namespace sidestep::output
