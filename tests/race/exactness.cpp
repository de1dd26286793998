#include "race/exactness.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <cstdlib>
#include <ostream>

namespace sidestep::test {
namespace {

constexpr std::size_t kTail = 3000;

std::string tail(const std::string& text) {
  return text.size() <= kTail ? text : "[...]" + text.substr(text.size() - kTail);
}

void expect_clean(const TraceSummary& traced) {
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  EXPECT_EQ(traced.lost, 0U) << story(traced);
  EXPECT_EQ(traced.audit, "held") << story(traced);
}

}  // namespace

const std::vector<Mode>& exact_modes() {
  static const std::vector<Mode> modes = {
      {"Boosted", {"--mode", "displaced", "--step", "boosted"}, false},
      {"Single", {"--mode", "displaced", "--step", "single"}, false},
      {"AllStop", {"--mode", "all-stop"}, true}};
  return modes;
}

const Mode& lift() {
  static const Mode mode = {"Lift", {"--mode", "lift"}, false};
  return mode;
}

std::string mode_name(const Mode& mode) {
  return mode.name;
}

void PrintTo(const Mode& mode, std::ostream* out) {
  *out << mode.name;
}

std::string story(const TraceSummary& traced) {
  return "\nexit " + std::to_string(traced.run.exit_code) + " signal " +
         std::to_string(traced.run.signal) + (traced.run.timed_out ? " TIMED OUT" : "") +
         " after " + std::to_string(traced.run.seconds) + " s\n" + tail(traced.run.out) +
         tail(traced.run.err) + tail(traced.json) + "\n";
}

void expect_exact(const TraceSummary& traced) {
  const auto truth = arrivals(traced.run);
  ASSERT_TRUE(truth.has_value()) << story(traced);
  expect_exact(traced, *truth);
}

void expect_exact(const TraceSummary& traced, std::uint64_t truth) {
  ASSERT_TRUE(traced.valid) << story(traced);
  EXPECT_TRUE(checks_held(traced.run)) << story(traced);
  EXPECT_EQ(traced.hits, truth) << story(traced);
  expect_clean(traced);
}

void expect_loses(const TraceSummary& traced) {
  ASSERT_TRUE(traced.valid) << story(traced);
  EXPECT_TRUE(checks_held(traced.run)) << story(traced);
  const std::uint64_t truth = arrivals(traced.run).value_or(0);
  EXPECT_LT(traced.hits, truth) << story(traced);
  EXPECT_GT(traced.hits, 0U) << story(traced);
  EXPECT_FALSE(traced.missed.has_value()) << story(traced);
}

std::map<std::string, std::uint64_t> function_hits(const TraceSummary& traced) {
  std::map<std::string, std::uint64_t> result;
  rapidjson::Document summary;
  summary.Parse(traced.json.data(), traced.json.size());
  if (summary.HasParseError() || !summary.IsObject()) return result;
  for (const auto& probe : summary["probes"].GetArray())
    for (const auto& one : probe["functions"].GetArray())
      if (one["func"].IsString()) result[one["func"].GetString()] += one["hits"].GetUint64();
  return result;
}

bool long_forms() {
  const char* value = std::getenv("SIDESTEP_LONG");
  return value != nullptr && std::string(value) == "1";
}

}  // namespace sidestep::test
