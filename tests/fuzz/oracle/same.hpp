// Whether two readings, at two addresses, are of the same instruction. Private to the oracle.
#pragma once

#include <string>

#include "oracle/reading.hpp"

namespace sidestep::oracle {

/// A copy that may differ in the displacement of an operand relative to the instruction pointer,
/// and must then address the same memory. "" or the difference.
std::string copy_differs(const Reading& original, const Reading& copy);

/// A branch on the same condition and the same counter; where to is not looked at.
std::string branch_differs(const Reading& original, const Reading& copy);

/// `jump` reads its target from where `call` does, if a word has been pushed in between.
std::string jump_differs(const Reading& call, const Reading& jump);

}  // namespace sidestep::oracle
