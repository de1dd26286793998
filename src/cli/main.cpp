// The command line's way in. All the work is in the verbs.
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

}  // namespace
}  // namespace sidestep::cli

int main(int argc, char** argv) {
  sidestep::cli::survive_stray_signals();
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return sidestep::cli::end(sidestep::cli::run(arguments));
}
