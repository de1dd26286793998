#include "symbols/line_places.hpp"

#include <dwarf.h>
#include <elfutils/libdw.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "symbols/function_instance.hpp"
#include "symbols/line_files.hpp"
#include "symbols/nearest.hpp"

namespace sidestep::symbols {
namespace {

std::string_view own_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// Calls visit(whole, scopes) for each unit with code: of split DWARF the skeleton, which has the
/// lines, and the DIE that has the functions.
template <class Visit>
void each_unit(Dwarf* dwarf, Visit visit) {
  Dwarf_CU* unit = nullptr;
  Dwarf_Die whole{}, split{};
  std::uint8_t type = 0;
  while (dwarf_get_units(dwarf, unit, &unit, nullptr, &type, &whole, &split) == 0)
    if (type != DW_UT_type && type != DW_UT_split_type)
      visit(whole, type == DW_UT_skeleton && split.addr ? split : whole);
}

struct Row {
  Dwarf_Addr address = 0;
  std::uint32_t line = 0;
  bool of_file = false, statement = false, end = false;
  const char* file = nullptr;
};

/// The lines of one unit, as far as they are of the wanted file.
struct Unit {
  Dwarf_Die scopes{};
  std::vector<Row> rows;
};

class Search {
 public:
  Search(const ElfFile& elf, std::string_view file) : elf_(elf), file_(file) {
    while (file_.starts_with("./")) file_.remove_prefix(2);
  }
  LinePlaces run(std::uint32_t line);

 private:
  struct Candidate {
    LinePlace place;
    Dwarf_Off instance = 0;
    /// The lower, the better. A statement that was moved leaves a mark without code where it stood;
    /// where one became a part of another's code, only rows that begin no statement are left.
    enum class Rank { Statement, EmptyStatement, Rest } rank = Rank::Rest;
  };
  bool is_file(const char* path);
  void read(Dwarf_Die& whole, const Dwarf_Die& scopes);
  void add_unit(Unit& unit, std::uint32_t line, LinePlaces& out);
  void add_run(Unit& unit, std::size_t begin, std::size_t end, std::vector<Candidate>& all) const;
  bool has_code(const Row& row) const {
    return elf_.is_code(row.address + static_cast<std::uint64_t>(elf_.debug_info().bias));
  }

