// The tool's own lines against the program's: what `called` and `called-cxx` say of each call,
// `f(a=1) = 2`, is what `-x 'f%return $params'` says, line for line, in every exact mode.
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "race/exactness.hpp"
#include "support/temporary_file.hpp"

namespace sidestep::test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::set<std::string> functions_in(const std::vector<std::string>& calls) {
  std::set<std::string> names;
  for (const std::string& call : calls) names.insert(call.substr(0, call.find('(')));
  return names;
}

const std::string function_name = " <puts>";

/// `[pid 1 called] f(a=1) = 2` without its prefix; the program says nothing of what returns
/// nothing, and knows no names of functions.
std::vector<std::string> calls_in(const std::string& events) {
  std::vector<std::string> calls;
  for (const std::string& line : lines_of(events)) {
    std::string call = line.substr(line.find("] ") + 2);
    if (call.starts_with("+++")) continue;
    for (std::size_t at = 0; (at = call.find(function_name)) != std::string::npos;)
      call.erase(at, function_name.size());
    const std::string nothing = " = void";
    if (call.ends_with(nothing)) call.resize(call.size() - nothing.size());
    calls.push_back(std::move(call));
  }
  return calls;
}

class Called : public testing::TestWithParam<std::tuple<Mode, const char*>> {};

TEST_P(Called, EachLineIsTheProgramsOwn) {
  const auto& [mode, program] = GetParam();
  const auto functions = functions_in(lines_of(run({tracee(program)}).out));
  ASSERT_GT(functions.size(), 8u);
  const TemporaryFile events;
  std::vector<std::string> argv = {binary("sidestep"), "-q", "-s", "200", "-o", events.path()};
  argv.insert(argv.end(), mode.args.begin(), mode.args.end());
  for (const std::string& name : functions) {
    argv.push_back("-x");
    argv.push_back(name + "%return $params");
  }
  argv.insert(argv.end(), {"--", tracee(program)});
  const RunResult traced = run(argv);
  EXPECT_EQ(traced.exit_code, 0) << traced.err;
  EXPECT_EQ(calls_in(events.read()), lines_of(traced.out)) << traced.err;
  const bool has_callback = std::string(program) == "called";
  EXPECT_EQ(events.read().find(function_name) != std::string::npos, has_callback) << events.read();
}

INSTANTIATE_TEST_SUITE_P(System, Called,
                         testing::Combine(testing::ValuesIn(exact_modes()),
                                          testing::Values("called", "called-cxx")),
                         [](const auto& one) {
                           const std::string program = std::get<1>(one.param);
                           return mode_name(std::get<0>(one.param)) +
                                  (program == "called" ? "_c" : "_cxx");
                         });

}  // namespace
}  // namespace sidestep::test
