#include "system/torture/trial.hpp"

#include <rapidjson/document.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "support/summary.hpp"

namespace sidestep::test {
namespace {

constexpr double untraced_timeout_s = 60;

// What a workload begins with is made once (keys are random) and copied for each run, to the same
// path, so that a program that prints it prints the same.
class Directory {
 public:
  explicit Directory(const Workload& workload) {
    std::string name = (std::filesystem::temp_directory_path() / "torture-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
    make(workload);
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::current_path("/", ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  void enter_fresh_copy() const {
    std::filesystem::remove_all(path_ / "run");
    std::filesystem::copy(path_ / "made", path_ / "run", std::filesystem::copy_options::recursive);
    std::filesystem::current_path(path_ / "run");
  }

 private:
  void make(const Workload& workload) const {
    std::filesystem::create_directory(path_ / "made");
    std::filesystem::current_path(path_ / "made");
    for (const auto& [name, contents] : workload.files)
      std::ofstream(name, std::ios::binary) << contents;
    if (workload.setup.empty()) return;
    const RunResult made =
        run({"sh", "-ec", workload.setup},
            {.timeout_s = untraced_timeout_s, .environment = workload.environment});
    if (made.exit_code != 0) throw std::runtime_error("setup failed: " + made.err);
  }

  std::filesystem::path path_;
};

RunOptions options_for(const Workload& workload, double timeout_s) {
  return {.timeout_s = timeout_s, .input = workload.input, .environment = workload.environment};
}

std::vector<std::string> arguments(const Workload& workload, const char* suffix) {
  std::vector<std::string> result = {"-qq", "--strict", "--kill-on-exit"};
  result.insert(result.end(), workload.options.begin(), workload.options.end());
  for (const std::string& probe : workload.probes)
    result.insert(result.end(), {"-x", probe + suffix});
  return result;
}

// name@module of each function with more hits than that.
std::vector<std::string> busier_than(const TraceSummary& entries, std::uint64_t most) {
  std::vector<std::string> result;
  rapidjson::Document summary;
  summary.Parse(entries.json.data(), entries.json.size());
  for (const auto& probe : summary["probes"].GetArray())
    for (const auto& one : probe["functions"].GetArray())
      if (one["hits"].GetUint64() > most && one["func"].IsString())
        result.push_back(std::string(one["func"].GetString()) + "@" + one["module"].GetString());
  return result;
}

// What the traced run must leave out.
std::vector<std::string> exclusions(const Workload& workload, const Directory& directory,
                                    double timeout_s, Trial& trial) {
  if (workload.most_entries == 0) return {};
  directory.enter_fresh_copy();
  const auto& command = workload.warm_up.empty() ? workload.command : workload.warm_up;
  const TraceSummary entries =
      trace(arguments(workload, ""), command, options_for(workload, timeout_s));
  if (!entries.valid || entries.missed != 0U) {
    trial.problems.push_back("counting entries failed: " + entries.run.err + entries.json);
    return {};
  }
  std::vector<std::string> result;
  for (const std::string& name : busier_than(entries, workload.most_entries))
    result.insert(result.end(), {"-X", name});
  return result;
}

std::string ending(const RunResult& result) {
  if (result.timed_out) return "out of time";
  return result.signal != 0 ? "signal " + std::to_string(result.signal)
                            : "exit status " + std::to_string(result.exit_code);
}

std::string first_difference(const std::string& wanted, const std::string& got) {
  std::size_t at = 0;
  while (at < wanted.size() && at < got.size() && wanted[at] == got[at]) ++at;
  return " from byte " + std::to_string(at) + " of " + std::to_string(wanted.size()) + ", '" +
         got.substr(at, 300) + "'";
}

void compare(const RunResult& untraced, const RunResult& traced, Trial& trial) {
  if (ending(traced) != ending(untraced))
    trial.problems.push_back(ending(traced) + ", not " + ending(untraced));
  if (traced.out != untraced.out)
    trial.problems.push_back("output differs" + first_difference(untraced.out, traced.out));
  if (traced.err != untraced.err)
    trial.problems.push_back("standard error differs" + first_difference(untraced.err, traced.err));
}

void at_least(const char* what, std::uint64_t least, std::uint64_t got, Trial& trial) {
  if (got < least)
    trial.problems.push_back(std::to_string(got) + " " + what + ", at least " +
                             std::to_string(least) + " wanted");
}

void check_account(const Workload& workload, const TraceSummary& traced, Trial& trial) {
  if (!traced.valid) {
    trial.problems.push_back("no summary");
    return;
  }
  for (const ProbeSummary& probe : traced.probes) trial.sites += probe.sites;
  trial.hits = traced.hits;
  if (traced.missed != 0U || traced.audit != "held" || traced.lost != 0)
    trial.problems.push_back("not exact: " + traced.audit);
  if (traced.bystander_stops != 0) trial.problems.push_back("bystanders were stopped");
  at_least("sites", workload.least_sites, trial.sites, trial);
  at_least("hits", workload.least_hits, trial.hits, trial);
}

}  // namespace

Trial attempt(const Workload& workload, double timeout_s) {
  Trial trial;
  const Directory directory(workload);
  directory.enter_fresh_copy();
  const RunResult untraced = run(workload.command, options_for(workload, untraced_timeout_s));
  const auto without = exclusions(workload, directory, timeout_s, trial);
  if (!trial.problems.empty()) return trial;
  auto args = arguments(workload, "%insn");
  args.insert(args.end(), without.begin(), without.end());
  directory.enter_fresh_copy();
  const TraceSummary traced = trace(args, workload.command, options_for(workload, timeout_s));
  trial.seconds = traced.run.seconds;
  compare(untraced, traced.run, trial);
  check_account(workload, traced, trial);
  return trial;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string result;
  for (const std::string& line : lines) result += line + "\n";
  return result;
}

}  // namespace sidestep::test
