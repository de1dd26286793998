// What a probe's NAME matches: the names of functions as files have them, and demangled. Holds
// views of nothing; built once for a probe and a query. Nothing fails.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/resolver.hpp"
#include "symbols/cxx_name.hpp"

namespace re2 {
class RE2;
}

namespace sidestep::symbols {

class NamePattern {
 public:
  explicit NamePattern(const core::ProbeSpec::Function& function);

  const std::string& text() const { return text_; }
  /// A glob or a regular expression: it may match many.
  bool many() const { return glob_ || regex_; }
  bool glob() const { return glob_; }
  bool regex() const { return regex_ != nullptr; }
  /// A word that is in the symbol of every match and in debug information's strings; "" if there
  /// is none to be had.
  const std::string& word() const { return word_; }

  /// As an exact name: `raw` is the text, or demangles to it. `base` is the length of `raw` without
  /// clone suffixes.
  bool equals(std::string_view raw, std::size_t base);
  /// The same for a name that isn't mangled (DWARF's, put together with its scopes).
  bool equals_plain(std::string_view name) const;
  /// As a glob over whole names, or a regular expression that is searched for in them.
  bool matches(std::string_view raw, std::size_t base);

 private:
  bool may_be_in(std::string_view mangled) const;
  bool equals_demangled(std::string_view full) const;
  bool glob_matches(std::string_view name) const;
  bool regex_matches(std::string_view name) const;
  void pick_word();

  std::string text_;
  std::string squeezed_;       ///< text_ without blanks that mean nothing
  std::string literal_start_;  ///< of a glob: what every match begins with
  std::string word_;
  std::string mangled_word_;  ///< the word as mangled names have it
  std::shared_ptr<const re2::RE2> regex_;
  bool glob_ = false;
  bool has_parameters_ = false;
  bool has_template_ = false;
  Demangler demangle_;
};

/// What is wrong with a regular expression, in RE2's words; "" nothing.
std::string regex_error(std::string_view pattern);

/// Whole-text glob match with `*`, `?`, `[...]`.
bool glob_match(const std::string& pattern, const std::string& text);

}  // namespace sidestep::symbols
