// Everything known about one file that modules are made of: the open file and its function table,
// and what is looked up only when asked for. Owned by the resolver, shared by all modules that map
// the file. Nothing here knows run-time addresses.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/resolver.hpp"
#include "symbols/debug_entries.hpp"
#include "symbols/elf_file.hpp"
#include "symbols/function_table.hpp"
#include "symbols/line_places.hpp"
#include "symbols/name_pattern.hpp"
#include "symbols/nearest.hpp"
#include "symbols/relocations.hpp"
#include "symbols/signatures.hpp"
#include "symbols/source_lines.hpp"

namespace sidestep::symbols {

/// One place that a name pattern leads to.
struct Match {
  LinkAddress address = 0;  ///< the function's entry
  LinkAddress end = 0;
  std::string function;  ///< demangled where it is mangled
  bool inlined = false;  ///< an inlined instance
};

/// A match without code of its own, and why.
struct Unmatched {
  std::string name;
  std::string reason;
  bool declared_only = false;
};

/// A match that only chooses a function when the program starts.
struct IndirectMatch {
  Match chooser;
  std::string otherwise;  ///< why it can't be probed, if what it chooses is not to be found out
};

struct Matches {
  std::vector<Match> placed;  ///< ascending, one an address
  std::vector<IndirectMatch> indirect;
  std::vector<Unmatched> unplaced;
  std::string stale_debug_file;  ///< nothing matched, and this could be why: it is of another build
};

enum class Instances { OutOfLine, All };

class ModuleFile {
 public:
  explicit ModuleFile(std::unique_ptr<ElfFile> elf)
      : elf_(std::move(elf)),
        functions_(*elf_),
        units_(*elf_),
        lines_(*elf_, units_),
        signatures_(*elf_, units_) {}

  const ElfFile& elf() const { return *elf_; }
  const FunctionTable& functions() const { return functions_; }
  UnitIndex& units() { return units_; }
  const Relocations& relocations();

  Matches find(const core::ProbeSpec::Function& wanted, Instances instances);
  LinePlaces find(const core::ProbeSpec::Line& line) const {
    return line_places(*elf_, line.file, line.line);
  }
  /// The function around an address.
  std::optional<Match> function_at(LinkAddress address);
  SourceLine line_at(LinkAddress address) { return lines_.at(address); }
  const std::vector<LinkRange>& rseq();
  /// All names of the function that begins at an address, demangled.
  std::vector<std::string> names_at(LinkAddress address) const;
  std::string signature(LinkAddress address, bool inlined) {
    return signatures_.at(address, inlined);
  }
  /// A symbol of any kind, or a variable that only debug information knows.
  std::optional<DebugVariable> symbol(const std::string& name);
  void suggest(NearestNames& names) const;
  void suggest_files(NearestNames& names) const { suggest_sources(*elf_, names); }

 private:
  std::vector<const Function*> in_symbols(NamePattern& pattern) const;
  void place(const NamePattern& pattern, std::vector<const Function*>& found, Matches& out) const;
  bool ask_debug_info(NamePattern& pattern, const Matches& so_far) const;
  void add_from_debug_info(NamePattern& pattern, Instances instances, Matches& out) const;

  std::unique_ptr<ElfFile> elf_;
  FunctionTable functions_;
  UnitIndex units_;
  SourceLines lines_;
  Signatures signatures_;
  std::optional<std::vector<LinkRange>> rseq_;
  std::optional<Relocations> relocations_;
};

}  // namespace sidestep::symbols
