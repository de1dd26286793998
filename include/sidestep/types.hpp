// Vocabulary of the whole project: addresses and ids that cannot be mixed up.
// All types are plain values, safe to copy between threads.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace sidestep {

/// A run-time address in a tracee. Never a pointer of ours: it can't be dereferenced.
struct Address {
  std::uint64_t value = 0;

  constexpr auto operator<=>(const Address&) const = default;
  constexpr explicit operator bool() const { return value != 0; }
};

constexpr Address operator+(Address a, std::uint64_t bytes) {
  return {a.value + bytes};
}
constexpr Address operator-(Address a, std::uint64_t bytes) {
  return {a.value - bytes};
}
constexpr std::int64_t operator-(Address a, Address b) {
  return static_cast<std::int64_t>(a.value - b.value);
}

/// An offset from a module's load base: the link-time address, less that of the
/// first loadable segment's page. The same in every process and every run.
struct LoadOffset {
  std::uint64_t value = 0;

  constexpr auto operator<=>(const LoadOffset&) const = default;
};

/// A process (thread group) id and a thread id, as the tracer's pid namespace sees them.
struct Pid {
  int value = 0;
  constexpr auto operator<=>(const Pid&) const = default;
};
struct Tid {
  int value = 0;
  constexpr auto operator<=>(const Tid&) const = default;
};

/// Number of a site within one session; never reused, also not after an exec or a dlclose.
enum class SiteId : std::uint32_t { None = 0xffffffff };
/// Number of a probe within one session: the position of its -x.
enum class ProbeId : std::uint32_t {};

/// A half-open range of tracee addresses.
struct AddressRange {
  Address begin, end;

  constexpr bool contains(Address a) const { return begin <= a && a < end; }
  constexpr std::uint64_t size() const { return end.value - begin.value; }
};

}  // namespace sidestep

template <>
struct std::hash<sidestep::Address> {
  std::size_t operator()(sidestep::Address a) const noexcept {
    return std::hash<std::uint64_t>{}(a.value);
  }
};
template <>
struct std::hash<sidestep::Tid> {
  std::size_t operator()(sidestep::Tid t) const noexcept { return std::hash<int>{}(t.value); }
};
template <>
struct std::hash<sidestep::Pid> {
  std::size_t operator()(sidestep::Pid p) const noexcept { return std::hash<int>{}(p.value); }
};
