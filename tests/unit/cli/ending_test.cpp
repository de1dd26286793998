#include "cli/ending.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "cli/untraced.hpp"

namespace sidestep::cli {
namespace {

Outcome ended(ExitStatus exit) {
  Outcome outcome;
  outcome.exit = exit;
  outcome.complete = true;
  return outcome;
}

TEST(Ending, IsTheCommands) {
  EXPECT_EQ(ending_for(ended(Exited{0}), Strictness::Lenient), (Ending{0, 0}));
  EXPECT_EQ(ending_for(ended(Exited{3}), Strictness::Lenient), (Ending{3, 0}));
  EXPECT_EQ(ending_for(ended(Signaled{SIGSEGV}), Strictness::Lenient), (Ending{139, SIGSEGV}));
  EXPECT_EQ(ending_for(ended({}), Strictness::Lenient), (Ending{0, 0}));
}

TEST(Ending, ByUsIsZero) {
  Outcome outcome = ended({});
  outcome.ended_by_us = true;
  EXPECT_EQ(ending_for(outcome, Strictness::Lenient), (Ending{0, 0}));
  outcome.exit = Exited{3};  // it ended while we did
  EXPECT_EQ(ending_for(outcome, Strictness::Strict), (Ending{0, 0}));
}

TEST(Ending, StrictGoesBefore) {
  Outcome outcome = ended(Signaled{SIGSEGV});
  outcome.complete = false;
  EXPECT_EQ(ending_for(outcome, Strictness::Strict), (Ending{120, 0}));
  EXPECT_EQ(ending_for(outcome, Strictness::Lenient).signal, SIGSEGV);
  outcome.ended_by_us = true;
  EXPECT_EQ(ending_for(outcome, Strictness::Strict), (Ending{120, 0}));
}

TEST(Ending, Errors) {
  EXPECT_EQ(ending_for(Error{ErrorKind::Usage, ""}).code, 2);
  EXPECT_EQ(ending_for(Error{ErrorKind::Setup, ""}).code, 125);
  EXPECT_EQ(ending_for(Error{ErrorKind::NotRunnable, ""}).code, 126);
  EXPECT_EQ(ending_for(Error{ErrorKind::NotFound, ""}).code, 127);
}

TEST(EndingDeathTest, DiesOfTheCommandsSignalWithoutACore) {
  EXPECT_EXIT(exit(end({139, SIGSEGV})), testing::KilledBySignal(SIGSEGV), "");
  const auto blocked = [] {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr);
    signal(SIGTERM, SIG_IGN);
    exit(end({143, SIGTERM}));
  };
  EXPECT_EXIT(blocked(), testing::KilledBySignal(SIGTERM), "");
}

TEST(EndingDeathTest, ASignalThatDoesNotKill) {
  EXPECT_EXIT(exit(end({128 + SIGWINCH, SIGWINCH})), testing::ExitedWithCode(128 + SIGWINCH), "");
}

TEST(EndingDeathTest, ComplaintsAreOneLine) {
  const auto complaint = [] {
    complain("unknown option '--a\nb\x1b[2J'");
    exit(2);
  };
  EXPECT_EXIT(complaint(), testing::ExitedWithCode(2),
              "^sidestep: unknown option '--a.b.\\[2J'\n$");
}

TEST(Untraced, TimesTheCommandAndPassesItsEndOn) {
  const auto run = run_untraced({"sh", "-c", "exit 3"});
  ASSERT_TRUE(run.ok());
  EXPECT_GT(run->seconds, 0);
  EXPECT_EQ(std::get<Exited>(run->exit).code, 3);
  const auto killed = run_untraced({"sh", "-c", "kill -KILL $$"});
  ASSERT_TRUE(killed.ok());
  EXPECT_EQ(std::get<Signaled>(killed->exit).signal, SIGKILL);
}

TEST(Untraced, CommandsThatCannotRun) {
  const auto missing = run_untraced({"nonexistent-command"});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
  EXPECT_EQ(missing.error().message,
            "'nonexistent-command': command not found; check its spelling and PATH");
  const auto folder = run_untraced({"/"});
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().kind, ErrorKind::NotRunnable);
  EXPECT_EQ(folder.error().message, "'/' can't be executed: Permission denied");
}

}  // namespace
}  // namespace sidestep::cli
