#include "statistics.hpp"

#include <algorithm>
#include <functional>

namespace sidestep::bench {
namespace {

template <typename Samples, typename Value>
std::vector<double> values_of(const Samples& samples, Value value) {
  std::vector<double> result;
  for (const auto& sample : samples)
    if (sample.error.empty()) result.push_back(value(sample));
  return result;
}

// Ratios of `samples` to `base`, repetition by repetition, where both have a value.
template <typename Samples, typename Value>
std::vector<double> ratios(const Samples& samples, const Samples& base, Value value) {
  std::vector<double> result;
  for (std::size_t i = 0; i < std::min(samples.size(), base.size()); ++i) {
    if (!samples[i].error.empty() || !base[i].error.empty() || value(base[i]) <= 0) continue;
    result.push_back(value(samples[i]) / value(base[i]));
  }
  return result;
}

template <typename Result>
void first_error(Result& result) {
  for (const auto& sample : result.samples)
    if (result.error.empty()) result.error = sample.error;
}

const HotResult* find(const Results& results, const std::string& arm, unsigned threads) {
  for (const HotResult& one : results.hot)
    if (one.arm == arm && one.load.threads == threads) return &one;
  return nullptr;
}

void evaluate_hot(HotResult& result, const Results& results) {
  first_error(result);
  const HotResult* untraced = find(results, "untraced", result.load.threads);
  if (untraced != nullptr)
    result.slowdown =
        spread_of(ratios(result.samples, untraced->samples, std::mem_fn(&Sample::us_per_call)));
  if (result.arm == "untraced") return;
  result.rate = spread_of(values_of(result.samples, std::mem_fn(&Sample::rate)));
  result.us_per_hit = spread_of(values_of(result.samples, std::mem_fn(&Sample::us_per_hit)));
  if (is_traced(result.arm))
    result.tracer_us = spread_of(
        values_of(result.samples, [](const Sample& one) { return one.tracer_us.value_or(0); }));
  if (const HotResult* floor = find(results, "floor", result.load.threads))
    result.over_floor =
        spread_of(ratios(result.samples, floor->samples, std::mem_fn(&Sample::us_per_hit)));
  for (const Sample& one : result.samples) {
    if (!one.error.empty()) continue;
    result.missed += one.missed();
    result.truth += one.truth;
  }
}

void evaluate_service(ServiceResult& result, const ServiceResult* untraced) {
  first_error(result);
  const auto rate = [](const ServiceSample& one) { return one.requests_per_s; };
  result.requests_per_s = spread_of(values_of(result.samples, rate));
  if (untraced != nullptr)
    result.of_untraced = spread_of(ratios(result.samples, untraced->samples, rate));
  for (const ServiceSample& one : result.samples) {
    result.eintr += one.eintr;
    result.bystander_stops += one.bystander_stops;
    result.hits += one.hits;
    if (is_traced(result.arm)) result.missed += static_cast<std::int64_t>(one.truth - one.hits);
  }
}

}  // namespace

std::optional<Spread> spread_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return Spread{median, values.front(), values.back()};
}

void evaluate(Results& results) {
  for (HotResult& one : results.hot) evaluate_hot(one, results);
  const auto untraced =
      std::find_if(results.service.begin(), results.service.end(),
                   [](const ServiceResult& one) { return one.arm == "untraced"; });
  for (ServiceResult& one : results.service)
    evaluate_service(one, untraced == results.service.end() ? nullptr : &*untraced);
}

}  // namespace sidestep::bench
