// What debug information says about functions and variables that have no symbol: stripped symbol
// tables, functions that exist only inlined, declarations without code. Walks the top levels of the
// DIE tree, and only if the strings of the debug information hold the wanted word at all.
// Borrows the ElfFile; nothing fails, broken DWARF gives fewer results.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "symbols/elf_file.hpp"
#include "symbols/name_pattern.hpp"

namespace sidestep::symbols {

/// All that the debug information has under one name.
struct DebugFunction {
  std::string name;                ///< the linkage name, else the plain one
  std::vector<LinkRange> placed;   ///< out-of-line instances, entry first
  std::vector<LinkRange> inlined;  ///< inlined ones that have code, entry first
  bool defined = false;            ///< not only declared: without code it was inlined, or left out
};

struct DebugVariable {
  LinkAddress address = 0;
  std::uint64_t size = 0;
};

enum class AsGlob { No, Yes };

std::vector<DebugFunction> debug_functions(const ElfFile& file, NamePattern& pattern, AsGlob glob);

/// A variable with a fixed address.
std::optional<DebugVariable> debug_variable(const ElfFile& file, NamePattern& pattern);

}  // namespace sidestep::symbols
