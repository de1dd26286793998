// Finds a module's separate debug file, by build id and by .gnu_debuglink. Unlike libdwfl's own
// search it asks debuginfod servers only if that is wanted: a probe must not wait for a network.
#pragma once

#include <elfutils/libdwfl.h>

namespace sidestep::symbols {

/// A Dwfl_Callbacks::find_debuginfo: an open descriptor and its path (malloc'ed, the caller's), or
/// -1. A file whose checksum or build id is not the wanted one is not taken; its path is written to
/// the std::string that the module's userdata points to, if it does.
///
/// Only on this machine.
int find_debug_file(Dwfl_Module* module, void** userdata, const char* name, Dwarf_Addr base,
                    const char* file_name, const char* link_name, GElf_Word link_checksum,
                    char** found_path);

/// If it is not here, at the servers that $DEBUGINFOD_URLS names.
int find_or_fetch_debug_file(Dwfl_Module* module, void** userdata, const char* name,
                             Dwarf_Addr base, const char* file_name, const char* link_name,
                             GElf_Word link_checksum, char** found_path);

}  // namespace sidestep::symbols
