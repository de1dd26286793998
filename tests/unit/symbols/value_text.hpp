// Values as text, in the form in which the programs in tracee/called.* print them.
#pragma once

#include <string>

#include "sidestep/value.hpp"

namespace sidestep::symbols::test {

std::string text_of(const Value& value);

}  // namespace sidestep::symbols::test
