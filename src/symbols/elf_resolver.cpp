#include "symbols/elf_resolver.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>

#include "symbols/compile_observation.hpp"
#include "symbols/module_file.hpp"

namespace sidestep::symbols {
namespace {

using core::Findings;
using core::Location;
using core::Mapping;
using core::Module;
using core::ProbeSpec;

constexpr std::size_t most_lines = 1000;

std::string file_name(std::string path) {
  constexpr std::string_view deleted = " (deleted)";
  if (path.ends_with(deleted)) path.resize(path.size() - deleted.size());
  return path.substr(path.rfind('/') + 1);
}

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

bool maps(const Module& module, Address address) {
  return std::any_of(module.mappings.begin(), module.mappings.end(),
                     [&](const Mapping& m) { return m.range.contains(address); });
}

class ElfResolver final : public core::Resolver {
 public:
  explicit ElfResolver(DebugFiles debug_files) : debug_files_(debug_files) {}

  Result<Findings> find(const Module& module, std::span<const ProbeSpec> probes) override;
  std::vector<std::string> nearest(const ProbeSpec& probe, std::size_t count) override;
  bool allows(const ProbeSpec& probe, const Module& module) const override;
  Location describe(const Module& module, Address address) override;
  std::vector<AddressRange> padding(const Module& module) override;
  core::CodeLayout layout(const Module& module) override;
  std::string signature(const Module& module, const Location& location) override;
  std::vector<std::string> names(const Module& module, Address address) override;
  std::optional<core::Variable> symbol(const Module& module, const std::string& name) override;
  std::optional<Location> function_beginning_at(const Module& module, Address address) override;
  std::optional<Address> relocated_pointer(const Module& module, Address at) override;
  Result<core::Observation> compile(const Module& module, const Location& location,
                                    const ProbeSpec& probe,
                                    const core::CaptureLimits& limits) override;
  bool is_go(const Module& module) override;

 private:
  /// One module that was asked about, for nearest().
  struct Seen {
    std::string path;
    bool main = false;
    const ModuleFile* file = nullptr;
  };

  Result<ModuleFile*> open(const Module& module);
  void find_function(const Module& module, ModuleFile& file, const ProbeSpec& probe,
                     const ProbeSpec::Function& wanted, ProbeId id, Findings& out);
  void find_line(const Module& module, ModuleFile& file, const ProbeSpec::Line& wanted, ProbeId id,
                 Findings& out);
  void find_offset(const Module& module, ModuleFile& file, const ProbeSpec& probe,
                   std::uint64_t offset, ProbeId id, Findings& out);
  Location locate(const Module& module, ModuleFile& file, Address address, ProbeId id) const;
  void add_line(const Module& module, ModuleFile& file, Location& location) const;

