#include "symbols/function_table.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <tuple>

#include "symbols/cxx_name.hpp"
#include "symbols/frame_functions.hpp"

namespace sidestep::symbols {
namespace {

bool by_address(const Function& a, const Function& b) {
  return std::tie(a.address, a.name) < std::tie(b.address, b.name);
}

/// STT_NOTYPE is what hand-written assembly leaves; those with a dot in front are local labels.
bool is_function(const ElfSymbol& symbol) {
  if (symbol.type == STT_FUNC || symbol.type == STT_GNU_IFUNC) return true;
  return symbol.type == STT_NOTYPE && !symbol.name.starts_with('.');
}

std::string made_name(std::uint64_t offset) {
  char text[24];
  std::snprintf(text, sizeof text, "sub_%llx", static_cast<unsigned long long>(offset));
  return text;
}

}  // namespace

FunctionTable::FunctionTable(const ElfFile& file) {
  add_symbols(file);
  add_frames(file);
  close_ends(file);
  functions_.shrink_to_fit();
}

void FunctionTable::add_symbols(const ElfFile& file) {
  file.each_symbol([&](const ElfSymbol& symbol) {
    if (!is_function(symbol) || !file.is_code(symbol.value)) return;
    const std::uint64_t end = symbol.value + symbol.size;
    const bool sized = end > symbol.value;
    functions_.push_back({symbol.value, sized ? end : symbol.value, symbol.name,
                          static_cast<std::uint32_t>(base_length(symbol.name)), sized,
                          symbol.binding != STB_LOCAL, symbol.type == STT_GNU_IFUNC, false});
  });
  std::sort(functions_.begin(), functions_.end(), by_address);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < functions_.size(); ++i) {
    Function& f = functions_[i];
    Function* last = kept ? &functions_[kept - 1] : nullptr;
    if (last && last->address == f.address && last->name == f.name) {
      last->end = std::max(last->end, f.end);
      last->sized |= f.sized;
      last->global |= f.global;
      last->indirect |= f.indirect;
    } else {
      functions_[kept++] = f;
    }
  }
  functions_.resize(kept);
}

void FunctionTable::add_frames(const ElfFile& file) {
  const std::size_t named = functions_.size();
  std::size_t next = 0;
  LinkAddress covered = 0;  // end of what the symbols seen so far take up
  for (const LinkRange& frame : frame_functions(file)) {
    for (; next < named && functions_[next].address < frame.begin; ++next)
      if (functions_[next].sized) covered = std::max(covered, functions_[next].end);
    bool has_name = false;
    for (std::size_t i = next; i < named && functions_[i].address == frame.begin; ++i) {
      has_name = true;
      if (functions_[i].sized) continue;
      functions_[i].end = frame.end;
      functions_[i].sized = true;
    }
    if (has_name || frame.begin < covered) continue;
    made_names_.push_back(made_name(frame.begin - file.first_page()));
    const std::string& name = made_names_.back();
    functions_.push_back({frame.begin, frame.end, name, static_cast<std::uint32_t>(name.size()),
                          true, false, false, true});
    covered = std::max(covered, frame.end);
  }
  std::inplace_merge(functions_.begin(), functions_.begin() + static_cast<std::ptrdiff_t>(named),
                     functions_.end(), by_address);
}

void FunctionTable::close_ends(const ElfFile& file) {
  LinkAddress next = ~LinkAddress{0};  // start of the function behind the one at hand
  LinkAddress here = next;
  for (auto f = functions_.rbegin(); f != functions_.rend(); ++f) {
    if (f->address != here) next = std::exchange(here, f->address);
    const LinkRange* range = file.code_range(f->address);
    const LinkAddress limit = range ? range->end : f->address;
    f->end = std::min(f->sized ? f->end : next, limit);
  }
}

void FunctionTable::index() const {
  const std::hash<std::string_view> hash;
  by_hash_.reserve(functions_.size() + functions_.size() / 8);
  for (std::uint32_t i = 0; i < functions_.size(); ++i) {
    const Function& f = functions_[i];
    by_hash_.emplace_back(hash(f.base_name()), i);
    if (f.base != f.name.size()) by_hash_.emplace_back(hash(f.name), i);
  }
  std::sort(by_hash_.begin(), by_hash_.end());
}

std::vector<const Function*> FunctionTable::named(std::string_view name) const {
  if (by_hash_.empty()) index();
  std::vector<const Function*> found;
  const std::size_t wanted = std::hash<std::string_view>{}(name);
  auto entry = std::lower_bound(by_hash_.begin(), by_hash_.end(), std::pair{wanted, 0u});
  for (; entry != by_hash_.end() && entry->first == wanted; ++entry) {
    const Function& f = functions_[entry->second];
    if (f.name == name || f.base_name() == name) found.push_back(&f);
  }
  return found;
}

std::vector<LinkRange> FunctionTable::extents() const {
  std::vector<LinkRange> all;
  for (const Function& f : functions_) {
    if (!f.sized || f.end <= f.address) continue;
    if (all.empty() || all.back().begin != f.address)
      all.push_back({f.address, f.end});
    else
      all.back().end = std::max(all.back().end, f.end);
  }
  return all;
}

std::vector<const Function*> FunctionTable::beginning_at(LinkAddress address) const {
  std::vector<const Function*> found;
  const auto first =
      std::lower_bound(functions_.begin(), functions_.end(), address,
                       [](const Function& f, LinkAddress a) { return f.address < a; });
  for (auto f = first; f != functions_.end() && f->address == address; ++f) found.push_back(&*f);
  std::sort(found.begin(), found.end(),
            [](const Function* a, const Function* b) { return tells_more(*a, *b); });
  return found;
}

const Function* FunctionTable::at(LinkAddress address) const {
  auto after = std::upper_bound(functions_.begin(), functions_.end(), address,
                                [](LinkAddress a, const Function& f) { return a < f.address; });
  const Function* best = nullptr;
  constexpr int farthest = 64;  // functions that begin within a larger one are few
  for (int steps = 0; after != functions_.begin() && steps < farthest; ++steps) {
    const Function& f = *--after;
    if (best && best->address != f.address) break;
    if (address < f.end && (!best || tells_more(f, *best))) best = &f;
  }
  return best;
}

bool tells_more(const Function& a, const Function& b) {
  const auto rank = [](const Function& f) {
    const std::size_t underscores = std::min(f.name.find_first_not_of('_'), f.name.size());
    const bool mangled = Demangler::looks_mangled(f.name);
    return std::tuple(f.unnamed, !f.global, mangled ? 0 : underscores, f.name.size(), f.name);
  };
  return rank(a) < rank(b);
}

}  // namespace sidestep::symbols
