// Text that is not one instruction after the other (tracee tangled), every instruction armed: the
// program finds each function right and each byte of its data untouched; and what `list` says of
// each label is what tangled.S knows to be there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "race/exactness.hpp"

namespace sidestep::test {
namespace {

const std::string every_instruction = "*@MAIN%insn";

struct Label {
  std::string kind, name;
  unsigned long begin = 0, end = 0;
};

std::vector<Label> labels() {
  std::istringstream lines(run({tracee("tangled"), "--labels"}).out);
  std::vector<Label> all;
  for (Label one; lines >> one.kind >> one.name >> one.begin >> one.end;) all.push_back(one);
  return all;
}

/// What `list` says, by address: those that can be armed, and the lines of those that can't.
struct Listed {
  std::set<unsigned long> armed;
  std::map<unsigned long, std::string> refused;
};

Listed listed() {
  Listed all;
  std::istringstream lines(
      run({binary("sidestep"), "list", "-x", every_instruction, tracee("tangled")}).out);
  for (std::string line; std::getline(lines, line);) {
    const auto number = line.find("0x");
    if (number == std::string::npos) continue;
    const unsigned long address = std::strtoul(line.c_str() + number, nullptr, 16);
    if (line.starts_with('!'))
      all.refused[address] = line;
    else
      all.armed.insert(address);
  }
  return all;
}

class Tangled : public testing::TestWithParam<Mode> {};

TEST_P(Tangled, FindsNothingWrong) {
  const std::uint64_t rounds = 20;
  std::vector<std::string> args = GetParam().args;
  args.insert(args.end(), {"--strict", "-x", every_instruction});
  const TraceSummary traced = trace(args, {tracee("tangled"), std::to_string(rounds)});
  const RunResult untraced = run({tracee("tangled"), std::to_string(rounds)});
  ASSERT_TRUE(traced.valid) << story(traced);
  EXPECT_TRUE(checks_held(traced.run)) << story(traced);
  EXPECT_EQ(traced.run.out, untraced.out) << story(traced);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  EXPECT_EQ(traced.audit, "held") << story(traced);
  // A function called in each round was met at its first instruction, and at more than that.
  EXPECT_GT(traced.hits, 3 * arrivals(traced.run).value_or(1'000'000)) << story(traced);
}

INSTANTIATE_TEST_SUITE_P(System, Tangled, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

TEST(TangledLabels, AreTakenForWhatTheyAre) {
  const Listed list = listed();
  ASSERT_GE(labels().size(), 25U);
  for (const Label& label : labels()) {
    SCOPED_TRACE(label.kind + " " + label.name);
    if (label.kind == "code") {
      EXPECT_TRUE(list.armed.contains(label.begin));
    }
    if (label.kind == "inside") {
      EXPECT_FALSE(list.armed.contains(label.begin));
      EXPECT_TRUE(list.refused.contains(label.begin));
    }
    if (label.kind == "unproved") {
      EXPECT_FALSE(list.armed.contains(label.begin));
    }
    if (label.kind != "data") continue;
    for (unsigned long at = label.begin; at < label.end; ++at)
      EXPECT_FALSE(list.armed.contains(at)) << "byte " << at - label.begin;
  }
}

TEST(TangledLabels, DoubtIsSaidWithItsReason) {
  const std::map<std::string, std::string> reasons = {
      {"pick_table", "other code reads it as data"},
      {"scaled_factor", "other code reads it as data"},
      {"inline_text_words", "does not decode as code"},
      {"inline_code_words", "a call goes over it"},
      {"after_leave", "leads to bytes that are no instruction"},
      {"maybe_locked_inside", "begins inside another instruction"}};
  const Listed list = listed();
  std::size_t seen = 0;
  for (const Label& label : labels()) {
    const auto reason = reasons.find(label.name);
    if (reason == reasons.end()) continue;
    ++seen;
    const auto line = list.refused.find(label.begin);
    ASSERT_NE(line, list.refused.end()) << label.name;
    EXPECT_NE(line->second.find(reason->second), std::string::npos) << line->second;
  }
  EXPECT_EQ(seen, reasons.size());
}

}  // namespace
}  // namespace sidestep::test
