// What the Journal class writes replays through advance(), and a line that was tampered with does
// not.
#include "core/journal.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "fixtures.hpp"

namespace sidestep::core::test {
namespace {

/// A file that only this test process writes.
std::string journal_path() {
  return testing::TempDir() + "sidestep-journal-" + std::to_string(getpid());
}

/// A thread's life, event by event, recorded as the engine would.
std::string recorded(const Mode& mode, const std::vector<StopEvent>& script) {
  const std::string path = journal_path();
  {
    auto journal = Journal::open(path, false);
    for (std::uint32_t c = 1; c <= classes; ++c) journal.value()->site(plan_of(c));
    ThreadState state = state::Newborn{};
    ProcessState process = ProcessState::Tracing;
    for (const StopEvent& event : script) {
      const View view{state, Role::Member, process, false, sites(), mode.policy, own_policy()};
      const Transition t = advance(view, event);
      journal.value()->step({42}, view, event, t);
      state = t.next;
      process = t.process.value_or(process);
    }
  }
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  std::filesystem::remove(path);
  return text.str();
}

std::string displaced_run() {
  const Spot slot_start = spots(plain)[2];
  const stop::Signal signal{sigusr1, false, Disposition::Handled, slot_start.place};
  return recorded(boosted(),
                  {stop::Nudge{}, stop::Trap{id(plain), false}, signal,
                   stop::TwinEnd{id(plain), plan_of(plain).next()}, stop::Trap{id(syscall), false},
                   stop::Syscall{false}, stop::Syscall{true}, stop::Trap{id(syscall), true},
                   stop::Exit{spots(plain)[0].place}});
}

TEST(Journal, ReplaysWhatItRecorded) {
  const std::string text = displaced_run();
  EXPECT_NE(text.find("step 42 0 0 0 Newborn() Nudge() -> transition(Free()"), std::string::npos);
  const auto steps = replay(text, boosted().policy, own_policy());
  ASSERT_TRUE(steps) << steps.error().message;
  EXPECT_EQ(*steps, 9u);
}

TEST(Journal, ReplaysAnAllStopTurn) {
  const std::string text =
      recorded(all_stop(), {stop::Nudge{}, stop::Trap{id(plain), false}, stop::Turn{},
                            stop::TraceTrap{spots(plain)[0].place, false, Disposition::Fatal},
                            stop::Release{}});
  const auto steps = replay(text, all_stop().policy, own_policy());
  ASSERT_TRUE(steps) << steps.error().message;
  EXPECT_EQ(*steps, 5u);
}

TEST(Journal, AnotherModesPolicyIsNoticed) {
  const auto steps = replay(displaced_run(), single().policy, own_policy());
  ASSERT_FALSE(steps);
  EXPECT_NE(steps.error().message.find("journal line 13 gives"), std::string::npos)
      << steps.error().message;  // eleven sites, the newborn's stop, then the first hit
}

TEST(Journal, ATransitionThatDiffersIsShownWithItsLine) {
  std::string text = displaced_run();
  const std::string hold = "Hold() SetPc(0x90120)";
  text.replace(text.find(hold), hold.size(), "Hold() SetPc(0x90121)");
  const auto steps = replay(text, boosted().policy, own_policy());
  ASSERT_FALSE(steps);
  EXPECT_NE(steps.error().message.find("journal line 14 gives"), std::string::npos)
      << steps.error().message;
}

TEST(Journal, ALineThatIsCutIsShownWithItsNumber) {
  std::string text = displaced_run();
  text.resize(text.rfind(" -> "));
  const auto steps = replay(text, boosted().policy, own_policy());
  ASSERT_FALSE(steps);
  EXPECT_NE(steps.error().message.find("journal line 20 can't be read"), std::string::npos)
      << steps.error().message;
}

TEST(Journal, AFileThatCannotBeWrittenIsAnError) {
  const auto journal = Journal::open(testing::TempDir() + "no/such/folder/journal", false);
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().message.find("cannot write"), std::string::npos);
}

}  // namespace
}  // namespace sidestep::core::test
