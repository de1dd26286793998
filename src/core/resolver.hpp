// The seam to symbols: from what the user wrote to addresses in a loaded module, and back.
// Implemented by src/symbols (libdw, libelf). Calls come from one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/expression.hpp"
#include "core/observation.hpp"
#include "sidestep/result.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

/// One line of /proc/PID/maps.
struct Mapping {
  AddressRange range;
  std::uint64_t file_offset = 0;
  bool readable = false, writable = false, executable = false, shared = false;
  std::uint64_t device = 0, inode = 0;  ///< 0/0: no file
  std::string path;                     ///< "", a path, or "[heap]", "[vdso]", ...
};

/// A file that is mapped into a process with at least one executable mapping.
struct Module {
  std::string path;   ///< as the process names it; what is shown
  std::string file;   ///< where we can open it
  Address base;       ///< load base: `off` in events counts from here
  bool main = false;  ///< the executable itself (MAIN in probes)
  std::vector<Mapping> mappings;
};

namespace probe {

struct Function {  ///< name, glob or regular expression, `+offset`
  std::string pattern;
  bool glob = false;
  std::uint64_t offset = 0;
  bool regex = false;  ///< RE2, searched for in the name (unanchored); without its slashes
};
struct Line {        ///< srv.cc:120: every place that a statement of that line begins at
  std::string file;  ///< as written: a file name, or the end of a path
  std::uint32_t line = 0;
};
struct ModuleOffset {  ///< MAIN+0x1136, or NAME.so+0x1136 through `module`
  std::uint64_t offset = 0;
};
struct Absolute {  ///< 0x401136
  Address address;
};

}  // namespace probe

struct ProbeSpec {
  using Function = probe::Function;
  using ModuleOffset = probe::ModuleOffset;
  using Absolute = probe::Absolute;
  using Line = probe::Line;

  std::string text;       ///< as given, after a leading '?'
  bool optional = false;  ///< began with '?'
  std::string module;     ///< glob on the module's file name, "MAIN", or "" for every module
  std::variant<Function, ModuleOffset, Absolute, Line> what;
  bool every_instruction = false;  ///< SPEC%insn: of each function that it names
  bool at_return = false;          ///< SPEC%return
  bool inlined = false;            ///< SPEC%inline: inlined instances too
  std::vector<Wanted> wanted;      ///< what to show of each arrival
  std::optional<Expression> condition;

  /// Nothing but arrivals is asked for.
  bool plain() const { return !at_return && wanted.empty() && !condition; }
};

/// Bounds of what is captured.
struct CaptureLimits {
  std::uint32_t text = 32;      ///< -s: bytes of a string
  std::uint32_t elements = 16;  ///< of an array
};

/// One address that a probe names.
struct Location {
  ProbeId probe{};
  Address address;
  std::string function;         ///< enclosing function, demangled where it is mangled; "" unknown
  AddressRange function_range;  ///< run-time; empty if the size is unknown
  std::string source_file;      ///< "" unknown
  std::uint32_t source_line = 0;
  bool is_boundary = false;  ///< an instruction is known to begin here
  bool inlined = false;      ///< in an inlined instance of `function`; the range is the instance's
};

/// A match that has no address of its own, and why ("exists only inlined, in 3 places").
struct Unplaced {
  ProbeId probe{};
  std::string name;
  std::string reason;
  bool declared_only = false;  ///< elsewhere, that is: this explains why nothing at all matches
};

/// Something about the probe's matches that the user should know ("line 119 has no code: ...").
struct Note {
  ProbeId probe{};
  std::string text;
};

/// A match whose code only chooses which function runs (STT_GNU_IFUNC): see core/indirect.hpp.
struct Indirect {
  Location chooser;
  std::string otherwise;  ///< what to say if what it may choose can't be found out
};

struct Findings {
  std::vector<Location> locations;  ///< at most one for each (probe, address)
  std::vector<Indirect> indirect;
  std::vector<Unplaced> unplaced;
  std::vector<Note> notes;
  std::vector<AddressRange> rseq;  ///< restartable sequences of this module: refuse sites there
};

/// Where a module's functions are, as far as the file says where they end. Run-time addresses,
/// ascending by their beginnings, of which each is there once; they may overlap.
struct CodeLayout {
  std::vector<AddressRange> functions;
};

struct Variable {
  Address address;
  std::uint64_t size = 0;  ///< bytes
};

class Resolver {
 public:
  virtual ~Resolver() = default;

  /// Everything that the probes name in this module. An error means that the file can't be read
  /// as amd64 ELF; its text says what it is instead.
  virtual Result<Findings> find(const Module& module, std::span<const ProbeSpec> probes) = 0;

  /// The up to `count` names nearest to what `probe` asks for, among the modules seen so far.
  virtual std::vector<std::string> nearest(const ProbeSpec& probe, std::size_t count) = 0;

  /// Whether the probe's module part allows this module ("" allows all).
  virtual bool allows(const ProbeSpec& probe, const Module& module) const {
    return probe.module.empty() || module.path.ends_with(probe.module);
  }

  /// For finding instruction boundaries. Empty for what can't be read.
  virtual CodeLayout layout(const Module&) { return {}; }

  /// The function and line at an address of this module (function "" if unknown).
  virtual Location describe(const Module& module, Address address) = 0;

  /// The function that begins at an address, without its line; nullopt: no code of the module is
  /// there, or it is in the middle of a function.
  virtual std::optional<Location> function_beginning_at(const Module&, Address) {
    return std::nullopt;
  }

  /// What the dynamic linker writes to an address of the module's data, where that is an address
  /// in the module itself.
  virtual std::optional<Address> relocated_pointer(const Module&, Address) { return std::nullopt; }

  /// What is mapped behind the end of the module's code, up to the page's end, and belongs to
  /// nothing.
  virtual std::vector<AddressRange> padding(const Module&) { return {}; }

  /// What the probe wants to see at this location of the module, compiled. A Usage error says what
  /// is wrong with the probe's arguments or its condition here, and what there is instead. Never
  /// called for a plain() probe.
  virtual Result<Observation> compile(const Module&, const Location&, const ProbeSpec& probe,
                                      const CaptureLimits&) {
    Observation seen;
    seen.at_return = probe.at_return;
    return seen;
  }

  /// Whether the module's functions are Go's: their stacks move, their registers are other ones.
  virtual bool is_go(const Module&) { return false; }

  /// The parameters of the function at a location, "(const char *s, size_t n)": from debug
  /// information, else from a C++ name; "" unknown.
  virtual std::string signature(const Module&, const Location&) { return ""; }

  /// All names of the function that begins at an address, demangled; the most telling first.
  virtual std::vector<std::string> names(const Module&, Address) { return {}; }

  /// Run-time address of a symbol (function or data) of this module.
  virtual std::optional<Variable> symbol(const Module& module, const std::string& name) = 0;
};

}  // namespace sidestep::core
