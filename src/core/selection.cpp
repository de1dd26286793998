#include "core/selection.hpp"

#include <optional>
#include <set>

#include "core/indirect.hpp"

namespace sidestep::core {
namespace {

constexpr std::size_t most_lines = 1000;  // more would read every line table

class Selector {
 public:
  Selector(const Architecture& arch, Resolver& resolver, const Module& module, Probes probes,
           const ReadCode& read)
      : arch_(arch), resolver_(resolver), module_(module), probes_(probes), read_(read) {}

  Result<Selection> run() {
    auto findings = resolver_.find(module_, probes_.wanted);
    if (!findings) return findings.error();
    if (!probes_.excluded.empty())
      if (auto out = resolver_.find(module_, probes_.excluded)) exclude(*out);
    add_implementations(*findings);
    for (Location& location : findings->locations)
      if (every_instruction(location))
        add_instructions(location);
      else
        add(std::move(location));
    add_lines();
    selection_.rseq = std::move(findings->rseq);
    selection_.notes = std::move(findings->notes);
    for (Unplaced& unplaced : findings->unplaced)
      selection_.unplaced.push_back(std::move(unplaced));
    return std::move(selection_);
  }

 private:
  bool every_instruction(const Location& location) const {
    return probes_.wanted[static_cast<std::size_t>(location.probe)].every_instruction;
  }
  void exclude(Findings& found);
  void add_implementations(Findings& found) const;
  void add(Location location);
  void add_instructions(const Location& function);
  void add_lines();

  const Architecture& arch_;
  Resolver& resolver_;
  const Module& module_;
  const Probes probes_;
  const ReadCode& read_;
  std::set<Address> excluded_;
  std::optional<CodeMap> code_;  // made when first needed: it decodes the whole module
  Selection selection_;
};

void Selector::exclude(Findings& found) {
  add_implementations(found);
  for (const Location& location : found.locations) excluded_.insert(location.address);
}

/// In place of the functions that only choose.
void Selector::add_implementations(Findings& found) const {
  std::map<ProbeId, Chosen> chosen;
  for (Indirect& indirect : found.indirect) {
    Implementations choices = implementations(arch_, resolver_, module_, indirect.chooser, read_);
    if (choices.all.empty()) {
      found.unplaced.push_back({indirect.chooser.probe, std::move(indirect.chooser.function),
                                std::move(indirect.otherwise)});
      continue;
    }
    chosen[indirect.chooser.probe].add(indirect.chooser.function, choices);
    for (Location& choice : choices.all) found.locations.push_back(std::move(choice));
  }
  found.indirect.clear();
  for (const auto& [probe, what] : chosen) found.notes.push_back({probe, what.note()});
}

void Selector::add(Location location) {
  if (excluded_.contains(location.address)) return;
  const ProbeId probe = location.probe;
  const Address address = location.address;
  auto& probes = selection_.sites.try_emplace(address, Selection::Site{std::move(location), {}})
                     .first->second.probes;
  // Functions may lie within one another.
  if (probes.empty() || probes.back() != probe) probes.push_back(probe);
}

void Selector::add_instructions(const Location& function) {
  if (excluded_.contains(function.address)) return;
  if (!code_) code_.emplace(arch_, resolver_.layout(module_), read_);
  if (!code_->has_extent(function.address)) {
    selection_.unplaced.push_back({function.probe, function.function,
                                   "neither symbols nor .eh_frame say where it ends, so what "
                                   "follows may be data"});
    return;
  }
  const auto at = [&](Address address) {
    Location location = function;
    location.address = address;
    location.is_boundary = true;
    location.source_file.clear();  // that of the entry
    location.source_line = 0;
    return location;
  };
  const Sweep sweep = code_->instructions_of(function.address);
  for (const Address address : sweep.instructions) add(at(address));
  for (const Sweep::Doubt& doubt : sweep.doubts)
    selection_.doubts.push_back({at(doubt.where.begin), doubt.reason});
}

/// Of the instructions within functions: these came without.
void Selector::add_lines() {
  const bool few = selection_.sites.size() <= most_lines;
  for (auto& [address, site] : selection_.sites) {
    if (!site.location.is_boundary || site.location.source_line != 0) continue;
    Location there = few ? resolver_.describe(module_, address) : Location{};
    site.location.source_file = std::move(there.source_file);
    site.location.source_line = there.source_line;
  }
}

}  // namespace

Result<Selection> select(const Architecture& arch, Resolver& resolver, const Module& module,
                         Probes probes, const ReadCode& read) {
  return Selector(arch, resolver, module, probes, read).run();
}

}  // namespace sidestep::core
