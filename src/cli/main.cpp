// The command line's way in. All the work is in the verbs.
#include <malloc.h>

#include <string>
#include <vector>

#include "cli/ending.hpp"
#include "cli/help.hpp"
#include "cli/options.hpp"
#include "cli/session_signals.hpp"
#include "cli/standard_output.hpp"
#include "cli/verbs.hpp"

namespace sidestep::cli {
namespace {

Ending work(const Options& options) {
  if (options.ask == Ask::Help) return print(help_text());
  if (options.ask == Ask::Version) return print(version_text());
  switch (options.verb) {
    case Verb::List:
      return list(options);
    case Verb::Compare:
      return compare(options);
    case Verb::Doctor:
      return doctor(options);
    case Verb::Trace:
      break;
  }
  return trace(options);
}

Ending run(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments);
  if (options) return work(*options);
  complain(options.error().message);
  return ending_for(options.error());
}

/// What is needed for a while (to read symbols, to arm) goes back to the system. Left to itself the
/// allocator raises its limits with each large block that is freed, and then keeps what lies at the
/// end of any thread's memory.
void give_memory_back() {
  constexpr int most_kept = 256 << 10;  // bytes
  ::mallopt(M_MMAP_THRESHOLD, most_kept);
  ::mallopt(M_TRIM_THRESHOLD, most_kept);
}

}  // namespace
}  // namespace sidestep::cli

int main(int argc, char** argv) {
  sidestep::cli::give_memory_back();
  sidestep::cli::survive_stray_signals();
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return sidestep::cli::end(sidestep::cli::run(arguments));
}
