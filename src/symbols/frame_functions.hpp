// Functions that only .eh_frame knows: address ranges of its FDEs. Pure; a broken section gives
// fewer ranges.
#pragma once

#include <vector>

#include "symbols/elf_file.hpp"

namespace sidestep::symbols {

/// Ascending by begin; without those of .plt and its kin, whose entries are no functions.
std::vector<LinkRange> frame_functions(const ElfFile& file);

}  // namespace sidestep::symbols
