// The keys of a JSON object that holds the program's values: by their names, each of them once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sidestep::output {

/// Keeps how its keys are spelled for the next object, whose names may be the same: a probe's
/// arguments are the same ones at each hit.
class JsonKeys {
 public:
  /// `"x":`, for JsonLine::written_key(). A name that was there before, or none at all, gets its
  /// position, counted from 1, behind it: `x#2`, `#1`. Positions are to be asked for in order, from
  /// 0.
  std::string_view at(std::size_t position, std::string_view name);

 private:
  struct Key {
    std::string name, written;
  };
  std::string unique(std::string_view name) const;

  std::vector<Key> keys_;  ///< of the object at hand, then perhaps some more of the one before
};

}  // namespace sidestep::output
