#include "symbols/module_file.hpp"

#include <algorithm>
#include <tuple>

#include "symbols/indirect.hpp"
#include "symbols/rseq_ranges.hpp"

namespace sidestep::symbols {
namespace {

std::string why_nowhere(const DebugFunction& function) {
  if (!function.defined)
    return "it is only declared in the debug information, this module has no code for it";
  const std::size_t places = function.inlined.size();
  if (places == 0)
    return "it has no code of its own (inlined everywhere, or left out): probe its callers";
  return "it exists only inlined (" + std::to_string(places) +
         (places == 1 ? " place" : " places") + "): write " + display_name(function.name) +
         "%inline";
}

/// One address more, unless it is known.
void add_place(Matches& out, const LinkRange& code, const std::string& name, bool inlined) {
  const auto known = std::find_if(out.placed.begin(), out.placed.end(),
                                  [&](const Match& m) { return m.address == code.begin; });
  if (known == out.placed.end())
    out.placed.push_back({code.begin, code.end, display_name(name), inlined});
  else if (known->function.starts_with("sub_"))
    known->function = display_name(name);
}

/// A function with a symbol may have debug information that doesn't say where it is.
bool has_place(const Matches& out, const DebugFunction& function) {
  const std::string name = display_name(function.name);
  return std::any_of(out.placed.begin(), out.placed.end(),
                     [&](const Match& m) { return !m.inlined && m.function == name; });
}

}  // namespace

Matches ModuleFile::find(const core::ProbeSpec::Function& wanted, Instances instances) {
  NamePattern pattern(wanted);
  Matches out;
  std::vector<const Function*> found = in_symbols(pattern);
  place(pattern, found, out);
  if (instances == Instances::All || ask_debug_info(pattern, out)) {
    add_from_debug_info(pattern, instances, out);
    const std::string& stale = elf_->mismatched_debug_file();
    if (out.placed.empty() && out.unplaced.empty() && !stale.empty()) out.stale_debug_file = stale;
  }
  return out;
}

std::vector<const Function*> ModuleFile::in_symbols(NamePattern& pattern) const {
  std::vector<const Function*> found;
  if (!pattern.regex()) found = functions_.named(pattern.text());
  const bool could_be_literal =
      !pattern.many() ||
      (pattern.glob() && pattern.text().find_first_of("(<") != std::string::npos);
  if (could_be_literal)
    for (const Function& f : functions_.all())
      if (Demangler::looks_mangled(f.name) && pattern.equals(f.name, f.base)) found.push_back(&f);
  if (!found.empty() || !pattern.many()) return found;
  for (const Function& f : functions_.all())
    if (pattern.matches(f.name, f.base)) found.push_back(&f);
  return found;
}

void ModuleFile::place(const NamePattern& pattern, std::vector<const Function*>& found,
                       Matches& out) const {
  const auto better = [&](const Function* a, const Function* b) {
    if (a->address != b->address) return a->address < b->address;
    const bool exact_a = a->name == pattern.text(), exact_b = b->name == pattern.text();
    return exact_a != exact_b ? exact_a : tells_more(*a, *b);
  };
  std::sort(found.begin(), found.end(), better);
  // Beside an IFUNC a plain function of the same name is an old version (glibc's memcpy@2.2.5),
  // which current programs don't call: to probe that alone would look as if nothing happened.
  const bool indirect = !pattern.many() && std::any_of(found.begin(), found.end(),
                                                       [](auto* f) { return f->indirect; });
  LinkAddress last = ~LinkAddress{0};
  for (const Function* f : found) {
    if (f->address == std::exchange(last, f->address)) continue;
    if (f->indirect)
      out.indirect.push_back(
          {{f->address, f->end, display_name(f->name)}, why_indirect(functions_, *f)});
    else if (!indirect)
      out.placed.push_back({f->address, f->end, display_name(f->name)});
  }
}

/// Symbols come first: debug information is read only for what they can't know.
bool ModuleFile::ask_debug_info(NamePattern& pattern, const Matches& so_far) const {
  const bool none = so_far.placed.empty() && so_far.indirect.empty();
  if (!none) return pattern.many() && !elf_->has_symtab();
  if (pattern.many()) return !pattern.word().empty() || !elf_->has_symtab();
  bool imported = false;  // then the declarations are of another module's function
  elf_->each_import([&](std::string_view name) {
    imported = imported || pattern.equals(name, base_length(name));
  });
  return !imported;
}

void ModuleFile::add_from_debug_info(NamePattern& pattern, Instances instances,
                                     Matches& out) const {
  std::vector<DebugFunction> found;
  if (!pattern.regex()) found = debug_functions(*elf_, pattern, AsGlob::No);
  if (found.empty() && pattern.many()) found = debug_functions(*elf_, pattern, AsGlob::Yes);
  const std::size_t from_symbols = out.placed.size();
  for (const DebugFunction& function : found) {
    for (const LinkRange& code : function.placed) add_place(out, code, function.name, false);
    const bool inlined = instances == Instances::All && !function.inlined.empty();
    if (inlined)
      for (const LinkRange& code : function.inlined) add_place(out, code, function.name, true);
    const bool expected = function.defined || !pattern.many();
    if (function.placed.empty() && !inlined && expected && !has_place(out, function))
      out.unplaced.push_back(
          {display_name(function.name), why_nowhere(function), !function.defined});
  }
  if (out.placed.size() != from_symbols)
    std::sort(out.placed.begin(), out.placed.end(),
              [](const Match& a, const Match& b) { return a.address < b.address; });
}

std::optional<Match> ModuleFile::function_at(LinkAddress address) {
  const Function* f = functions_.at(address);
  if (!f) return std::nullopt;
  return Match{f->address, f->end, display_name(f->name)};
}

std::vector<std::string> ModuleFile::names_at(LinkAddress address) const {
  std::vector<std::string> names;
  for (const Function* f : functions_.beginning_at(address)) {
    std::string name = display_name(f->name);
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  return names;
}

const std::vector<LinkRange>& ModuleFile::rseq() {
  if (!rseq_) rseq_ = rseq_ranges(*elf_);
  return *rseq_;
}

const Relocations& ModuleFile::relocations() {
  if (!relocations_) relocations_.emplace(*elf_);
  return *relocations_;
}

std::optional<DebugVariable> ModuleFile::symbol(const std::string& name) {
  NamePattern pattern({name, false, 0});
  std::optional<ElfSymbol> best;
  // Exact before demangled, and among equals the one with a size.
  const auto rank = [&](const ElfSymbol& s) {
    return std::tuple(s.name == name, s.size > 0, s.binding != STB_LOCAL);
  };
  elf_->each_symbol([&](const ElfSymbol& s) {
    if (s.type == STT_TLS || s.type == STT_SECTION || s.type == STT_FILE) return;
    if (best && rank(s) <= rank(*best)) return;
    if (pattern.equals(s.name, s.name.size())) best = s;
  });
  if (best) return DebugVariable{best->value, best->size};
  return debug_variable(*elf_, pattern);
}

void ModuleFile::suggest(NearestNames& names) const {
  Demangler demangle;
  for (const Function& f : functions_.all()) {
    if (f.unnamed || is_cold_part(f.name)) continue;
    const std::string_view full = demangle(f.base_name());
    names.consider(full.empty() ? f.base_name() : split_name(full).name);
  }
}

}  // namespace sidestep::symbols
