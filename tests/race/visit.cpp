#include "race/visit.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "race/exactness.hpp"
#include "race/session.hpp"

namespace sidestep::test {
namespace {

std::vector<std::string> command(pid_t pid, const std::vector<std::string>& args,
                                 std::vector<std::string> prefix) {
  prefix.insert(prefix.end(), {binary("sidestep"), "--format", "jsonl", "-o", "|cat"});
  prefix.insert(prefix.end(), args.begin(), args.end());
  prefix.insert(prefix.end(), {"-p", std::to_string(pid)});
  return prefix;
}

}  // namespace

int byte_at(pid_t pid, std::uint64_t address) {
  const int memory = open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  unsigned char byte = 0;
  const bool read = pread(memory, &byte, 1, static_cast<off_t>(address)) == 1;
  close(memory);
  return read ? byte : -1;
}

Visit::Visit(pid_t pid, const std::vector<std::string>& args, std::vector<std::string> prefix)
    : pid_(pid), tracer_(command(pid, args, std::move(prefix))) {}

bool Visit::armed() {
  if (!tracer_.wait_for("\"type\":\"start\"")) return false;
  site_ = json_hex(last_record(tracer_.said(), "start"), "ip").value_or(0);
  constexpr int trap = 0xcc;  // the start record is written just before the traps are
  while (byte_at(pid_, site_) != trap)
    if (!tracer_.running()) return false;
  return true;
}

TraceSummary Visit::leave() {
  kill(tracer_.pid(), SIGINT);
  return finish();
}

TraceSummary Visit::finish() {
  RunResult result = tracer_.finish();
  TraceSummary summary = parse_summary(last_record(result.out, "summary"));
  summary.run = std::move(result);
  return summary;
}

void expect_exact_window(Background& program, pid_t pid, const std::vector<std::string>& args,
                         const std::vector<std::string>& prefix, unsigned window) {
  Visit visit(pid, args, prefix);
  ASSERT_TRUE(visit.armed()) << story(visit.finish());
  program.tell("w " + std::to_string(window));
  ASSERT_TRUE(program.wait_for("window=")) << program.said();
  const TraceSummary traced = visit.leave();
  ASSERT_TRUE(traced.valid) << story(traced);
  EXPECT_EQ(traced.hits, number(program.said(), "window")) << story(traced);
  EXPECT_GT(traced.hits, 0U);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  EXPECT_EQ(traced.audit, "held");
  EXPECT_EQ(traced.bystander_stops, 0U);
  EXPECT_EQ(tracer_of(pid), 0);
  EXPECT_EQ(stopped_threads(pid), 0U);
  EXPECT_NE(byte_at(pid, visit.site()), 0xcc);
}

}  // namespace sidestep::test
