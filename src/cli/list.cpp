#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cli/list_table.hpp"
#include "cli/standard_output.hpp"
#include "cli/verbs.hpp"

namespace sidestep::cli {
namespace {

Paint choose_paint(Color color) {
  if (color == Color::Always) return Paint::Colored;
  const char* no_color = std::getenv("NO_COLOR");
  const bool unwanted = color == Color::Never || (no_color != nullptr && *no_color != '\0');
  return !unwanted && isatty(STDOUT_FILENO) == 1 ? Paint::Colored : Paint::Plain;
}

}  // namespace

Ending list(const Options& options) {
  const SessionOptions& session = options.session;
  const auto rows =
      session.pids.empty()
          ? list_file(session.probes, session.excluded, options.file, session.debuginfod)
          : list_process(session.probes, session.excluded, session.pids[0], session.debuginfod);
  if (!rows) {
    complain(rows.error().message);
    return ending_for(rows.error());
  }
  if (rows->empty()) {
    complain(options.file + ": nothing matched; 'sidestep list FILE' lists every function");
    return {.code = kBadUsage};
  }
  const Paint paint = choose_paint(options.output.color);
  return print(list_table(*rows, options.output.verbosity, paint));
}

}  // namespace sidestep::cli
