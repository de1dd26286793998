// `sidestep list`: the same resolving and examining as arming does, on a file that nobody runs, or
// on what is mapped in a process.
#include <algorithm>
#include <cerrno>
#include <span>

#include "amd64/amd64.hpp"
#include "core/examine.hpp"
#include "core/modules.hpp"
#include "core/selection.hpp"
#include "linux/attach.hpp"
#include "linux/proc.hpp"
#include "session/probes.hpp"
#include "sidestep/session.hpp"
#include "symbols/cxx_name.hpp"
#include "symbols/elf_resolver.hpp"
#include "symbols/file_module.hpp"

namespace sidestep {
namespace {

struct Verdict {
  const char* word;
  const char* reason;
};

Verdict verdict_of(const core::Instruction& insn) {
  switch (insn.form) {
    case core::Form::Boosted:
      return {"boosted", ""};
    case core::Form::Twin:
      return {"twin", "two stops a hit: it must be caught right behind the instruction"};
    case core::Form::Step:
      return {"stepped", "two stops a hit: a call whose operand its own push would overwrite"};
    case core::Form::SystemCall:
      return {"syscall", "two stops a hit: counted as it enters the kernel"};
    case core::Form::OwnTrap:
      break;
  }
  return {"own int3", "the program's own breakpoint: its SIGTRAP is passed on"};
}

std::variant<core::Instruction, core::Refusal> look(const core::Architecture& arch,
                                                    const core::Module& module,
                                                    const core::Location& where,
                                                    std::span<const AddressRange> rseq,
                                                    const core::ReadCode& read) {
  constexpr std::size_t longest_instruction = 15;
  const bool from_start = !where.is_boundary && where.function_range.contains(where.address);
  const Address from = from_start ? where.function_range.begin : where.address;
  const auto bytes = read({from, where.address + longest_instruction});
  return core::examine(arch, where, module, rseq, {from, bytes});
}

ListRow row_for(const core::Location& where, const core::Module& module, const std::string& spec) {
  ListRow row;
  row.address = where.address;
  row.module = module.path.substr(module.path.rfind('/') + 1);
  row.func = where.function;
  row.inlined = where.inlined;
  if (where.function_range.contains(where.address))
    row.func_off = where.address.value - where.function_range.begin.value;
  if (!where.source_file.empty())
    row.src = where.source_file + ":" + std::to_string(where.source_line);
  row.probe = spec;
  return row;
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// One listing: what the probes name in one module after the other.
class Listing {
 public:
  Listing(const std::vector<std::string>& texts, std::vector<core::ProbeSpec> specs,
          std::vector<core::ProbeSpec> without, symbols::Debuginfod debuginfod)
      : texts_(texts),
        specs_(std::move(specs)),
        without_(std::move(without)),
        resolver_(symbols::make_resolver(debuginfod)) {}

  Result<void> add(const core::Module& module);
  /// `where`: what was looked through.
  Result<std::vector<ListRow>> finish(const std::string& where);

 private:
  using Looked = std::variant<core::Instruction, core::Refusal>;
  Looked with_values(const core::Module& module, const core::Location& where,
                     const Looked& looked) const;
  const std::string& text_of(ProbeId probe) const {
    return texts_[static_cast<std::size_t>(probe)];
  }
  ListRow row(const core::Module& module, const core::Location& where, const Looked& looked) const;
  ListRow row(const core::Module& module, const core::Unplaced& unplaced) const;

  void describe(const core::Module& module, const core::Location& where, ListRow& row) const;

  const std::vector<std::string>& texts_;
  std::vector<core::ProbeSpec> specs_, without_;
  std::unique_ptr<core::Architecture> arch_ = amd64::make_architecture();
  std::unique_ptr<core::Resolver> resolver_;
  std::vector<ListRow> rows_;
  std::vector<core::Note> notes_;  // of the module at hand
  bool many_ = false;              // its parameters would take reading all debug information
};

ListRow Listing::row(const core::Module& module, const core::Location& where,
                     const Looked& looked) const {
  ListRow row = row_for(where, module, text_of(where.probe));
  describe(module, where, row);
  if (const auto* insn = std::get_if<core::Instruction>(&looked)) {
    row.verdict = verdict_of(*insn).word;
    row.reason = verdict_of(*insn).reason;
    row.instruction = insn->mnemonic;
  } else {
    row.verdict = "refused";
    row.reason = std::get<core::Refusal>(looked).text;
  }
  return row;
}

/// The function's other names and its parameters.
void Listing::describe(const core::Module& module, const core::Location& where,
                       ListRow& row) const {
  if (!where.inlined && row.func_off == 0 && !where.function.empty())
    for (std::string& name : resolver_->names(module, where.address))
      if (name != where.function) row.aliases.push_back(std::move(name));
  if (many_) return;
  row.params = resolver_->signature(module, where);
  if (!row.params.empty()) {
    row.func = std::string(symbols::split_name(row.func).name);
    for (std::string& alias : row.aliases) alias = std::string(symbols::split_name(alias).name);
  }
  for (const core::Note& note : notes_)
    if (note.probe == where.probe) row.note = note.text;
}

ListRow Listing::row(const core::Module& module, const core::Unplaced& unplaced) const {
  ListRow row;
  row.module = file_name(module.path);
  row.func = unplaced.name;
  row.probe = text_of(unplaced.probe);
  row.verdict = "refused";
  row.reason = unplaced.reason;
  return row;
}

/// Tracing refuses a place where what the probe wants to see is not to be had.
Listing::Looked Listing::with_values(const core::Module& module, const core::Location& where,
                                     const Looked& looked) const {
  const core::ProbeSpec& spec = specs_[static_cast<std::size_t>(where.probe)];
  if (spec.plain() || std::holds_alternative<core::Refusal>(looked)) return looked;
  const auto seen = resolver_->compile(module, where, spec, {});
  if (seen) return looked;
  return core::Refusal{seen.error().message};
}

Result<void> Listing::add(const core::Module& module) {
  symbols::FileReader file(module);
  const core::ReadCode read = [&](AddressRange range) { return file.bytes(range); };
  const auto found = core::select(*arch_, *resolver_, module, {specs_, without_}, read);
  if (!found) return found.error();
  constexpr std::size_t most_described = 1000;
  many_ = found->sites.size() > most_described;
  notes_ = found->notes;
  std::vector<std::pair<ProbeId, ListRow>> rows;
  for (const auto& [address, site] : found->sites) {
    const Looked looked = look(*arch_, module, site.location, found->rseq, read);
    core::Location where = site.location;
    for (const ProbeId probe : site.probes) {
      where.probe = probe;
      rows.emplace_back(probe, row(module, where, with_values(module, where, looked)));
    }
  }
  for (const core::Selection::Doubt& doubt : found->doubts)
    rows.emplace_back(doubt.where.probe,
                      row(module, doubt.where, core::Refusal{std::string(doubt.reason)}));
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, a.second.address) < std::pair(b.first, b.second.address);
  });
  for (auto& [probe, listed] : rows) rows_.push_back(std::move(listed));
  for (const core::Unplaced& unplaced : found->unplaced) rows_.push_back(row(module, unplaced));
  return {};
}

