// Repairs behind an instruction that ran in its slot (Fixup of the site).
#pragma once

#include "core/architecture.hpp"
#include "core/kernel.hpp"
#include "core/site.hpp"

namespace sidestep::core {

/// What would show the slot's address is corrected. The thread is stopped behind the instruction.
void fix_up(Kernel& kernel, const Architecture& arch, Tid tid, const Site& site);

}  // namespace sidestep::core
