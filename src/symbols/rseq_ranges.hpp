// The restartable sequences that a file declares in its section __rseq_cs (rseq(2)). An int3 in one
// would make the kernel abort or lose it, so no site may lie there. Nothing fails.
#pragma once

#include <vector>

#include "symbols/elf_file.hpp"

namespace sidestep::symbols {

/// Each [start_ip, start_ip + post_commit_offset). None are found without section headers.
std::vector<LinkRange> rseq_ranges(const ElfFile& file);

}  // namespace sidestep::symbols
