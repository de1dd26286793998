// C++ exceptions through armed frames and an armed unwinder; Go; git.
#include "support/run.hpp"
#include "system/torture/workload.hpp"

namespace sidestep::test {
namespace {

Workload thrower(Scale scale) {
  Workload one = {.name = "thrower",
                  .command = {tracee("thrower"), std::to_string(scale.factor), "2"},
                  .probes = {"*@MAIN", "*@libstdc++.so*", "*@libgcc_s.so*"},
                  .least_sites = 200'000,
                  .least_hits = 300'000};
  if (!scale.quick) one.probes.insert(one.probes.end(), {"*@libc.so*", "*@ld-linux*"});
  return one;
}

/// Its lines come in any order, and it says how long it took.
Workload gophers(Scale scale) {
  const std::string lines = std::to_string((scale.quick ? 6 : 20) * scale.factor);
  return {.name = "go",
          .command = {"sh", "-c", tracee("gophers") + " 4 " + lines + " 2>err | sort; grep ok err"},
          .probes = {"main.*@gophers", "fmt.*@gophers", "runtime.*@gophers"},
          .environment = {{"GOMAXPROCS", "2"}},
          .options = {"-f"},
          .least_sites = 80'000,
          .least_hits = 100'000,
          .most_entries = scale.quick ? 200U : 5000U};
}

const std::map<std::string, std::string> git_environment = {
    {"HOME", "/nonexistent"},
    {"GIT_CONFIG_NOSYSTEM", "1"},
    {"GIT_AUTHOR_NAME", "A"},
    {"GIT_AUTHOR_EMAIL", "a@example.org"},
    {"GIT_AUTHOR_DATE", "2020-02-02T02:02:02Z"},
    {"GIT_COMMITTER_NAME", "C"},
    {"GIT_COMMITTER_EMAIL", "c@example.org"},
    {"GIT_COMMITTER_DATE", "2020-02-02T03:02:02Z"},
    {"GIT_PAGER", "cat"}};

const char* const make_repository =
    "git init -q -b main .; git add text; git commit -q -m first\n"
    "sed -i 's/holds/keeps/; 3d' text; git add text; git commit -q -m second\n"
    "git checkout -q -b side HEAD~1; echo more >other; git add other; git commit -q -m third\n"
    "git checkout -q main; git merge -q -m merge side\n";

Workload git(const char* name, std::vector<std::string> command, Scale scale) {
  return {.name = name,
          .command = std::move(command),
          .probes = {"*@git", "*@libz.so*"},
          .files = {{"text", sample_text(20 * scale.factor)}},
          .environment = git_environment,
          .least_sites = 300'000,
          .least_hits = 200'000};
}

std::vector<Workload> gits(Scale scale) {
  Workload log = git("git-log", {"git", "log", "-p", "--stat", "--graph"}, scale);
  log.setup = make_repository;
  Workload all = git("git",
                     {"sh", "-ec",
                      std::string(make_repository) +
                          "git log -p --stat --graph; git repack -q -a -d; git fsck --strict; "
                          "git blame text; git rev-parse HEAD; git status --short"},
                     scale);
  all.options = {"-f"};
  return scale.quick ? std::vector{log} : std::vector{log, all};
}

}  // namespace

std::vector<Workload> compiled(Scale scale) {
  std::vector<Workload> table = {thrower(scale)};
#ifdef SIDESTEP_HAVE_GO
  table.push_back(gophers(scale));
#endif
  for (Workload& one : gits(scale)) table.push_back(std::move(one));
  return table;
}

}  // namespace sidestep::test
