#include "symbols/source_lines.hpp"

#include <dwarf.h>

#include <algorithm>

namespace sidestep::symbols {

// Not .debug_aranges: clang and Go don't write it.
void SourceLines::index() {
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

namespace {

Dwarf_Addr address_of(Dwarf_Line* line) {
  Dwarf_Addr address = 0;
  return dwarf_lineaddr(line, &address) == 0 ? address : 0;
}

bool ends_sequence(Dwarf_Line* line) {
  bool end = true;
  return dwarf_lineendsequence(line, &end) != 0 || end;
}

}  // namespace

/// The row whose code holds the address; of several at exactly this address, the first.
Dwarf_Line* SourceLines::line_at(Dwarf_Die& unit, Dwarf_Addr address) {
  Dwarf_Lines* lines = nullptr;
  std::size_t count = 0;
  if (dwarf_getsrclines(&unit, &lines, &count) != 0) return nullptr;
  std::size_t low = 0, high = count;  // the first row beyond the address
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (address_of(dwarf_onesrcline(lines, middle)) <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return nullptr;
  Dwarf_Line* line = dwarf_onesrcline(lines, low - 1);
  if (ends_sequence(line)) return nullptr;
  for (std::size_t i = low - 1; i-- > 0;) {
    Dwarf_Line* before = dwarf_onesrcline(lines, i);
    if (address_of(before) != address || ends_sequence(before)) break;
    line = before;
  }
  return line;
}

SourceLine SourceLines::at(LinkAddress address) {
  if (!indexed_) index();
  const LinkAddress wanted = address - static_cast<std::uint64_t>(file_.debug_info().bias);
  auto after = std::upper_bound(units_.begin(), units_.end(), wanted,
                                [](LinkAddress a, const Unit& u) { return a < u.begin; });
  constexpr int farthest = 8;  // a unit without ranges of its own may span others
  for (int steps = 0; after != units_.begin() && steps < farthest; ++steps) {
    Unit& unit = *--after;
    if (wanted >= unit.end) continue;
    Dwarf_Line* line = line_at(unit.die, wanted);
    int number = 0;
    const char* file = line ? dwarf_linesrc(line, nullptr, nullptr) : nullptr;
    if (!file || dwarf_lineno(line, &number) != 0 || number <= 0) continue;
    return {file, static_cast<std::uint32_t>(number)};
  }
  return {};
}

}  // namespace sidestep::symbols
