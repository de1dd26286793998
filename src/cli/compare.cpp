#include "cli/compare.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

#include "cli/session_signals.hpp"
#include "cli/standard_output.hpp"
#include "cli/untraced.hpp"
#include "cli/verbs.hpp"

namespace sidestep::cli {
namespace {

/// Takes no notice of anything but gaps, which qualify the counts.
class GapSink : public EventSink {
 public:
  explicit GapSink(std::string_view mode) : mode_(mode) {}

  void write(const Event& event) override {
    if (const auto* gap = std::get_if<GapEvent>(&event)) {
      complain(fmt::format("{}: gap: {}", mode_, gap->reason));
    }
  }
  Result<void> flush() override { return {}; }

 private:
  std::string_view mode_;
};

SessionOptions session_options(const Options& options, const ComparedMode& mode) {
  SessionOptions session = options.session;
  session.mode = mode.mode;
  session.step = mode.step;
  session.hit_events = session.thread_events = false;
  return session;
}

Result<ComparedRun> run_mode(const Options& options, const ComparedMode& mode) {
  GapSink sink(mode.name);
  Session session(session_options(options, mode), sink);
  const SessionSignals signals(session);
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = session.run();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (!outcome) return outcome.error();
  if (outcome->ended_by_us) {
    return Error{ErrorKind::Setup, fmt::format("{}: ended by signal {} before the command did; "
                                               "without all runs there is nothing to compare",
                                               mode.name, signals.ended_by())};
  }
  const Summary& summary = outcome->summary;
  return ComparedRun{.mode = mode,
                     .hits = summary.hits,
                     .truth = outcome->truth,
                     .armed_s = summary.duration_s,
                     .wall_s = taken.count(),
                     .us_per_hit = summary.tracer_us_per_hit,
                     .bystander_stops = summary.bystander_stops,
                     .waits = summary.waits,
                     .exit = outcome->exit};
}

}  // namespace

Result<Comparison> run_comparison(const Options& options) {
  auto untraced = run_untraced(options.session.command);
  if (!untraced) return std::move(untraced).error();
  Comparison comparison{.truth_symbol = options.session.truth,
                        .untraced_s = untraced->seconds,
                        .untraced_exit = untraced->exit,
                        .runs = {}};
  for (const ComparedMode& mode : options.modes) {
    auto run = run_mode(options, mode);
    if (!run) return std::move(run).error();
    comparison.runs.push_back(*std::move(run));
  }
  return comparison;
}

Ending compare(const Options& options) {
  const auto comparison = run_comparison(options);
  if (!comparison) {
    complain(comparison.error().message);
    return ending_for(comparison.error());
  }
  const bool records = options.output.format == Format::Jsonl;
  const Ending printed =
      print(records ? comparison_jsonl(*comparison) : comparison_table(*comparison));
  if (printed != Ending{}) return printed;
  return {.code = exact_modes_hold(*comparison) ? 0 : kNothingShown};
}

}  // namespace sidestep::cli
