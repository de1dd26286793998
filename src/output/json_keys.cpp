#include "output/json_keys.hpp"

#include <algorithm>

#include "output/bytes.hpp"
#include "output/json_string.hpp"
#include "output/short_text.hpp"

namespace sidestep::output {
namespace {

std::string written(std::string_view key) {
  std::string text(longest_json_string(key.size()), '\0');
  text.erase(static_cast<std::size_t>(write_json_string(text.data(), key) - text.data()));
  return text + ':';
}

}  // namespace

std::string_view JsonKeys::at(std::size_t position, std::string_view name) {
  if (position < keys_.size() && same_text(keys_[position].name, name))
    return keys_[position].written;
  keys_.resize(position);  // those behind depend on this one
  keys_.push_back({std::string(name), unique(name)});
  return keys_.back().written;
}

/// Told from all in `keys_`.
std::string JsonKeys::unique(std::string_view name) const {
  const auto is_used = [&](const std::string& key) {
    return std::any_of(keys_.begin(), keys_.end(), [&](const Key& k) { return k.written == key; });
  };
  std::string key = printable(name);
  while (key.empty() || is_used(written(key))) key += '#' + std::to_string(keys_.size() + 1);
  return written(key);
}

}  // namespace sidestep::output
