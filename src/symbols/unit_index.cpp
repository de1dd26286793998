#include "symbols/unit_index.hpp"

#include <dwarf.h>

#include <algorithm>

namespace sidestep::symbols {

// clang and Go don't write .debug_aranges.
void UnitIndex::index() {
  indexed_ = true;
  Dwarf* dwarf = file_.debug_info().dwarf;
  if (!dwarf) return;
  Dwarf_CU* unit = nullptr;
  Dwarf_Die whole{}, split{};
  std::uint8_t type = 0;
  while (dwarf_get_units(dwarf, unit, &unit, nullptr, &type, &whole, &split) == 0) {
    if (type == DW_UT_type || type == DW_UT_split_type) continue;
    Dwarf_Addr base = 0, begin = 0, end = 0;
    for (std::ptrdiff_t at = 0; (at = dwarf_ranges(&whole, at, &base, &begin, &end)) > 0;)
      if (begin < end) units_.push_back({begin, end, whole});
  }
  std::sort(units_.begin(), units_.end(),
            [](const Unit& a, const Unit& b) { return a.begin < b.begin; });
}

std::vector<Dwarf_Die> UnitIndex::at(Dwarf_Addr address) {
  Dwarf* dwarf = file_.debug_info().dwarf;
  if (!dwarf) return {};
  if (!indexed_) {
    Dwarf_Die unit;
    if (dwarf_addrdie(dwarf, address, &unit)) return {unit};
    index();
  }
  std::vector<Dwarf_Die> found;
  auto after = std::upper_bound(units_.begin(), units_.end(), address,
                                [](Dwarf_Addr a, const Unit& u) { return a < u.begin; });
  constexpr int farthest = 8;  // a unit without ranges of its own may span others
  for (int steps = 0; after != units_.begin() && steps < farthest; ++steps) {
    const Unit& unit = *--after;
    if (address < unit.end) found.push_back(unit.die);
  }
  return found;
}

Dwarf_Die whole_unit(Dwarf_Die unit) {
  std::uint8_t type = 0;
  Dwarf_Die split{};
  const bool known =
      dwarf_cu_info(unit.cu, nullptr, &type, nullptr, &split, nullptr, nullptr, nullptr) == 0;
  return known && type == DW_UT_skeleton && split.addr ? split : unit;
}

}  // namespace sidestep::symbols
