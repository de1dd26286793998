// The books of a session: what became of the traps at every site that was ever armed. Of a site
// that was never hit, which most are, there is one bit.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "core/site.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

class Ledger {
 public:
  /// In place of what was there about that site.
  void set(SiteId id, const Tally& tally) {
    const auto number = static_cast<std::size_t>(id);
    if (number >= armed_.size()) armed_.resize(number + 1);
    armed_[number] = true;
    if (tally != Tally{}) booked_[id] = tally;
  }
  /// Of one that was never armed: nothing.
  Tally of(SiteId id) const {
    const auto found = booked_.find(id);
    return found == booked_.end() ? Tally{} : found->second;
  }
  /// Calls f(SiteId, const Tally&), ascending by id.
  template <class F>
  void for_each(F f) const {
    for (std::size_t n = 0; n < armed_.size(); ++n)
      if (armed_[n]) f(static_cast<SiteId>(n), of(static_cast<SiteId>(n)));
  }

 private:
  std::vector<bool> armed_;  // by id
  std::unordered_map<SiteId, Tally> booked_;
};

}  // namespace sidestep::core
