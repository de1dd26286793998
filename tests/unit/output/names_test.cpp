#include "output/names.hpp"

#include <gtest/gtest.h>
#include <signal.h>

namespace sidestep::output {
namespace {

SiteInfo named(std::string func, std::uint64_t func_off = 0) {
  SiteInfo site;
  site.ip = {0x401136};
  site.module = "prog";
  site.off = {0x1136};
  site.func = std::move(func);
  site.func_off = func_off;
  return site;
}

TEST(Names, ModesAndStepsAreSpelledAsTheOptionsAre) {
  EXPECT_EQ(mode_name(Mode::Displaced), "displaced");
  EXPECT_EQ(mode_name(Mode::AllStop), "all-stop");
  EXPECT_EQ(mode_name(Mode::Lift), "lift");
  EXPECT_EQ(step_name(Step::Boosted), "boosted");
  EXPECT_EQ(step_name(Step::Single), "single");
}

TEST(Names, Signals) {
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(SIGKILL), "SIGKILL");
  EXPECT_EQ(signal_name(SIGRTMIN), "SIGRTMIN");
  EXPECT_EQ(signal_name(SIGRTMIN + 2), "SIGRTMIN+2");
  EXPECT_EQ(signal_name(32), "SIG32");
  EXPECT_EQ(signal_name(99), "SIG99");
}

TEST(Names, Endings) {
  EXPECT_EQ(describe(ExitStatus(Exited{3})), "exited with 3");
  EXPECT_EQ(describe(ExitStatus(Signaled{SIGKILL})), "killed by SIGKILL");
  EXPECT_EQ(describe(ExitStatus()), "still running");
}

TEST(SiteLabel, EntryInsideAndUnknown) {
  EXPECT_EQ(site_label(named("func")), "func()");
  EXPECT_EQ(site_label(named("func", 0x1c)), "func+0x1c");
  EXPECT_EQ(site_label(named("")), "prog+0x1136");
  SiteInfo nowhere = named("");
  nowhere.module.clear();
  EXPECT_EQ(site_label(nowhere), "0x401136");
}

TEST(SiteLabel, ParametersAreNotFollowedByMore) {
  EXPECT_EQ(site_label(named("ns::Server::handle(int)")), "ns::Server::handle(int)");
  EXPECT_EQ(site_label(named("ns::Server::size() const")), "ns::Server::size() const");
  EXPECT_EQ(site_label(named("f(int) [clone .cold]")), "f(int) [clone .cold]");
  EXPECT_EQ(site_label(named("main.(*Server).Serve")), "main.(*Server).Serve()");  // Go
  EXPECT_EQ(site_label(named("Less::operator()")), "Less::operator()()");
  EXPECT_EQ(site_label(named("f(int)", 4)), "f(int)+0x4");
}

TEST(SiteLabel, IsFitForATerminal) {
  EXPECT_EQ(site_label(named("a\x1b[2J")), "a\\x1b[2J()");
}

}  // namespace
}  // namespace sidestep::output
