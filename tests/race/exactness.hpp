// What every race test asks of a traced run: the tracee's own count against sidestep's, with ==.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "support/run.hpp"
#include "support/summary.hpp"

namespace sidestep::test {

struct Mode {
  const char* name;  // a test's suffix
  std::vector<std::string> args;
  bool bystanders_stop = false;
};

// displaced boosted, displaced single, all-stop; lift is the control, never among them.
const std::vector<Mode>& exact_modes();
const Mode& lift();
// Name printer for value-parametrised suites over modes.
std::string mode_name(const Mode& mode);
void PrintTo(const Mode& mode, std::ostream* out);

// Both accounts and the tail of each stream, for a failure's message.
std::string story(const TraceSummary& traced);

// The tracee's checks held, every arrival is one hit, nothing missed or lost, the audit held.
void expect_exact(const TraceSummary& traced);
// The same with a truth that the caller knows.
void expect_exact(const TraceSummary& traced, std::uint64_t truth);
// lift: fewer hits than arrivals, never claims to know how many are missing, harms nobody.
void expect_loses(const TraceSummary& traced);

// summary.probes[].functions[]: hits by function name, over all probes.
std::map<std::string, std::uint64_t> function_hits(const TraceSummary& traced);

// SIDESTEP_LONG=1: the forms that take minutes.
bool long_forms();

}  // namespace sidestep::test