Result<std::vector<ListRow>> Listing::finish(const std::string& where) {
  if (!rows_.empty() || specs_.empty()) return std::move(rows_);
  const auto near = resolver_->nearest(specs_.front(), 3);
  const bool line = std::holds_alternative<core::ProbeSpec::Line>(specs_.front().what);
  std::string text =
      "-x '" + texts_.front() +
      "': " + (line ? "no debug information about such a file in " : "no such function in ") +
      where;
  for (std::size_t i = 0; i < near.size(); ++i)
    text += (i ? ", " : "; did you mean ") + near[i] + (i + 1 == near.size() ? "?" : "");
  return Error{ErrorKind::Usage, text};
}

Result<Listing> make_listing(const std::vector<std::string>& probes,
                             const std::vector<std::string>& excluded, bool debuginfod) {
  auto specs = session::parse_probes(probes), without = session::parse_excluded(excluded);
  if (!specs) return specs.error();
  if (!without) return without.error();
  return Listing(probes, std::move(*specs), std::move(*without),
                 debuginfod ? symbols::Debuginfod::On : symbols::Debuginfod::Off);
}

}  // namespace

Result<std::vector<ListRow>> list_file(const std::vector<std::string>& probes,
                                       const std::vector<std::string>& excluded,
                                       const std::string& file, bool debuginfod) {
  auto listing = make_listing(probes, excluded, debuginfod);
  if (!listing) return listing.error();
  const auto module = symbols::file_module(file);
  if (!module) return module.error();
  if (auto added = listing->add(*module); !added) return added.error();
  return listing->finish(file);
}

/// Modules that are no amd64 ELF are passed over, as arming does.
Result<std::vector<ListRow>> list_process(const std::vector<std::string>& probes,
                                          const std::vector<std::string>& excluded, int pid,
                                          bool debuginfod) {
  auto listing = make_listing(probes, excluded, debuginfod);
  if (!listing) return listing.error();
  const Tid tid{pid};
  const auto mappings = os::proc::mappings(tid);
  if (mappings.empty()) {
    const auto target = os::find_target(pid);
    return target ? os::why_not(tid, EACCES) : target.error();
  }
  for (core::Module& module : core::modules_from(mappings, os::proc::executable(tid))) {
    module.file = os::proc::file_of(tid, module.mappings.front());
    (void)listing->add(module);
  }
  return listing->finish("process " + std::to_string(pid));
}

}  // namespace sidestep
