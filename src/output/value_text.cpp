#include "output/value_text.hpp"

#include <fmt/compile.h>

#include <iterator>
#include <string>
#include <variant>

#include "output/bytes.hpp"
#include "output/value_bytes.hpp"

namespace sidestep::output {
namespace {

class TextValue {
 public:
  explicit TextValue(fmt::memory_buffer& out) : out_(out) {}

  void operator()(const Value::Unavailable& value) {
    print(FMT_COMPILE("<{}>"), value.reason.empty() ? "unavailable" : printable(value.reason));
  }
  void operator()(std::int64_t value) { print(FMT_COMPILE("{}"), value); }
  void operator()(std::uint64_t value) { print(FMT_COMPILE("{}"), value); }
  void operator()(double value) { print(FMT_COMPILE("{}"), value); }
  void operator()(bool value) { print(FMT_COMPILE("{}"), value); }
  void operator()(const Value::Character& value) {
    out_.push_back('\'');
    put(c_escaped(character_bytes(value), '\''));
    out_.push_back('\'');
  }
  void operator()(const Value::Pointer& value) {
    if (!value.to) return put("NULL");
    print(FMT_COMPILE("{:#x}"), value.to.value);
    if (!value.name.empty()) print(FMT_COMPILE(" <{}>"), printable(value.name));
  }
  void operator()(const Value::Text& value) {
    out_.push_back('"');
    put(c_escaped(shown_bytes(value), '"'));
    out_.push_back('"');
    if (value.cut) put("...");
  }
  void operator()(const Value::Enumerator& value) {
    value.name.empty() ? print(FMT_COMPILE("{}"), value.value) : put(printable(value.name));
  }
  void operator()(const Value::Bits& value) { put(hex_number(value)); }
  void operator()(const Value::Aggregate& value) {
    out_.push_back('{');
    const char* between = "";
    for (const auto& [name, member] : value.members) {
      put(between);
      named(name, member);
      between = ", ";
    }
    out_.push_back('}');
  }
  void operator()(const Value::Array& value) {
    out_.push_back('[');
    const char* between = "";
    for (const Value& element : value.elements) {
      put(between);
      std::visit(*this, element.what);
      between = ", ";
    }
    if (value.elements.size() < value.count) {
      put(between);
      put("...");
    }
    out_.push_back(']');
  }

  void named(std::string_view name, const Value& value) {
    if (!name.empty()) {
      put(printable(name));
      out_.push_back('=');
    }
    std::visit(*this, value.what);
  }

 private:
  template <class Format, class... T>
  void print(const Format& format, const T&... values) {
    fmt::format_to(std::back_inserter(out_), format, values...);
  }
  void put(std::string_view text) { out_.append(text); }

  fmt::memory_buffer& out_;
};

}  // namespace

void append_value(fmt::memory_buffer& out, const Value& value) {
  std::visit(TextValue(out), value.what);
}

void append_arguments(fmt::memory_buffer& out, std::span<const Argument> arguments) {
  TextValue text(out);
  bool first = true;
  for (const Argument& argument : arguments) {
    if (!first) out.append(std::string_view(", "));
    text.named(argument.name, argument.value);
    first = false;
  }
}

}  // namespace sidestep::output
