#include "symbols/name_pattern.hpp"

#include <fnmatch.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace sidestep::symbols {
namespace {

constexpr auto npos = std::string_view::npos;

/// Words of demangled names that mangled ones spell otherwise (`St`, `Sa`, `nw`, `_GLOBAL__N_`).
bool spelled_otherwise(std::string_view word, bool whole) {
  constexpr std::array<std::string_view, 33> words = {
      "std",      "allocator", "basic_string", "string",   "istream",  "ostream",   "iostream",
      "operator", "new",       "delete",       "lambda",   "unnamed",  "anonymous", "namespace",
      "clone",    "abi",       "vtable",       "typeinfo", "guard",    "virtual",   "thunk",
      "bool",     "char",      "short",        "int",      "unsigned", "long",      "float",
      "double",   "void",      "co_await",     "const",    "non"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view w) { return whole ? w == word : w.find(word) != npos; });
}

/// The name part of a pattern up to the first bracket that isn't an operator's.
std::string_view plain_part(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const std::size_t end = skip_operator(text, i); end > i) return text.substr(0, i);
    if (text[i] == '<' || text[i] == '(' || text[i] == '[' || text[i] == '{')
      return text.substr(0, i);
  }
  return text;
}

RE2::Options quiet() {
  RE2::Options options(RE2::Quiet);
  options.set_encoding(RE2::Options::EncodingLatin1);  // names need not be UTF-8
  return options;
}

}  // namespace

std::string regex_error(std::string_view pattern) {
  const RE2 regex(re2::StringPiece(pattern.data(), pattern.size()), quiet());
  return regex.ok() ? "" : regex.error();
}

bool glob_match(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

NamePattern::NamePattern(const core::ProbeSpec::Function& function)
    : text_(function.pattern), squeezed_(squeeze(function.pattern)), glob_(function.glob) {
  if (function.regex) {
    regex_ = std::make_shared<const RE2>(text_, quiet());
    return;
  }
  const CxxName parts = split_name(text_);
  has_parameters_ = !parts.parameters.empty();
  has_template_ = parts.name.ends_with('>');
  if (glob_) literal_start_ = text_.substr(0, text_.find_first_of("*?[\\"));
  pick_word();
}

void NamePattern::pick_word() {
  const std::string_view part = plain_part(text_);
  std::string_view best;
  for (std::size_t i = 0; i < part.size();) {
    std::size_t end = i;
    while (end < part.size() && is_word(part[end])) ++end;
    const std::string_view word = part.substr(i, end - i);
    // The last word of a name is the function's own; of a glob, the longest piece says most.
    const bool better = glob_ ? word.size() > best.size() : !word.empty();
    if (better && !spelled_otherwise(word, !glob_))
      best = word;
    else if (!glob_ && !word.empty())
      best = {};
    i = std::max(end, i + 1);
  }
  word_ = best;
  if (word_.empty()) return;
  mangled_word_ = glob_ ? word_ : std::to_string(word_.size()) + word_;
}

bool NamePattern::equals_plain(std::string_view name) const {
  if (name == text_) return true;
  if (has_parameters_) return false;
  return squeeze(name) == squeezed_ ||
         (!has_template_ && squeeze(without_decoration(name)) == squeezed_);
}

/// Whether the word is in a mangled name: that spares demangling most.
bool NamePattern::may_be_in(std::string_view mangled) const {
  if (mangled_word_.empty() || mangled.find(mangled_word_) != npos) return true;
  if (!Demangler::may_be_rust(mangled)) return false;
  // There the length may be that of more than the word (`13Till$LT$T$GT$`), a '_' may follow it,
  // and what isn't ASCII is spelled otherwise.
  return mangled.find(word_) != npos || std::ranges::any_of(word_, [](char c) {
           return (static_cast<unsigned char>(c) & 0x80) != 0;
         });
}

bool NamePattern::equals_demangled(std::string_view full) const {
  const CxxName parts = split_name(full);
  if (!has_parameters_) return equals_plain(parts.name);
  if (full == text_ || squeeze(full) == squeezed_) return true;
  const std::string name = squeeze(parts.name), parameters = squeeze(parts.parameters);
  const auto is = [&](std::string_view plain) {
    return squeezed_.size() == plain.size() + parameters.size() && squeezed_.starts_with(plain) &&
           squeezed_.ends_with(parameters);
  };
  return is(name) || is(without_decoration(name));
}

bool NamePattern::equals(std::string_view raw, std::size_t base) {
  const std::string_view name = raw.substr(0, base);
  if (raw == text_ || name == text_) return true;
  if (!Demangler::looks_mangled(raw) || is_cold_part(raw)) return false;
  if (!may_be_in(name)) return false;
  const std::string_view full = demangle_(name);
  return !full.empty() && equals_demangled(full);
}

bool NamePattern::glob_matches(std::string_view name) const {
  return name.starts_with(literal_start_) && glob_match(text_, std::string(name));
}

bool NamePattern::regex_matches(std::string_view name) const {
  return RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), *regex_);
}

bool NamePattern::matches(std::string_view raw, std::size_t base) {
  if (regex_) {
    if (is_cold_part(raw) && text_.find("cold") == std::string::npos) return false;
    if (regex_matches(raw)) return true;
    const std::string_view full = demangle_(raw.substr(0, base));
    if (full.empty()) return false;
    // Not in a template function's return type, which nobody calls it by.
    const auto begin = static_cast<std::size_t>(split_name(full).name.data() - full.data());
    return regex_matches(full.substr(begin));
  }
  if (is_cold_part(raw) && text_.find(".cold") == std::string::npos) return false;
  const std::string_view name = raw.substr(0, base);
  if (glob_matches(name) || (base != raw.size() && glob_matches(raw))) return true;
  if (!Demangler::looks_mangled(name)) return false;
  if (!may_be_in(name)) return false;
  const std::string_view full = demangle_(name);
  if (full.empty()) return false;
  const CxxName parts = split_name(full);
  if (glob_matches(parts.name) || glob_matches(without_decoration(parts.name))) return true;
  if (!has_parameters_) return false;
  const std::string_view from_name =
      full.substr(static_cast<std::size_t>(parts.name.data() - full.data()));
  const std::size_t signature = parts.name.size() + parts.parameters.size();
  return glob_matches(from_name) || glob_matches(from_name.substr(0, signature));
}

}  // namespace sidestep::symbols
