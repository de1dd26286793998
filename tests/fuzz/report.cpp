#include <cstdio>
#include <cstdlib>

#include "target.hpp"

namespace sidestep::fuzz {

void report(const char* what) {
  std::fprintf(stderr, "finding: %s\n", what);
  std::abort();
}

}  // namespace sidestep::fuzz
