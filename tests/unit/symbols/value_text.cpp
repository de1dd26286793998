#include "value_text.hpp"

#include <charconv>
#include <cstdio>

namespace sidestep::symbols::test {
namespace {

std::string escaped(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    if (c == '\n')
      out += "\\n";
    else if (c == '"' || c == '\\')
      out += {'\\', c};
    else
      out += c;
  }
  return out;
}

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

struct ToText {
  std::string operator()(const Value::Unavailable& v) const { return "<" + v.reason + ">"; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(std::uint64_t v) const { return std::to_string(v); }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(double v) const {
    char text[40];
    return {text, std::to_chars(text, text + sizeof text, v).ptr};
  }
  std::string operator()(const Value::Character& v) const {
    return "'" + escaped(std::string(1, static_cast<char>(v.code))) + "'";
  }
  std::string operator()(const Value::Pointer& v) const { return v.to ? hex(v.to.value) : "NULL"; }
  std::string operator()(const Value::Text& v) const {
    return "\"" + escaped(v.bytes) + "\"" + (v.cut ? "..." : "");
  }
  std::string operator()(const Value::Enumerator& v) const {
    return v.name.empty() ? std::to_string(v.value) : v.name;
  }
  std::string operator()(const Value::Bits& v) const {
    std::string digits;
    for (auto byte = v.bytes.rbegin(); byte != v.bytes.rend(); ++byte) {
      char text[4];
      std::snprintf(text, sizeof text, "%02x", *byte);
      digits += text;
    }
    const std::size_t first = digits.find_first_not_of('0');
    return "0x" + (first == std::string::npos ? "0" : digits.substr(first));
  }
  std::string operator()(const Value::Aggregate& v) const {
    std::string out = "{";
    for (const auto& [name, member] : v.members)
      out += (out.size() > 1 ? ", " : "") + name + "=" + text_of(member);
    return out + "}";
  }
  std::string operator()(const Value::Array& v) const {
    std::string out = "[";
    for (const Value& element : v.elements) out += (out.size() > 1 ? ", " : "") + text_of(element);
    return out + (v.elements.size() < v.count ? ", ...]" : "]");
  }
};

}  // namespace

std::string text_of(const Value& value) {
  return std::visit(ToText{}, value.what);
}

}  // namespace sidestep::symbols::test
