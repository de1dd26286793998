#include "symbols/source_lines.hpp"

namespace sidestep::symbols {

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
  const LinkAddress wanted = address - static_cast<std::uint64_t>(file_.debug_info().bias);
  for (Dwarf_Die& unit : units_.at(wanted)) {
    Dwarf_Line* line = line_at(unit, wanted);
    int number = 0;
    const char* file = line ? dwarf_linesrc(line, nullptr, nullptr) : nullptr;
    if (!file || dwarf_lineno(line, &number) != 0 || number <= 0) continue;
    return {file, static_cast<std::uint32_t>(number)};
  }
  return {};
}

}  // namespace sidestep::symbols
