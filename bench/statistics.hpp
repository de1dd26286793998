// Median and spread of a few repetitions, and the results that the reports are made from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arms.hpp"

namespace sidestep::bench {

struct Spread {
  double median = 0, low = 0, high = 0;
};

std::optional<Spread> spread_of(std::vector<double> values);  // nothing for no values

// An arm under one load, all repetitions. Ratios are taken within a repetition, where the machine
// was the same for both sides, and their median is reported.
struct HotResult {
  std::string arm;
  Load load;
  std::vector<Sample> samples = {};
  std::optional<Spread> rate = {}, us_per_hit = {}, tracer_us = {}, over_floor = {}, slowdown = {};
  std::int64_t missed = 0;  // over all repetitions
  std::uint64_t truth = 0;
  std::string error = {};  // the first one
};

struct ServiceResult {
  std::string arm;
  std::vector<ServiceSample> samples = {};
  std::optional<Spread> requests_per_s = {}, of_untraced = {};
  std::uint64_t eintr = 0, bystander_stops = 0, hits = 0;
  std::int64_t missed = 0;
  std::string error = {};
};

struct Results {
  std::vector<HotResult> hot;
  std::vector<ServiceResult> service;
};

// Fill in everything but the samples.
void evaluate(Results& results);

}  // namespace sidestep::bench
