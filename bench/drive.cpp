// bench_drive: whole runs of every arm, interleaved. Repetition by repetition and load by load each
// arm runs once, so that all of them see the same machine; the order turns from one repetition to
// the next. Prints tables, and writes JSON where asked to.
#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "report.hpp"
#include "support/run.hpp"

namespace sidestep::bench {
namespace {

namespace po = boost::program_options;

struct Plan {
  std::vector<std::string> arms;
  std::vector<unsigned> threads;
  std::uint64_t arrivals = 40000;
  unsigned repetitions = 5;
  double service_seconds = 1;
  std::string json_file;
  Setup setup;
};

template <typename T>
std::vector<T> split(const std::string& list) {
  std::vector<T> result;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    if constexpr (std::is_same_v<T, std::string>)
      result.push_back(word);
    else
      result.push_back(static_cast<T>(std::stoul(word)));
  }
  return result;
}

std::string join(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ","));
}

void check(const Plan& plan) {
  const auto& known = all_arms();
  for (const std::string& arm : plan.arms)
    if (std::find(known.begin(), known.end(), arm) == known.end())
      throw std::invalid_argument("no arm '" + arm + "'; there are: " + join(known));
  for (const unsigned threads : plan.threads)
    if (threads == 0) throw std::invalid_argument("--threads: 0 is not a number of threads");
}

// Nothing when only help was wanted.
std::optional<Plan> parse(int argc, char** argv) {
  Plan plan;
  std::string arms, threads, extra;
  po::options_description options("bench_drive [options]");
  auto add = options.add_options();
  add("help,h", "this text");
  add("arms", po::value(&arms)->default_value(join(all_arms())), "which arms to run");
  add("threads", po::value(&threads)->default_value("1,4"), "numbers of hot threads");
  add("arrivals", po::value(&plan.arrivals)->default_value(plan.arrivals), "calls a run, in all");
  add("repetitions,n", po::value(&plan.repetitions)->default_value(plan.repetitions), "");
  add("service-seconds", po::value(&plan.service_seconds)->default_value(plan.service_seconds),
      "length of a bystander run; 0: none");
  add("json", po::value(&plan.json_file), "also write the results there");
  add("sidestep", po::value(&plan.setup.sidestep)->default_value(test::binary("sidestep")),
      "the program to measure");
  add("extra", po::value(&extra), "further options for it, separated by commas");
  add("timeout", po::value(&plan.setup.timeout_s)->default_value(plan.setup.timeout_s),
      "seconds a run may take");
  po::variables_map values;
  po::store(po::parse_command_line(argc, argv, options), values);
  po::notify(values);
  if (values.contains("help")) {
    std::cout << options;
    return std::nullopt;
  }
  plan.arms = split<std::string>(arms);
  plan.threads = split<unsigned>(threads);
  plan.setup.extra = split<std::string>(extra);
  check(plan);
  return plan;
}

void progress(const std::string& what) {
  fmt::print(stderr, "{}\n", what);
}

Results prepare(const Plan& plan) {
  Results results;
  for (const unsigned threads : plan.threads)
    for (const std::string& arm : plan.arms) results.hot.push_back({arm, {threads, plan.arrivals}});
  if (plan.service_seconds > 0)
    for (const std::string& arm : plan.arms)
      if (arm == "untraced" || is_traced(arm)) results.service.push_back({arm});
  return results;
}

Results measure(const Plan& plan) {
  Results results = prepare(plan);
  const std::size_t hot = results.hot.size(), service = results.service.size();
  for (unsigned repetition = 0; repetition < plan.repetitions; ++repetition) {
    progress(fmt::format("repetition {} of {}", repetition + 1, plan.repetitions));
    for (std::size_t i = 0; i < hot; ++i) {
      HotResult& one = results.hot[(i + repetition) % hot];
      one.samples.push_back(run_hot(one.arm, one.load, plan.setup));
    }
    for (std::size_t i = 0; i < service; ++i) {
      ServiceResult& one = results.service[(i + repetition) % service];
      one.samples.push_back(run_service(one.arm, 1, plan.service_seconds, plan.setup));
    }
  }
  evaluate(results);
  return results;
}

int report(const Plan& plan, const Results& results) {
  fmt::print("{}", as_table(results));
  if (plan.json_file.empty()) return 0;
  std::ofstream file(plan.json_file);
  file << as_json(results) << std::flush;
  if (file) return 0;
  progress("bench_drive: cannot write " + plan.json_file);
  return 1;
}

}  // namespace
}  // namespace sidestep::bench

int main(int argc, char** argv) try {
  const auto plan = sidestep::bench::parse(argc, argv);
  if (!plan) return 0;
  return sidestep::bench::report(*plan, sidestep::bench::measure(*plan));
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_drive: {}\n", error.what());
  return 2;
}
