// Seeded random interleavings of the real Engine on a scripted kernel. A failure prints its seed;
// the same seed gives the same run. SIDESTEP_SEED=n in the environment starts elsewhere.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "simulation.hpp"

namespace sidestep::core::test {
namespace {

unsigned first_seed() {
  const char* given = std::getenv("SIDESTEP_SEED");
  return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : 1;
}

constexpr unsigned runs = 1000;

/// Runs `runs` seeds; `check` judges each outcome besides what must hold in every mode.
template <class Check>
void interleave(Plan plan, Check check) {
  std::uint64_t hits = 0;
  unsigned bad = 0;
  for (plan.seed = first_seed(); plan.seed < first_seed() + runs && bad < 3; ++plan.seed) {
    const Outcome out = simulate(plan);
    hits += out.account.hits;
    const bool right = out.wrong.empty() && out.account.audit == "held" && check(out);
    if (right) continue;
    ++bad;
    ADD_FAILURE() << plan.mode.name << ", seed " << plan.seed << ": " << out.text();
  }
  std::printf("%s: %u runs from seed %u, %llu hits\n", plan.mode.name.c_str(), runs, first_seed(),
              static_cast<unsigned long long>(hits));
  EXPECT_GT(hits, runs * 5u);  // something was traced
}

bool nobody_was_asked_to_stop(const Outcome& out) {
  return out.interrupts == 0 && out.account.bystander_stops == 0;
}
bool anything(const Outcome&) {
  return true;
}

TEST(Interleaving, BoostedSeesEachArrivalOnce) {
  interleave({boosted()}, nobody_was_asked_to_stop);
}

TEST(Interleaving, SingleSeesEachArrivalOnce) {
  interleave({single()}, nobody_was_asked_to_stop);
}

TEST(Interleaving, AllStopSeesEachArrivalOnce) {
  interleave({.mode = all_stop(), .strings = false}, anything);
}

TEST(Interleaving, BoostedCanLeaveAtAnyInstant) {
  interleave({.mode = boosted(), .stops = true}, nobody_was_asked_to_stop);
}

TEST(Interleaving, SingleCanLeaveAtAnyInstant) {
  interleave({.mode = single(), .stops = true}, nobody_was_asked_to_stop);
}

TEST(Interleaving, AllStopCanLeaveAtAnyInstant) {
  interleave({.mode = all_stop(), .stops = true, .strings = false}, anything);
}

/// Asked to stop before the exec, at its stop, and while a thread is borrowed to map the slots:
/// nothing is armed any more, nothing is reported.
TEST(Interleaving, AStopAtTheBeginningArmsNothing) {
  for (std::uint64_t wait = 1; wait <= 4; ++wait)
    for (unsigned seed = first_seed(); seed < first_seed() + 100; ++seed) {
      const Outcome out =
          simulate({.mode = boosted(), .seed = seed, .stops = true, .stops_at = wait});
      ASSERT_TRUE(out.wrong.empty() && out.account.hits == 0 && out.left_early)
          << "seed " << seed << ", wait " << wait << ": " << out.text();
    }
}

/// Sometimes the new image has come so far, before the first look at the process, that it is armed
/// already: that look must not take its traps for those of an earlier session.
TEST(Interleaving, AttachingInTheMiddleOfAnExecSeesEachArrivalOnce) {
  interleave({.mode = boosted(), .attached = true}, nobody_was_asked_to_stop);
}

TEST(Interleaving, AllStopAttachesInTheMiddleOfAnExec) {
  interleave({.mode = all_stop(), .strings = false, .attached = true}, anything);
}

/// All iterations of a string instruction are one arrival (engine.md, bugs that others shipped).
TEST(Interleaving, AllStopSeesAStringInstructionOnce) {
  interleave({all_stop()}, anything);
}

/// The control: the same harness must be able to see a loss.
TEST(Interleaving, LiftLoses) {
  Plan plan{.mode = lift(), .strings = false};
  std::uint64_t hits = 0, arrivals = 0;
  unsigned losing = 0;
  for (plan.seed = first_seed(); plan.seed < first_seed() + runs; ++plan.seed) {
    const Outcome out = simulate(plan);
    EXPECT_TRUE(out.wrong.empty()) << "seed " << plan.seed << ": " << out.text();
    losing += out.account.hits < out.arrivals;
    hits += out.account.hits, arrivals += out.arrivals;
  }
  std::printf("lift: lost arrivals in %u of %u runs, %llu of %llu\n", losing, runs,
              static_cast<unsigned long long>(arrivals - hits),
              static_cast<unsigned long long>(arrivals));
  EXPECT_GT(losing, 0u);
}

/// A mode's policy, and how often it was asked to get a thread past a site.
class Counting final : public Policy {
 public:
  explicit Counting(const Policy& real) : real_(real) {}
  Transition pass(const SitePlan& site, const View& view) const override {
    ++passes;
    return real_.pass(site, view);
  }
  std::optional<Address> shortcut(const SitePlan& site) const override {
    return real_.shortcut(site);
  }
  Transition turn(const SitePlan& site, bool counted) const override {
    return real_.turn(site, counted);
  }
  bool stops_others() const override { return real_.stops_others(); }
  bool in_place() const override { return real_.in_place(); }

  mutable std::uint64_t passes = 0;

 private:
  const Policy& real_;
};

TEST(Interleaving, MostHitsTakeTheShortcut) {
  const Counting policy(boosted().policy);
  const Mode mode{"counted", policy};
  std::uint64_t hits = 0;
  for (unsigned seed = first_seed(); seed < first_seed() + 100; ++seed)
    hits += simulate({.mode = mode, .seed = seed}).account.hits;
  EXPECT_GT(hits, 1000u);
  EXPECT_LT(policy.passes, hits / 2);
}

/// With a journal each hit goes the long way; without, most take the shortcut.
TEST(Interleaving, TheShortcutComesToTheSameAsTheLongWay) {
  const std::string path = testing::TempDir() + "sidestep-way-" + std::to_string(getpid());
  std::uint64_t hits = 0;
  for (const Mode* mode : {&boosted(), &single(), &all_stop()})
    for (const bool stops : {false, true})
      for (unsigned seed = first_seed(); seed < first_seed() + 100; ++seed) {
        const Outcome brief = simulate({.mode = *mode, .seed = seed, .stops = stops});
        const Outcome full =
            simulate({.mode = *mode, .seed = seed, .stops = stops, .journal = path});
        ASSERT_EQ(brief.text(), full.text()) << mode->name << ", seed " << seed;
        ASSERT_EQ(brief.slot_runs, full.slot_runs) << mode->name << ", seed " << seed;
        ASSERT_EQ(brief.account.waits, full.account.waits) << mode->name << ", seed " << seed;
        hits += brief.account.hits;
      }
  std::filesystem::remove(path);
  EXPECT_GT(hits, 1000u);
}

/// A race seen in the field becomes a unit test: what --journal writes replays.
TEST(Interleaving, ARunsJournalReplays) {
  const std::string path = testing::TempDir() + "sidestep-run-" + std::to_string(getpid());
  for (const Mode* mode : {&boosted(), &single(), &all_stop()}) {
    const Outcome out = simulate({.mode = *mode, .seed = first_seed(), .journal = path});
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    std::filesystem::remove(path);
    const auto steps = replay(text.str(), mode->policy, own_policy());
    ASSERT_TRUE(steps) << steps.error().message;
    EXPECT_GT(*steps, out.account.hits);
  }
}

}  // namespace
}  // namespace sidestep::core::test
