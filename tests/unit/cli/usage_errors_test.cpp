// Every message for a wrong command line: one line that says what, where, and what to try.
#include <gtest/gtest.h>

#include <ostream>

#include "cli/options.hpp"

namespace sidestep::cli {
namespace {

struct Wrong {
  const char* name;
  std::vector<std::string> arguments;
  std::string message;
};

/// Without it a test's name would have addresses in it.
void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.name;
}

class UsageErrors : public testing::TestWithParam<Wrong> {};

TEST_P(UsageErrors, SayWhatIsWrong) {
  const auto options = parse_options(GetParam().arguments);
  ASSERT_FALSE(options.ok());
  EXPECT_EQ(options.error().kind, ErrorKind::Usage);
  EXPECT_EQ(options.error().message, GetParam().message);
}

const std::string kSee = "; see 'sidestep --help'";
const std::string kExample = "as in 'sidestep -x malloc -- ls -l'";

std::string unsupported(const std::string& option, const std::string& why) {
  return "option '" + option + "' is not supported by this version: " + why;
}
const std::string kLater = "it comes in a later one; see 'sidestep --help'";

const Wrong kWrong[] = {
    {"Nothing", {}, "no probe: say with -x what to trace, " + kExample + kSee},
    {"NoProbe", {"ls", "-x", "f"}, "no probe: say with -x what to trace, " + kExample + kSee},
    {"NoCommand", {"-x", "f"}, "no command to trace; " + kExample + kSee},
    {"NoCommandBehindDashes", {"-x", "f", "--"}, "no command to trace; " + kExample + kSee},
    {"EmptyCommand", {"-x", "f", ""}, "the command's name is empty; " + kExample},
    {"CompareNoProbe",
     {"compare", "ls"},
     "no probe: say with -x what to trace, as in 'sidestep compare -x malloc -- ls -l'" + kSee},
    {"UnknownLong", {"--pro", "x"}, "unknown option '--pro'" + kSee},
    {"UnknownLongWithValue", {"--foo=bar"}, "unknown option '--foo'" + kSee},
    {"UnknownShort", {"-qZ"}, "unknown option '-Z'" + kSee},
    {"HelpHasNoLetter", {"-h"}, "unknown option '-h'" + kSee},
    {"LaterS", {"-S", "x"}, "unknown option '-S'" + kSee},
    {"LaterU", {"-U", "x"}, "unknown option '-U'" + kSee},
    {"LaterHist", {"--hist"}, "unknown option '--hist'" + kSee},
    {"LaterTop", {"--top"}, "unknown option '--top'" + kSee},
    {"LaterInterval", {"--interval=1s"}, "unknown option '--interval'" + kSee},
    {"LaterReport", {"--report"}, "unknown option '--report'" + kSee},
    {"LaterMaxOverhead", {"--max-overhead=5"}, "unknown option '--max-overhead'" + kSee},
    {"LaterOptFile", {"--opt-file=x"}, "unknown option '--opt-file'" + kSee},
    {"Guess", {"--format=jsonl", "--dur", "2s"}, "unknown option '--dur'" + kSee},
    {"ValueMissing", {"-x"}, "option '-x' needs a value" + kSee},
    {"ValueMissingBeforeDashes", {"-x", "--", "ls"}, "option '-x' needs a value" + kSee},
    {"ValueEmpty", {"-x", "", "ls"}, "option '-x' needs a value" + kSee},
    {"LongValueMissing", {"--mode"}, "option '--mode' needs a value" + kSee},
    {"LongValueEmpty", {"--mode=", "ls"}, "option '--mode' needs a value" + kSee},
    {"LongValueEmptyWord", {"--mode", "", "ls"}, "option '--mode' needs a value" + kSee},
    {"ColorNeedsValue", {"--color"}, "option '--color' needs a value" + kSee},
    {"FlagWithValue", {"--strict=1"}, "option '--strict' takes no value" + kSee},
    {"AttachToText",
     {"-p", "nginx", "-x", "f"},
     "-p: 'nginx' is not a process id, as in -p 4711 or -p \"$(pidof nginx)\""},
    {"AttachToNothing", {"-p", "", "-x", "f"}, "option '-p' needs a value; see 'sidestep --help'"},
    {"AttachAndLaunch",
     {"-p", "12", "-x", "f", "ls"},
     "-p and a command ('ls') exclude each other: attach, or launch"},
    {"AttachAndKill",
     {"-p", "12", "-x", "f", "--kill-on-exit"},
     "--kill-on-exit is for a command that sidestep starts; a process of -p lives on"},
    {"ListTwoProcesses", {"list", "-p", "12,13"}, "list: one process at a time"},
    {"ListAFileAndAProcess",
     {"list", "-p", "12", "prog"},
     "list: a file or -p, not both; 'prog' is a file"},
    {"StackOfNone", {"-k=0", "-x", "f", "ls"}, "-k: '0' is not a number from 1 to 4096"},
    {"StackOfAll", {"-k=all", "-x", "f", "ls"}, "-k: 'all' is not a number from 1 to 4096"},
    {"StackTooDeep", {"-k=4097", "-x", "f", "ls"}, "-k: '4097' is not a number from 1 to 4096"},
    {"StackWithoutEquals",
     {"-k8", "-x", "f", "ls"},
     "-k: write the number of frames as in -k=8, not '-k8'"},
    {"StackWithoutNumber",
     {"-k=", "-x", "f", "ls"},
     "-k: write the number of frames as in -k=8, not '-k='"},
    {"StringLength", {"-s", "all", "-x", "f", "ls"}, "-s: 'all' is not a number from 0 to 65536"},
    {"StringLengthMissing", {"-s"}, "option '-s' needs a value" + kSee},
    {"StringLengthTooMuch", {"-s65537"}, "-s: '65537' is not a number from 0 to 65536"},
    {"MinTime",
     {"--min-time", "2", "-x", "f", "ls"},
     "--min-time: '2' is not a duration: a number and its unit (ns, us, ms, s, m, h), as in 10ms "
     "or 1.5s"},
    {"TimesOfNoCall",
     {"-T", "-x", "f $arg1", "ls"},
     "-T needs a probe with %return, which times its calls: as in -x 'f%return $arg1'"},
    {"MinTimeOfNoCall",
     {"--min-time", "2ms", "-x", "f", "-x", "g", "-p", "1"},
     "--min-time needs a probe with %return, which times its calls: as in -x 'f%return'"},
    {"DebuginfodWithValue",
     {"--debuginfod=x", "-x", "f", "ls"},
     "option '--debuginfod' takes no value" + kSee},
    {"ListStack", {"list", "-k", "x"}, "option '-k' does not go with 'list'" + kSee},
    {"CompareCallTime", {"compare", "-T", "x"}, "option '-T' does not go with 'compare'" + kSee},
    {"CompareStrings",
     {"compare", "-s", "5", "x"},
     "option '-s' does not go with 'compare'" + kSee},
    {"CompareMinTime",
     {"compare", "--min-time", "5s", "x"},
     "option '--min-time' does not go with 'compare'" + kSee},
    {"CompareDebuginfod",
     {"compare", "--debuginfod", "x"},
     "option '--debuginfod' does not go with 'compare'" + kSee},
    {"Lossy", {"--lossy", "-x", "f", "ls"}, unsupported("--lossy", kLater)},
    {"DoctorOfACommand",
     {"doctor", "ls"},
     "doctor: 'ls' is too much; as in 'sidestep doctor -p 4711'"},
    {"DoctorOfTwo", {"doctor", "-p", "1,2"}, "doctor: one process at a time"},
    {"Mode",
     {"--mode", "fast", "ls"},
     "--mode: unknown value 'fast'; one of: displaced, all-stop, lift"},
    {"Step", {"--step", "x", "ls"}, "--step: unknown value 'x'; one of: boosted, single"},
    {"Wait", {"--wait", "x", "ls"}, "--wait: unknown value 'x'; one of: auto, block, spin"},
    {"Format", {"--format", "csv"}, "--format: unknown value 'csv'; one of: text, jsonl"},
    {"Color", {"--color=on"}, "--color: unknown value 'on'; one of: auto, always, never"},
    {"Debug", {"--debug", "wait,x"}, "--debug: unknown value 'x'; one of: wait, state"},
    {"DebugEmpty", {"--debug", "wait,"}, "--debug: unknown value ''; one of: wait, state"},
    {"Limit", {"--limit", "0"}, "--limit: '0' is not a number from 1 up"},
    {"Duration",
     {"--duration", "5"},
     "--duration: '5' is not a duration: a number and its unit (ns, us, ms, s, m, h), as in "
     "10ms "
     "or 1.5s"},
    {"BothTables",
     {"-cC"},
     "-c and -C exclude each other: only the table, or events and the table"},
    {"EmptyPipe",
     {"-o", "| ", "-x", "f", "ls"},
     "-o '| ' names no command; as in -o '|gzip >trace.gz'"},
    {"ModesAreCompares", {"--modes", "lift"}, "option '--modes' does not go with tracing" + kSee},
    {"TruthIsCompares", {"--truth", "c"}, "option '--truth' does not go with tracing" + kSee},
    {"CompareLimit",
     {"compare", "--limit", "5"},
     "option '--limit' does not go with 'compare'" + kSee},
    {"ListMode", {"list", "--mode", "lift", "x"}, "option '--mode' does not go with 'list'" + kSee},
    {"CompareModes",
     {"compare", "--modes", "lift,fast"},
     "--modes: unknown mode 'fast'; some of: displaced, displaced-single, all-stop, lift, "
     "separated by commas"},
    {"CompareTwice", {"compare", "--modes", "lift,lift"}, "--modes: 'lift' is named twice"},
    {"ListNothing", {"list", "-x", "f"}, "list: no file; as in 'sidestep list -x malloc ./prog'"},
    {"ListTwo", {"list", "a", "b"}, "list: one file at a time; 'b' is a second one"},
};

INSTANTIATE_TEST_SUITE_P(All, UsageErrors, testing::ValuesIn(kWrong),
                         [](const auto& wrong) { return std::string(wrong.param.name); });

}  // namespace
}  // namespace sidestep::cli