  const DebugFiles debug_files_;
  std::map<FileIdentity, std::unique_ptr<ModuleFile>> files_;
  std::vector<Seen> seen_;
};

/// Run-time and link addresses differ by one number a module.
Address run_time(const Module& module, const ModuleFile& file, LinkAddress address) {
  return module.base + (address - file.elf().first_page());
}
AddressRange run_time(const Module& module, const ModuleFile& file, const Match& match) {
  return {run_time(module, file, match.address), run_time(module, file, match.end)};
}
LinkAddress link_time(const Module& module, const ModuleFile& file, Address address) {
  return address.value - module.base.value + file.elf().first_page();
}

Result<ModuleFile*> ElfResolver::open(const Module& module) {
  const std::string& path = module.file.empty() ? module.path : module.file;
  std::optional<FileIdentity> identity = ElfFile::identify(path);
  if (identity)
    if (const auto known = files_.find(*identity); known != files_.end())
      return known->second.get();
  auto elf = ElfFile::open(path, module.path.empty() ? path : module.path, debug_files_);
  if (!elf) return elf.error();
  auto file = std::make_unique<ModuleFile>(std::move(elf).value());
  ModuleFile* opened = file.get();
  files_[identity.value_or(FileIdentity{})] = std::move(file);
  seen_.push_back({module.path, module.main, opened});
  return opened;
}

bool ElfResolver::allows(const ProbeSpec& probe, const Module& module) const {
  if (probe.module.empty()) return true;
  if (probe.module == "MAIN") return module.main;
  const bool whole_path = probe.module.find('/') != std::string::npos;
  return glob_match(probe.module, whole_path ? module.path : file_name(module.path));
}

Result<Findings> ElfResolver::find(const Module& module, std::span<const ProbeSpec> probes) {
  Findings out;
  if (module.path.starts_with('[')) return out;  // [vdso]: there is no file
  Result<ModuleFile*> opened = open(module);
  if (!opened) return opened.error();
  ModuleFile& file = **opened;
  // A part of it alone, moved away or mapped by the program itself: symbols would lead astray.
  if (module.mappings.front().file_offset != file.elf().first_offset())
    return Error{ErrorKind::Setup,
                 "'" + module.path + "' is mapped in part: probe it by run-time address"};
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const ProbeSpec& probe = probes[i];
    const auto id = static_cast<ProbeId>(i);
    if (!allows(probe, module)) continue;
    if (const auto* wanted = std::get_if<ProbeSpec::Function>(&probe.what))
      find_function(module, file, probe, *wanted, id, out);
    else if (const auto* line = std::get_if<ProbeSpec::Line>(&probe.what))
      find_line(module, file, *line, id, out);
    else if (const auto* at = std::get_if<ProbeSpec::ModuleOffset>(&probe.what))
      find_offset(module, file, probe, at->offset, id, out);
    else if (const auto* absolute = std::get_if<ProbeSpec::Absolute>(&probe.what);
             absolute && maps(module, absolute->address))
      out.locations.push_back(locate(module, file, absolute->address, id));
  }
  // Lines for thousands of matches would read every line table: describe() gives them singly.
  if (out.locations.size() <= most_lines)
    for (Location& location : out.locations)
      if (location.source_line == 0) add_line(module, file, location);
  for (const LinkRange& range : file.rseq())
    out.rseq.push_back({run_time(module, file, range.begin), run_time(module, file, range.end)});
  return out;
}

void ElfResolver::find_function(const Module& module, ModuleFile& file, const ProbeSpec& probe,
                                const ProbeSpec::Function& wanted, ProbeId id, Findings& out) {
  Matches matches = file.find(wanted, probe.inlined ? Instances::All : Instances::OutOfLine);
  for (Match& match : matches.placed) {
    const std::uint64_t size = match.end - match.address;
    if (wanted.offset && wanted.offset >= size) {
      out.unplaced.push_back({id, match.function + "+" + hex(wanted.offset),
                              "the function has only " + hex(size) + " bytes"});
      continue;
    }
    out.locations.push_back({id, run_time(module, file, match.address + wanted.offset),
                             std::move(match.function), run_time(module, file, match), "", 0,
                             match.inlined, match.inlined});
  }
  for (IndirectMatch& indirect : matches.indirect) {
    Match& match = indirect.chooser;
    if (wanted.offset) {
      out.unplaced.push_back({id, match.function + "+" + hex(wanted.offset),
                              "it is an IFUNC: one of several functions, that have no common "
                              "offsets; `sidestep list` names them"});
      continue;
    }
    const AddressRange range = run_time(module, file, match);
    out.indirect.push_back({{id, range.begin, std::move(match.function), range, "", 0},
                            std::move(indirect.otherwise)});
  }
  for (Unmatched& u : matches.unplaced)
    out.unplaced.push_back({id, std::move(u.name), std::move(u.reason), u.declared_only});
  // Said only of the modules where the function was to be expected.
  if (!matches.stale_debug_file.empty() && (module.main || !probe.module.empty()))
    out.unplaced.push_back({id, wanted.pattern,
                            "it has no symbol, and the debug file " + matches.stale_debug_file +
                                " is of another build: install the matching one"});
}

void ElfResolver::find_line(const Module& module, ModuleFile& file, const ProbeSpec::Line& wanted,
                            ProbeId id, Findings& out) {
  LinePlaces found = file.find(wanted);
  const std::string given = wanted.file + ":" + std::to_string(wanted.line);
  if (found.places.empty() && found.file_known)
    out.unplaced.push_back({id, given,
                            "neither that line nor one behind it has code; the last that has is " +
                                std::to_string(found.last_line)});
  if (found.places.empty()) return;
  if (found.line != wanted.line)
    out.notes.push_back({id, given + " has no code: line " + std::to_string(found.line) +
                                 ", the next that has, is probed"});
  for (LinePlace& place : found.places) {
    Location location = locate(module, file, run_time(module, file, place.address), id);
    location.source_file = std::move(place.file);
    location.source_line = found.line;
    location.is_boundary = true;
    location.inlined = place.inlined;
    if (place.inlined) {
      location.function = std::move(place.function);
      location.function_range = {run_time(module, file, place.code.begin),
                                 run_time(module, file, place.code.end)};
    }
    out.locations.push_back(std::move(location));
  }
}

void ElfResolver::find_offset(const Module& module, ModuleFile& file, const ProbeSpec& probe,
                              std::uint64_t offset, ProbeId id, Findings& out) {
  const Address address = module.base + offset;
  if (maps(module, address))
    out.locations.push_back(locate(module, file, address, id));
  else
    out.unplaced.push_back({id, probe.text, "nothing of the module is mapped at that offset"});
}

Location ElfResolver::locate(const Module& module, ModuleFile& file, Address address,
                             ProbeId id) const {
  Location location{id, address, "", {}, "", 0};
  if (auto match = file.function_at(link_time(module, file, address))) {
    location.function_range = run_time(module, file, *match);
    location.function = std::move(match->function);
  }
  return location;
}

void ElfResolver::add_line(const Module& module, ModuleFile& file, Location& location) const {
  SourceLine line = file.line_at(link_time(module, file, location.address));
  location.source_file = std::move(line.file);
  location.source_line = line.line;
}

std::vector<std::string> ElfResolver::nearest(const ProbeSpec& probe, std::size_t count) {
  const auto* wanted = std::get_if<ProbeSpec::Function>(&probe.what);
  const auto* line = std::get_if<ProbeSpec::Line>(&probe.what);
  if (!line && (!wanted || wanted->regex)) return {};
  NearestNames names(
      line ? line->file.substr(line->file.rfind('/') + 1) : split_name(wanted->pattern).name,
      count);
  for (const Seen& seen : seen_) {
    Module module;
    module.path = seen.path;
    module.main = seen.main;
    if (!allows(probe, module)) continue;
    if (line)
      seen.file->suggest_files(names);
    else
      seen.file->suggest(names);
  }
  return std::move(names).take();
}

Location ElfResolver::describe(const Module& module, Address address) {
  Location location{ProbeId{}, address, "", {}, "", 0};
  if (module.path.starts_with('[')) return location;
  Result<ModuleFile*> file = open(module);
  if (!file) return location;
  location = locate(module, **file, address, ProbeId{});
  add_line(module, **file, location);
  return location;
}

std::vector<AddressRange> ElfResolver::padding(const Module& module) {
  constexpr std::uint64_t page = 4096, granule = 64;
  std::vector<AddressRange> all;
  if (module.path.starts_with('[')) return all;
  Result<ModuleFile*> file = open(module);
  if (!file) return all;
  for (const LinkRange& segment : (*file)->elf().code_segments()) {
    const AddressRange free{
        run_time(module, **file, (segment.end + granule - 1) / granule * granule),
        run_time(module, **file, (segment.end + page - 1) / page * page)};
    if (free.begin < free.end && maps(module, free.begin)) all.push_back(free);
  }
  return all;
}

core::CodeLayout ElfResolver::layout(const Module& module) {
  core::CodeLayout all;
  if (module.path.starts_with('[')) return all;
  Result<ModuleFile*> file = open(module);
  if (!file) return all;
  for (const LinkRange& function : (*file)->functions().extents())
    all.functions.push_back(
        {run_time(module, **file, function.begin), run_time(module, **file, function.end)});
  return all;
}

std::string ElfResolver::signature(const Module& module, const Location& location) {
  if (module.path.starts_with('[')) return "";
  const Address entry = location.inlined ? location.address : location.function_range.begin;
  std::string text;
  if (Result<ModuleFile*> file = open(module); file && entry != Address{})
    text = (*file)->signature(link_time(module, **file, entry), location.inlined);
  return text.empty() ? std::string(split_name(location.function).parameters) : text;
}

std::vector<std::string> ElfResolver::names(const Module& module, Address address) {
  if (module.path.starts_with('[')) return {};
  Result<ModuleFile*> file = open(module);
  if (!file) return {};
  return (*file)->names_at(link_time(module, **file, address));
}

std::optional<core::Variable> ElfResolver::symbol(const Module& module, const std::string& name) {
  if (module.path.starts_with('[')) return std::nullopt;
  Result<ModuleFile*> file = open(module);
  if (!file) return std::nullopt;
  const auto found = (*file)->symbol(name);
  if (!found) return std::nullopt;
  return core::Variable{run_time(module, **file, found->address), found->size};
}

std::optional<Location> ElfResolver::function_beginning_at(const Module& module, Address address) {
  Result<ModuleFile*> file = open(module);
  if (!file || !maps(module, address)) return std::nullopt;
  Location location = locate(module, **file, address, ProbeId{});
  if (location.function_range.begin != address) return std::nullopt;
  return location;
}

std::optional<Address> ElfResolver::relocated_pointer(const Module& module, Address at) {
  Result<ModuleFile*> file = open(module);
  if (!file) return std::nullopt;
  const auto pointer = (*file)->relocations().pointer_at(link_time(module, **file, at));
  return pointer ? std::optional(run_time(module, **file, *pointer)) : std::nullopt;
}

Result<core::Observation> ElfResolver::compile(const Module& module, const Location& location,
                                               const ProbeSpec& probe,
                                               const core::CaptureLimits& limits) {
  Result<ModuleFile*> file = open(module);
  if (!file) return file.error();
  const LinkAddress address = link_time(module, **file, location.address);
  ScopeRequest request;
  request.address = address;
  request.run_bias = location.address.value - address;
  request.is_entry = location.address == location.function_range.begin;
  request.inlined = location.inlined;
  if (const auto* function = std::get_if<ProbeSpec::Function>(&probe.what))
    request.name = function->pattern;
  return compile_observation(**file, request, location.function, is_go(module), probe, limits);
}

bool ElfResolver::is_go(const Module& module) {
  if (module.path.starts_with('[')) return false;
  Result<ModuleFile*> file = open(module);
  if (!file) return false;
  const ElfFile& elf = (*file)->elf();
  return elf.section(".gopclntab") || elf.section(".go.buildinfo");
}

}  // namespace

std::unique_ptr<core::Resolver> make_resolver(Debuginfod debuginfod) {
  return std::make_unique<ElfResolver>(debuginfod == Debuginfod::On ? DebugFiles::LocalAndServers
                                                                    : DebugFiles::Local);
}

}  // namespace sidestep::symbols
