#include "arms.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <sstream>

#include "support/run.hpp"
#include "support/summary.hpp"

namespace sidestep::bench {
namespace {

using test::RunResult;
using test::TraceSummary;
using Words = std::vector<std::string>;

// A call costs 2 ns, a hit 1,000 times that: the untraced loop must be longer to be measured at
// all.
constexpr std::uint64_t kUntracedFactor = 200;

const std::map<std::string, Words>& sidestep_options() {
  static const std::map<std::string, Words> kOptions = {
      {"displaced", {"--mode", "displaced", "--step", "boosted"}},
      {"displaced-single", {"--mode", "displaced", "--step", "single"}},
      {"all-stop", {"--mode", "all-stop"}},
      {"lift", {"--mode", "lift"}}};
  return kOptions;
}

double real(const RunResult& run, const std::string& key) {
  const auto values = test::key_values(run.out);
  const auto found = values.find(key);
  return found == values.end() ? 0 : std::strtod(found->second.c_str(), nullptr);
}

// What went wrong, in one line.
std::string complaint(const RunResult& run) {
  if (run.timed_out) return "timed out";
  if (run.signal != 0) return fmt::format("died of signal {}", run.signal);
  std::istringstream lines(run.err);
  std::string line;
  std::getline(lines, line);
  return fmt::format("exit status {}{}{}", run.exit_code, line.empty() ? "" : ": ", line);
}

TraceSummary trace(const std::string& arm, const Words& command, const Setup& setup) {
  Words options = sidestep_options().at(arm);
  options.insert(options.end(), {"-x", "target"});
  options.insert(options.end(), setup.extra.begin(), setup.extra.end());
  return test::trace_with(setup.sidestep, options, command, {.timeout_s = setup.timeout_s});
}

Words hot_command(const Load& load, std::uint64_t factor) {
  return {test::tracee("spin-nopie"), std::to_string(load.threads),
          std::to_string(load.arrivals * factor / load.threads)};
}

Sample from_tracee(const RunResult& run) {
  Sample sample;
  if (!test::checks_held(run)) sample.error = complaint(run);
  sample.truth = test::arrivals(run).value_or(0);
  sample.seconds = real(run, "seconds");
  return sample;
}

Sample run_untraced(const Load& load, const Setup& setup) {
  return from_tracee(test::run(hot_command(load, kUntracedFactor), {.timeout_s = setup.timeout_s}));
}

Sample run_floor(const Load& load, const char* pinning, const Setup& setup) {
  Words command = hot_command(load, 1);
  command.insert(command.begin(), {test::bench_program("floor"), pinning});
  const RunResult run = test::run(command, {.timeout_s = setup.timeout_s});
  Sample sample = from_tracee(run);
  if (const auto hits = test::last_json_number(run.out, "hits"))
    sample.hits = static_cast<std::uint64_t>(*hits);
  else if (sample.error.empty())
    sample.error = complaint(run);
  return sample;
}

Sample run_sidestep(const std::string& arm, const Load& load, const Setup& setup) {
  const TraceSummary summary = trace(arm, hot_command(load, 1), setup);
  Sample sample = from_tracee(summary.run);
  if (!summary.valid && sample.error.empty()) sample.error = "no summary record";
  sample.hits = summary.hits;
  sample.tracer_us = summary.tracer_us_per_hit;
  return sample;
}

}  // namespace

const std::vector<std::string>& all_arms() {
  static const std::vector<std::string> kArms = {
      "untraced", "floor", "floor-unpinned", "displaced", "displaced-single", "all-stop", "lift"};
  return kArms;
}

bool is_traced(const std::string& arm) {
  return sidestep_options().contains(arm);
}

Sample run_hot(const std::string& arm, const Load& load, const Setup& setup) try {
  if (arm == "untraced") return run_untraced(load, setup);
  if (arm == "floor") return run_floor(load, "--pinned", setup);
  if (arm == "floor-unpinned") return run_floor(load, "--unpinned", setup);
  return run_sidestep(arm, load, setup);
} catch (const std::exception& error) {
  return {.error = error.what()};
}

ServiceSample run_service(const std::string& arm, unsigned hot_threads, double seconds,
                          const Setup& setup) try {
  const Words command = {test::tracee("bystander"), std::to_string(hot_threads),
                         fmt::format("{:.3f}", seconds)};
  TraceSummary summary;
  if (is_traced(arm))
    summary = trace(arm, command, setup);
  else
    summary.run = test::run(command, {.timeout_s = setup.timeout_s});
  ServiceSample sample;
  if (!test::checks_held(summary.run)) sample.error = complaint(summary.run);
  sample.requests_per_s = real(summary.run, "requests_per_s");
  sample.eintr = test::number(summary.run.out, "eintr").value_or(0);
  sample.truth = test::arrivals(summary.run).value_or(0);
  sample.hits = summary.hits;
  sample.bystander_stops = summary.bystander_stops;
  return sample;
} catch (const std::exception& error) {
  return {.error = error.what()};
}

}  // namespace sidestep::bench