  const ElfFile& elf_;
  std::string_view file_;
  std::unordered_map<const char*, bool> known_;
  std::vector<Unit> units_;
};

/// The path ends in what was asked for, whole components.
bool Search::is_file(const char* path) {
  const auto [entry, is_new] = known_.try_emplace(path, false);
  if (!is_new) return entry->second;
  const std::string_view whole = path;
  const std::size_t rest = whole.size() - std::min(whole.size(), file_.size());
  return entry->second = whole.ends_with(file_) && (rest == 0 || whole[rest - 1] == '/');
}

void Search::read(Dwarf_Die& whole, const Dwarf_Die& scopes) {
  Dwarf_Lines* lines = nullptr;
  std::size_t count = 0;
  if (dwarf_getsrclines(&whole, &lines, &count) != 0) return;
  Unit unit{scopes, {}};
  bool found = false;
  for (std::size_t i = 0; i < count; ++i) {
    Dwarf_Line* line = dwarf_onesrcline(lines, i);
    Row row;
    int number = 0;
    const char* path = dwarf_linesrc(line, nullptr, nullptr);
    if (dwarf_lineaddr(line, &row.address) != 0 || dwarf_lineno(line, &number) != 0) continue;
    if (dwarf_lineendsequence(line, &row.end) != 0) row.end = true;
    dwarf_linebeginstatement(line, &row.statement);
    row.line = static_cast<std::uint32_t>(std::max(number, 0));
    row.of_file = path && is_file(path);
    row.file = path;
    found |= row.of_file;
    unit.rows.push_back(row);
  }
  if (found) units_.push_back(std::move(unit));
}

/// Consecutive rows of the line: one place for each instance of a function.
void Search::add_run(Unit& unit, std::size_t begin, std::size_t end,
                     std::vector<Candidate>& all) const {
  const std::uint64_t bias = static_cast<std::uint64_t>(elf_.debug_info().bias);
  const Dwarf_Addr behind = end < unit.rows.size() ? unit.rows[end].address : ~Dwarf_Addr{0};
  std::set<std::pair<Dwarf_Off, bool>> instances;
  for (std::size_t i = begin; i < end; ++i) {
    const Row& row = unit.rows[i];
    const bool empty = row.address == behind;
    if (!has_code(row) || (empty && !row.statement)) continue;
    auto rank = Candidate::Rank::Rest;
    if (row.statement) rank = empty ? Candidate::Rank::EmptyStatement : Candidate::Rank::Statement;
    FunctionInstance scope = instance_around(&unit.scopes, row.address);
    if (!instances.insert({scope.id, row.statement}).second) continue;
    all.push_back({{row.address + bias,
                    row.file,
                    scope.inlined,
                    std::move(scope.name),
                    {scope.code.begin + bias, scope.code.end + bias}},
                   scope.id,
                   rank});
  }
}

void Search::add_unit(Unit& unit, std::uint32_t line, LinePlaces& out) {
  std::vector<Candidate> all;
  const auto is_it = [&](const Row& row) { return row.of_file && !row.end && row.line == line; };
  for (std::size_t i = 0; i < unit.rows.size();) {
    std::size_t end = i;
    while (end < unit.rows.size() && is_it(unit.rows[end])) ++end;
    if (end > i) add_run(unit, i, end, all);
    i = std::max(end, i + 1);
  }
  std::map<Dwarf_Off, Candidate::Rank> best;
  for (const Candidate& one : all) {
    const auto [entry, is_new] = best.try_emplace(one.instance, one.rank);
    if (!is_new) entry->second = std::min(entry->second, one.rank);
  }
  std::set<Dwarf_Off> done;  // of the rest, one an instance
  for (Candidate& one : all) {
    if (one.rank != best.at(one.instance)) continue;
    if (one.rank == Candidate::Rank::Rest && !done.insert(one.instance).second) continue;
    out.places.push_back(std::move(one.place));
  }
}

LinePlaces Search::run(std::uint32_t line) {
  LinePlaces out;
  out.line = line;
  Dwarf* dwarf = elf_.debug_info().dwarf;
  if (!dwarf || file_.empty()) return out;
  const LineFiles files(dwarf, std::string(own_name(file_)));
  each_unit(dwarf, [&](Dwarf_Die whole, const Dwarf_Die& scopes) {
    if (files.may_be_in(&whole)) read(whole, scopes);
  });
  std::uint32_t next = ~std::uint32_t{0};
  for (const Unit& unit : units_)
    for (const Row& row : unit.rows) {
      if (!row.of_file || row.end || !has_code(row)) continue;
      out.last_line = std::max(out.last_line, row.line);
      if (row.line >= line) next = std::min(next, row.line);
    }
  out.file_known = !units_.empty();
  if (next == ~std::uint32_t{0}) return out;
  out.line = next;
  for (Unit& unit : units_) add_unit(unit, next, out);
  std::stable_sort(out.places.begin(), out.places.end(),
                   [](const LinePlace& a, const LinePlace& b) { return a.address < b.address; });
  const auto twice =
      std::unique(out.places.begin(), out.places.end(),
                  [](const LinePlace& a, const LinePlace& b) { return a.address == b.address; });
  out.places.erase(twice, out.places.end());
  return out;
}

}  // namespace

LinePlaces line_places(const ElfFile& elf, std::string_view file, std::uint32_t line) {
  return Search(elf, file).run(line);
}

void suggest_sources(const ElfFile& elf, NearestNames& names) {
  Dwarf* dwarf = elf.debug_info().dwarf;
  if (!dwarf) return;
  each_unit(dwarf, [&](Dwarf_Die whole, const Dwarf_Die& scopes) {
    Dwarf_Die named = scopes;
    const char* path = dwarf_diename(&named);
    if (!path) path = dwarf_diename(&whole);
    if (path) names.consider(own_name(path));
  });
}

}  // namespace sidestep::symbols
