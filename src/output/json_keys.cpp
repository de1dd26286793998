#include "output/json_keys.hpp"

#include <algorithm>

#include "output/bytes.hpp"
#include "output/json_line.hpp"

namespace sidestep::output {
namespace {

std::string written(std::string_view key) {
  fmt::memory_buffer text;
  JsonLine(text).key(key);
  return fmt::to_string(text);
}

}  // namespace

std::string_view JsonKeys::at(std::size_t position, std::string_view name) {
  if (position < keys_.size() && keys_[position].name == name) return keys_[position].written;
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
