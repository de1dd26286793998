// Programs of Debian, and our own, that do a known piece of work with every instruction of some of
// their code armed. One table of them serves torture_test and scripts/torture.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sidestep::test {

struct Workload {
  std::string name;
  // Run in a directory that holds `files` and what `setup` made of them (by sh, never traced).
  std::vector<std::string> command;
  std::vector<std::string> probes;  // without %insn, which is added
  std::map<std::string, std::string> files = {};
  std::string setup = {};
  std::string input = {};
  std::map<std::string, std::string> environment = {};
  std::vector<std::string> options = {};  // of sidestep: --step single, -f
  // What must be armed and arrive at least: a workload that does nothing proves nothing.
  std::uint64_t least_sites = 0, least_hits = 0;
  // Functions that are entered more often than this are left out: what a program's start-up does
  // over and over would take most of the time. 0: none is. They are found by a run of its own,
  // which arms the entries: of `warm_up`, if there is one.
  std::uint64_t most_entries = 0;
  std::vector<std::string> warm_up = {};
};

struct Scale {
  bool quick = true;    // the subset, with most_entries where it saves much
  unsigned factor = 1;  // multiplies the work
};

std::vector<Workload> workloads(Scale scale);

// The parts of the table, by kind of program.
std::vector<Workload> packers(Scale scale);
std::vector<Workload> ciphers(Scale scale);
std::vector<Workload> interpreters(Scale scale);
std::vector<Workload> compiled(Scale scale);

// `lines` lines of words and numbers, always the same.
std::string sample_text(unsigned lines);
// A file of torture/scripts.
std::string script(const std::string& name);

}  // namespace sidestep::test
