// The formats to the byte. Readers depend on them: a change here is a change of the contract.
// With SIDESTEP_REGOLD=1 in the environment the files are written anew; read the difference.
#include <gtest/gtest.h>
#include <time.h>

#include <cstdlib>
#include <fstream>

#include "output/jsonl.hpp"
#include "output/text.hpp"
#include "samples.hpp"

namespace sidestep::output {
namespace {

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = SIDESTEP_GOLDEN "/" + name;
  if (std::getenv("SIDESTEP_REGOLD") != nullptr) std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(text, read_file(path)) << path;
}

template <class Sink>
std::string whole_run_as(const OutputOptions& options) {
  Written written;
  Sink sink(options, written.destination());
  for (const Event& event : whole_run()) sink.write(event);
  return written.text();
}

TEST(Golden, Jsonl) {
  expect_golden("events.jsonl", whole_run_as<JsonlSink>({}));
}

TEST(Golden, Text) {
  OutputOptions options;
  options.color = Color::Never;
  expect_golden("events.txt", whole_run_as<TextSink>(options));
}

TEST(Golden, VerboseColoredText) {
  const Environment zone("TZ", "UTC");
  tzset();
  OutputOptions options;
  options.color = Color::Always;
  options.timestamps = Timestamps::Microseconds;
  options.verbosity = Verbosity::Verbose;
  expect_golden("events-verbose.txt", whole_run_as<TextSink>(options));
}

}  // namespace
}  // namespace sidestep::output
