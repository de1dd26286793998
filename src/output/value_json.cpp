#include "output/value_json.hpp"

#include <cmath>
#include <cstddef>
#include <string>
#include <variant>

#include "output/bytes.hpp"
#include "output/value_bytes.hpp"

namespace sidestep::output {
namespace {

class JsonValue {
 public:
  explicit JsonValue(JsonLine& line) : line_(line) {}

  void operator()(const Value::Unavailable&) { line_.null(); }
  void operator()(std::int64_t value) { line_.number(value); }
  void operator()(std::uint64_t value) { line_.number(value); }
  void operator()(double value) {
    if (std::isfinite(value)) return line_.real(value);
    line_.word(std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
  }
  void operator()(bool value) { line_.truth(value); }
  void operator()(const Value::Character& value) { bytes(character_bytes(value)); }
  void operator()(const Value::Pointer& value) { line_.hex(value.to.value); }
  void operator()(const Value::Text& value) {
    if (!value.cut) return bytes(value.bytes);
    line_.begin_object();
    const std::string_view shown = shown_bytes(value);
    const bool plain = is_utf8(shown);
    line_.word(plain ? "text" : "b64", plain ? std::string(shown) : base64(shown));
    line_.yes("cut");
    line_.end_object();
  }
  void operator()(const Value::Enumerator& value) {
    value.name.empty() ? line_.number(value.value) : bytes(value.name);
  }
  void operator()(const Value::Bits& value) { line_.word(hex_number(value)); }
  void operator()(const Value::Aggregate& value) {
    line_.begin_object();
    JsonKeys keys;
    std::size_t position = 0;
    for (const auto& [name, member] : value.members) {
      line_.written_key(keys.at(position++, name));
      std::visit(*this, member.what);
    }
    line_.end_object();
  }
  void operator()(const Value::Array& value) {
    const bool whole = value.elements.size() >= value.count;
    if (!whole) {
      line_.begin_object();
      line_.key("elements");
    }
    line_.begin_array();
    for (const Value& element : value.elements) std::visit(*this, element.what);
    line_.end_array();
    if (whole) return;
    line_.number("count", value.count);
    line_.end_object();
  }

 private:
  void bytes(std::string_view text) {
    if (is_utf8(text)) return line_.word(text);
    line_.begin_object();
    line_.word("b64", base64(text));
    line_.end_object();
  }

  JsonLine& line_;
};

}  // namespace

void write_value(JsonLine& line, const Value& value) {
  std::visit(JsonValue(line), value.what);
}

void write_arguments(JsonLine& line, std::string_view name, std::span<const Argument> arguments,
                     JsonKeys& keys) {
  line.key(name);
  line.begin_object();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    line.written_key(keys.at(i, arguments[i].name));
    write_value(line, arguments[i].value);
  }
  line.end_object();
}

}  // namespace sidestep::output
