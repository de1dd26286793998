// Text form of states, stops and transitions, for the journal: Name(field,field,...). Driven by
// each type's `name` and `fields()`, so that a new field or alternative needs no code here.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>

#include "core/relocation.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core::codec {

template <class T>
concept Described = requires(T t) {
  { T::name } -> std::convertible_to<std::string_view>;
  t.fields();
};

template <class T>
concept Number = std::is_integral_v<T> || std::is_enum_v<T>;

template <Number T>
void put(std::string& out, const T& value) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, static_cast<long long>(value)).ptr;
  out.append(text, end);
}

inline void put(std::string& out, const Address& a) {
  char text[24] = "0x";
  const auto end = std::to_chars(text + 2, text + sizeof text, a.value, 16).ptr;
  out.append(text, end);
}

template <Described T>
void put(std::string& out, const T& value);
template <class... Ts>
void put(std::string& out, const std::variant<Ts...>& value);

template <class T>
void put(std::string& out, const std::optional<T>& value) {
  if (value)
    put(out, *value);
  else
    out += '-';
}

template <class T, std::size_t N>
void put(std::string& out, const Inline<T, N>& items) {
  out += '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i) out += ' ';
    put(out, items[i]);
  }
  out += ']';
}

template <Described T>
void put(std::string& out, const T& value) {
  out += T::name;
  out += '(';
  bool first = true;
  std::apply(
      [&](const auto&... field) {
        ((out += first ? "" : ",", first = false, put(out, field)), ...);
      },
      const_cast<T&>(value).fields());
  out += ')';
}

template <class... Ts>
void put(std::string& out, const std::variant<Ts...>& value) {
  std::visit([&](const auto& alternative) { put(out, alternative); }, value);
}

/// Reads what `put` wrote. Each `get` takes its part off the front of `in`; false: malformed.
inline bool take(std::string_view& in, std::string_view token) {
  if (!in.starts_with(token)) return false;
  in.remove_prefix(token.size());
  return true;
}

template <Number T>
bool get(std::string_view& in, T& value) {
  long long number = 0;
  const auto [end, error] = std::from_chars(in.data(), in.data() + in.size(), number);
  if (error != std::errc{}) return false;
  value = static_cast<T>(number);
  in.remove_prefix(static_cast<std::size_t>(end - in.data()));
  return true;
}

inline bool get(std::string_view& in, Address& a) {
  if (!take(in, "0x")) return false;
  const auto [end, error] = std::from_chars(in.data(), in.data() + in.size(), a.value, 16);
  if (error != std::errc{}) return false;
  in.remove_prefix(static_cast<std::size_t>(end - in.data()));
  return true;
}

template <Described T>
bool get(std::string_view& in, T& value) {
  if (!take(in, T::name) || !take(in, "(")) return false;
  bool first = true, ok = true;
  std::apply(
      [&](auto&... field) {
        ((ok = ok && (first || take(in, ",")) && get(in, field), first = false), ...);
      },
      value.fields());
  return ok && take(in, ")");
}

template <class... Ts>
bool get(std::string_view& in, std::variant<Ts...>& value) {
  const auto attempt = [&]<class T>(T alternative) {
    if (!in.starts_with(T::name) || in.substr(T::name.size(), 1) != "(") return false;
    if (!get(in, alternative)) return false;
    value = alternative;
    return true;
  };
  return (attempt(Ts{}) || ...);
}

}  // namespace sidestep::core::codec
