#include "core/site.hpp"

namespace sidestep::core {

const Tally& SiteBooks::tally() const {
  static const Tally nothing;
  return kept_ ? kept_->tally : nothing;
}

const std::shared_ptr<Watch>& SiteBooks::watch() const {
  static const std::shared_ptr<Watch> none;
  return kept_ ? kept_->watch : none;
}

Backing Site::backing() const {
  if (!group || !group->at_zero.inode) return {};
  Backing here = group->at_zero;
  here.offset += plan.address.value;
  return here;
}

std::optional<Address> Site::behind_twin() const {
  const auto end = slot_map->twin_end() ? point(slot_map->twin_end()) : std::nullopt;
  return end ? std::optional(end->resume) : std::nullopt;
}

}  // namespace sidestep::core
