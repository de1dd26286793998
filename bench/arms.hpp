// One arm of the comparison: a way to run a self-counting tracee, and what one such run measured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sidestep::bench {

struct Load {
  unsigned threads = 1;
  std::uint64_t arrivals = 0;  // of all threads together
};

struct Sample {
  std::string error = {};  // why there is no measurement; empty: there is one
  std::uint64_t truth = 0, hits = 0;
  double seconds = 0;                    // of the hot loop, as the tracee saw it
  std::optional<double> tracer_us = {};  // the tracer's own figure: wait's return to resume

  double rate() const { return seconds > 0 ? static_cast<double>(hits) / seconds : 0; }
  double us_per_hit() const { return hits > 0 ? seconds * 1e6 / static_cast<double>(hits) : 0; }
  double us_per_call() const { return truth > 0 ? seconds * 1e6 / static_cast<double>(truth) : 0; }
  std::int64_t missed() const { return static_cast<std::int64_t>(truth - hits); }
};

struct ServiceSample {
  std::string error = {};
  double requests_per_s = 0;
  std::uint64_t eintr = 0, truth = 0, hits = 0, bystander_stops = 0;
};

struct Setup {
  std::string sidestep;            // the program
  std::vector<std::string> extra;  // further options for it
  double timeout_s = 120;
};

// untraced, floor, floor-unpinned, displaced, displaced-single, all-stop, lift
const std::vector<std::string>& all_arms();
bool is_traced(const std::string& arm);  // by sidestep

// One run of the hot loop; never throws for a run that fails, but says so in the sample.
Sample run_hot(const std::string& arm, const Load& load, const Setup& setup);
// One run of the service beside hot threads. Only untraced and sidestep's arms.
ServiceSample run_service(const std::string& arm, unsigned hot_threads, double seconds,
                          const Setup& setup);

}  // namespace sidestep::bench
