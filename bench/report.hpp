// The two forms of the results: aligned tables for people, one JSON document for programs.
#pragma once

#include <string>

#include "statistics.hpp"

namespace sidestep::bench {

std::string as_table(const Results& results);
std::string as_json(const Results& results);

}  // namespace sidestep::bench
