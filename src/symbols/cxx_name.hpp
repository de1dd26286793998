// C++ and Rust names as text: demangling, the parts of a demangled name, and the suffixes that
// compilers put on clones. Pure functions; nothing here can fail, what isn't understood is returned
// as it was.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sidestep::symbols {

/// Demangles many names with one growing buffer: the Itanium ABI's (`_Z`), and Rust's in both of
/// its schemes (`_ZN...17h<hash>E` and `_R`), without the hash.
class Demangler {
 public:
  Demangler() = default;
  Demangler(const Demangler&) = delete;
  Demangler& operator=(const Demangler&) = delete;
  ~Demangler();

  static bool looks_mangled(std::string_view raw) {
    return raw.starts_with("_Z") || raw.starts_with("_R");
  }
  /// Rust's older scheme is C++'s, with a hash as the last part: `_ZN...17h0123456789abcdefE`.
  static bool may_be_rust(std::string_view raw) {
    return raw.starts_with("_R") ||
           (raw.starts_with("_ZN") && raw.find("17h") != std::string_view::npos);
  }
  /// "" if `raw` is not a mangled name.
  std::string_view operator()(std::string_view raw);

 private:
  char* rust();

  std::string input_;
  char* buffer_ = nullptr;
  std::size_t capacity_ = 0;
};

/// The name to show: demangled where it is mangled.
std::string display_name(std::string_view raw);

/// The parts of `void ns::f<int>(char) const`: "ns::f<int>", "(char)". The return type and what
/// follows the parameters are left out.
struct CxxName {
  std::string_view name;
  std::string_view parameters;  ///< "" if there is no parameter list
};
CxxName split_name(std::string_view demangled);

/// `f<int>` and Rust's `f::<i32>` → `f`; also drops an ABI tag (`f[abi:cxx11]`).
std::string_view without_decoration(std::string_view name);

/// Without the spaces that don't separate two words: `f(char *, int)` → `f(char*,int)`.
std::string squeeze(std::string_view text);

/// Length of `raw` without the suffixes of clones that run the whole function (`.constprop.0`,
/// `.isra.0`, `.part.0`, ...). A `.cold` part is not the function: its length is the whole name's.
std::size_t base_length(std::string_view raw);
bool is_cold_part(std::string_view raw);

/// If an operator's name (`operator()`, `operator[]`, `operator->*`, `operator new`) begins at
/// `at`, its end; else `at`. For a conversion (`operator int`) only the keyword is taken.
std::size_t skip_operator(std::string_view text, std::size_t at);

constexpr bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

}  // namespace sidestep::symbols
