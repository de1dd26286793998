// Registers by the names that assembly language has for them, whole ones and parts. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sidestep::symbols {

struct RegisterName {
  unsigned dwarf_number = 0;
  std::uint64_t size = 8;  ///< bytes
  std::uint64_t skip = 0;  ///< bytes below it (%ah)
};

/// rdi, edi, di, dil, r8d, xmm0, ...; without the percent sign. nullopt: no such register.
std::optional<RegisterName> register_named(std::string_view name);

}  // namespace sidestep::symbols
