#include "core/selection.hpp"

#include <optional>
#include <set>

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
      if (const auto out = resolver_.find(module_, probes_.excluded))
        for (const Location& location : out->locations) excluded_.insert(location.address);
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
