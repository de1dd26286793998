// From DWARF location expressions to places. Everything is decided when a probe is armed: what is
// left for the thread's stop is code that adds and loads. An expression that isn't understood is a
// place without bytes that says why.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <optional>
#include <span>

#include "symbols/elf_file.hpp"
#include "symbols/place.hpp"

namespace sidestep::symbols {

/// Where a thread is stopped.
struct StopPoint {
  const ElfFile* file = nullptr;
  Dwarf_Addr address = 0;      ///< as in the debug information
  LinkAddress link = 0;        ///< the same as a link address
  std::uint64_t run_bias = 0;  ///< what the debug information's addresses are raised by at run time
  bool is_entry = false;       ///< before the function's first instruction
  Dwarf_Die function{};        ///< around it; for the frame base
};

/// Where a variable is at that point, by `attribute` of `entry`: DW_AT_location, or a value that
/// DW_AT_const_value gives. "optimised out" where neither says anything.
Place place_of(const StopPoint& stop, Dwarf_Die* entry);

/// Which locations of parameters say where they are at the function's entry.
enum class Trust : std::uint8_t {
  Lists,  ///< only those that say from where on they hold: GCC gives others once for a whole
          ///< function, though its first instructions may move the parameter there
  All,
};

/// The same of a parameter at the function's entry: nullopt if its location isn't to be trusted
/// there, because the function itself puts it there later.
std::optional<Place> entry_place_of(const StopPoint& stop, Dwarf_Die* entry, Trust trust,
                                    bool is_go);

/// Whether it lies in the function's frame all the time, as parameters do in code that was not
/// optimised.
bool has_slot(Dwarf_Die* entry);

/// Whether the location is a fixed address.
bool is_static(Dwarf_Die* entry);

}  // namespace sidestep::symbols
