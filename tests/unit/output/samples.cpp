#include "samples.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace sidestep::output {

ScratchFile::ScratchFile() {
  const char* base = std::getenv("TMPDIR");
  std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/sidestep-test-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  folder_ = pattern;
  path_ = folder_ + "/out";
}

ScratchFile::~ScratchFile() {
  ::unlink(path_.c_str());
  ::rmdir(folder_.c_str());
}

std::string ScratchFile::text() const {
  return read_file(path_);
}

Written::Written() : destination_(*Destination::open(file_.path())) {}

std::string Written::text() {
  if (!destination_->flush()) std::abort();
  return file_.text();
}

Environment::Environment(const char* name, const char* value)
    : name_(name), was_set_(std::getenv(name) != nullptr) {
  if (was_set_) before_ = std::getenv(name);
  value != nullptr ? setenv(name, value, 1) : unsetenv(name);
}

Environment::~Environment() {
  was_set_ ? setenv(name_.c_str(), before_.c_str(), 1) : unsetenv(name_.c_str());
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::vector<SiteInfo>& sites() {
  static const std::vector<SiteInfo> all = {
      {SiteId{0},
       Pid{4700},
       Address{0x7f0000001000},
       "libc.so.6",
       "/lib/libc.so.6",
       LoadOffset{0x1000},
       "malloc",
       0,
       SourceLine{"malloc/malloc.c", 3287},
       {ProbeId{0}, ProbeId{1}}},
      {SiteId{1},
       Pid{4700},
       Address{0x55550000113c},
       "server",
       "/srv/server",
       LoadOffset{0x113c},
       "parse",
       0x1c,
       {},
       {ProbeId{1}}},
      {SiteId{2},
       Pid{4700},
       Address{0x555500002000},
       "server",
       "/srv/server",
       LoadOffset{0x2000},
       "",
       0,
       {},
       {ProbeId{1}}},
  };
  return all;
}

StartEvent start_event() {
  return {kStart,          Pid{4700},     {"./server", "--port", "80"},
          Mode::Displaced, Step::Boosted, {"malloc", "/./"},
          sites(),         kRealStart};
}

HitEvent hit_event(std::size_t site, Nanoseconds after_start) {
  return {kStart + after_start, Pid{4700}, Tid{4711}, "worker-3", ProbeId{1},
          &sites().at(site),    17,        {},        {}};
}

HitEvent detailed_hit() {
  HitEvent hit = hit_event(1, 2'002'000'000);
  hit.args = arguments();
  hit.stack = frames();
  return hit;
}

ReturnEvent return_event() {
  ReturnEvent call;
  call.ts = kStart + 2'003'000'000;
  call.pid = {4700};
  call.tid = {4711};
  call.comm = "worker-3";
  call.probe = ProbeId{0};
  call.site = &sites()[0];
  call.seq = 19;
  call.args = {{"bytes", {std::uint64_t{24}}}};
  call.ret = Value{Value::Pointer{{0x7f00000a0010}, ""}};
  call.gross = 125'999;
  call.net = 123'456;
  return call;
}

std::vector<Argument> arguments() {
  return {{"buf", {Value::Text{"GET /\n", true}}}, {"len", {std::int64_t{-5}}}};
}

std::vector<Frame> frames() {
  return {{{0x55550000113c}, "parse", 0x1c, "server", {0x113c}, SourceLine{"parse.c", 12}},
          {{0x7f0000001234}, "", 0, "libc.so.6", {0x1234}, {}},
          {{0x7f00ffff0000}, "", 0, "", {}, {}}};
}

ProbeTally tally(std::string probe, std::uint64_t sites, std::uint64_t hits,
                 std::vector<FunctionTally> functions) {
  ProbeTally made;
  made.probe = std::move(probe);
  made.sites = sites;
  made.hits = hits;
  made.functions = std::move(functions);
  return made;
}

FunctionTally function_tally(std::string func, std::string module, std::uint64_t sites,
                             std::uint64_t hits) {
  return {std::move(func), std::move(module), sites, hits, 0, 0};
}

ThreadEvent thread_event(ThreadEvent::What what, ExitStatus exit) {
  return {kStart, Pid{4700}, Tid{4711}, "worker-3", what, exit, 18};
}

ExitEvent exit_event(ExitStatus exit) {
  return {kStart, Pid{4700}, exit, "server"};
}

GapEvent gap_event(std::string reason) {
  return {kStart, Pid{4700}, std::move(reason)};
}

Summary summary() {
  Summary sum;
  sum.hits = sum.completed = 160000;
  sum.missed = 0;
  sum.audit = "held";
  sum.waits = 160021;
  sum.duration_s = 2.01;
  sum.tracer_us_per_hit = 3.1;
  sum.tracer_cpu_s = 0.9;
  sum.probes = {tally("target", 1, 160000, {function_tally("target", "spin", 1, 160000)})};
  sum.processes = {{Pid{4700}, Exited{0}}};
  return sum;
}

std::vector<Event> whole_run() {
  HitEvent shared = hit_event(0, 1'500'000);
  shared.probe = ProbeId{0};
  return {start_event(),
          thread_event(ThreadEvent::What::Started),
          shared,
          hit_event(0, 1'500'000),
          hit_event(1, 2'000'999'999),
          hit_event(2, 2'001'000'000),
          detailed_hit(),
          return_event(),
          gap_event("libfoo.so can't be read"),
          thread_event(ThreadEvent::What::Exited, Exited{0}),
          exit_event(Signaled{11}),
          summary()};
}

}  // namespace sidestep::output
