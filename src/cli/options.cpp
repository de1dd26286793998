#include "cli/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <utility>

#include "cli/apply_option.hpp"
#include "cli/split_argv.hpp"
#include "cli/values.hpp"

namespace sidestep::cli {
namespace {

namespace po = boost::program_options;

constexpr ComparedMode kComparedModes[] = {
    {"displaced", Mode::Displaced, Step::Boosted, true},
    {"displaced-single", Mode::Displaced, Step::Single, true},
    {"all-stop", Mode::AllStop, Step::Boosted, true},
    {"lift", Mode::Lift, Step::Boosted, false},
};

constexpr std::string_view kSeeHelp = "; see 'sidestep --help'";

po::options_description describe_to_boost() {
  po::options_description described;
  for (const OptionSpec& spec : option_table()) {
    // Boost's name for an option that has a letter only: ",x".
    const std::string name =
        spec.letter != 0 ? std::string{',', spec.letter} : std::string(spec.name);
    switch (spec.argument) {
      case Argument::None:
        described.add_options()(name.c_str(), "");
        break;
      case Argument::Required:
        described.add_options()(name.c_str(), po::value<std::string>(), "");
        break;
      case Argument::Optional:
        described.add_options()(name.c_str(), po::value<std::string>()->implicit_value(""), "");
        break;
    }
  }
  return described;
}

/// Boost's errors call -x "--x".
std::string as_given(const std::string& name) {
  return name.size() == 3 && name.starts_with("--") ? name.substr(1) : name;
}

/// The options in their order, as Boost found them.
Result<std::vector<po::option>> parse(const std::vector<std::string>& words) {
  namespace style = po::command_line_style;
  const int no_guessing = style::unix_style & ~style::allow_guessing;
  const po::options_description described = describe_to_boost();
  try {
    return po::command_line_parser(words).options(described).style(no_guessing).run().options;
  } catch (const po::unknown_option& error) {
    const std::string given = error.get_option_name();
    return usage(fmt::format("unknown option '{}'{}", given.substr(0, given.find('=')), kSeeHelp));
  } catch (const po::invalid_command_line_syntax& error) {
    const bool extra = error.kind() == po::invalid_syntax::extra_parameter;
    return usage(fmt::format("option '{}' {}{}", as_given(error.get_option_name()),
                             extra ? "takes no value" : "needs a value", kSeeHelp));
  } catch (const po::error& error) {
    return usage(fmt::format("{}{}", error.what(), kSeeHelp));
  }
}

const OptionSpec& spec_of(const po::option& option) {
  const std::string& key = option.string_key;
  const OptionSpec* spec =
      key.size() == 2 && key[0] == '-' ? find_option(key[1]) : find_option(key);
  return *spec;  // Boost knows no others
}

Result<void> apply_all(Options& options, const std::vector<po::option>& given) {
  for (const po::option& option : given) {
    const OptionSpec& spec = spec_of(option);
    if (!spec.unsupported.empty()) {
      return usage(fmt::format("option '{}' is not supported by this version: {}", spec.spelled(),
                               spec.unsupported));
    }
    if (!spec.goes_with(options.verb)) {
      const bool tracing = options.verb == Verb::Trace;
      return usage(fmt::format("option '{}' does not go with {}{}", spec.spelled(),
                               tracing ? "tracing" : fmt::format("'{}'", verb_name(options.verb)),
                               kSeeHelp));
    }
    auto applied = apply_option(options, spec, option.value.empty() ? "" : option.value.front());
    if (!applied) return applied;
  }
  return {};
}

Result<void> check_list(Options& options, const std::vector<std::string>& rest) {
  const std::vector<int>& pids = options.session.pids;
  if (options.session.probes.empty()) options.session.probes = {"*"};
  if (!pids.empty() && !rest.empty())
    return usage(fmt::format("list: a file or -p, not both; '{}' is a file", rest[0]));
  if (pids.size() > 1) return usage("list: one process at a time");
  if (!pids.empty()) return {};
  if (rest.empty()) return usage("list: no file; as in 'sidestep list -x malloc ./prog'");
  if (rest.size() > 1) {
    return usage(fmt::format("list: one file at a time; '{}' is a second one", rest[1]));
  }
  options.file = rest[0];
  return {};
}

Result<void> check_doctor(const Options& options, const std::vector<std::string>& rest) {
  if (!rest.empty())
    return usage(fmt::format("doctor: '{}' is too much; as in 'sidestep doctor -p 4711'", rest[0]));
  if (options.session.pids.size() > 1) return usage("doctor: one process at a time");
  return {};
}

Result<void> check_attach(const SessionOptions& session) {
  if (!session.command.empty()) {
    return usage(fmt::format("-p and a command ('{}') exclude each other: attach, or launch",
                             session.command[0]));
  }
  if (session.kill_on_exit) {
    return usage("--kill-on-exit is for a command that sidestep starts; a process of -p lives on");
  }
  return {};
}

/// Without one of those there is no call whose time could be shown or compared.
bool any_return_probe(const SessionOptions& session) {
  return std::any_of(session.probes.begin(), session.probes.end(), [](const std::string& probe) {
    return probe.find("%return") != std::string::npos;
  });
}

Result<void> check_times(const Options& options) {
  const bool shown = options.output.call_time == CallTime::On;
  const bool bounded = options.session.min_time.count() > 0;
  if ((!shown && !bounded) || any_return_probe(options.session)) return {};
  const std::string& probe = options.session.probes.front();
  const std::string place = probe.substr(0, probe.find(' '));
  return usage(
      fmt::format("{} needs a probe with %return, which times its calls: as in -x '{}%return{}'",
                  shown ? "-T" : "--min-time", place, probe.substr(place.size())));
}

Result<void> check_command(const Options& options) {
  if (options.session.trap_handler && options.session.mode != Mode::Displaced) {
    return usage(
        "--trap-handler needs --mode displaced: in the others there are no slots that it "
        "could send a thread to");
  }
  const std::string_view verb = verb_name(options.verb);
  const std::string example =
      fmt::format("as in 'sidestep {}{}-x malloc -- ls -l'", verb, verb.empty() ? "" : " ");
  if (options.session.probes.empty()) {
    return usage(fmt::format("no probe: say with -x what to trace, {}{}", example, kSeeHelp));
  }
  if (auto times = check_times(options); !times) return times;
  if (!options.session.pids.empty()) return check_attach(options.session);
  if (options.session.command.empty()) {
    return usage(fmt::format("no command to trace; {}{}", example, kSeeHelp));
  }
  if (options.session.command[0].empty()) {
    return usage(fmt::format("the command's name is empty; {}", example));
  }
  return {};
}

/// What only the whole command line decides.
Result<void> complete(Options& options, std::vector<std::string> rest) {
  if (options.verb == Verb::List) return check_list(options, rest);
  if (options.verb == Verb::Doctor) return check_doctor(options, rest);
  options.session.command = std::move(rest);
  const OutputOptions& output = options.output;
  options.session.thread_events =
      output.verbosity == Verbosity::Verbose || output.format == Format::Jsonl;
  if (output.summary == SummaryTable::Only || options.verb == Verb::Compare) {
    options.session.hit_events = options.session.thread_events = false;
  }
  if (options.modes.empty()) {
    options.modes.assign(std::begin(kComparedModes), std::end(kComparedModes));
  }
  return check_command(options);
}

Verb verb_of(std::span<const std::string> arguments) {
  if (arguments.empty()) return Verb::Trace;
  for (const Verb verb : {Verb::List, Verb::Compare, Verb::Doctor}) {
    if (arguments.front() == verb_name(verb)) return verb;
  }
  return Verb::Trace;
}

}  // namespace

std::span<const ComparedMode> compared_modes() {
  return kComparedModes;
}

Result<Options> parse_options(std::span<const std::string> arguments) {
  Options options;
  options.verb = verb_of(arguments);
  SplitArguments split = split_argv(arguments.subspan(options.verb == Verb::Trace ? 0 : 1));
  if (!split.valueless.empty())
    return usage(fmt::format("option '{}' needs a value{}", split.valueless, kSeeHelp));
  const auto given = parse(split.ours);
  if (!given) return given.error();
  if (auto applied = apply_all(options, *given); !applied) return applied.error();
  if (options.ask != Ask::Work) return options;
  if (auto checked = complete(options, std::move(split.rest)); !checked) return checked.error();
  return options;
}

}  // namespace sidestep::cli
