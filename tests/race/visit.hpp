// A visit to a running program: attach, know that the site is armed, and leave when told. No clock.
#pragma once

#include <string>
#include <vector>

#include "support/background.hpp"
#include "support/summary.hpp"

namespace sidestep::test {

class Visit {
 public:
  // PREFIX... sidestep ARGS... -p PID; a prefix is for being somebody else (setpriv, unshare).
  Visit(pid_t pid, const std::vector<std::string>& args, std::vector<std::string> prefix = {});

  // Waits for the first site's trap to stand in memory. False: sidestep has ended before.
  bool armed();
  std::uint64_t site() const { return site_; }  // its address
  pid_t tracer() const { return tracer_.pid(); }
  // Ctrl-C, and the account.
  TraceSummary leave();
  // The account of a run that ends by itself.
  TraceSummary finish();

 private:
  pid_t pid_;
  Background tracer_;
  std::uint64_t site_ = 0;
};

// The byte at an address of another process; -1: can't be read.
int byte_at(pid_t pid, std::uint64_t address);

// Attaches, has the program make `window` calls in each of `threads`, leaves: each is a hit. For
// programs that answer "w N" with window=TOTAL.
void expect_exact_window(Background& program, pid_t pid, const std::vector<std::string>& args,
                         const std::vector<std::string>& prefix = {}, unsigned window = 200);

}  // namespace sidestep::test
