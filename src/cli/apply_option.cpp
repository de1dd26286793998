#include "cli/apply_option.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <utility>

#include "cli/values.hpp"

namespace sidestep::cli {
namespace {

constexpr std::array<Choice<Mode>, 3> kModes{
    {{"displaced", Mode::Displaced}, {"all-stop", Mode::AllStop}, {"lift", Mode::Lift}}};
constexpr std::array<Choice<Step>, 2> kSteps{
    {{"boosted", Step::Boosted}, {"single", Step::Single}}};
constexpr std::array<Choice<Wait>, 3> kWaits{
    {{"auto", Wait::Auto}, {"block", Wait::Block}, {"spin", Wait::Spin}}};
constexpr std::array<Choice<Format>, 2> kFormats{
    {{"text", Format::Text}, {"jsonl", Format::Jsonl}}};
constexpr std::array<Choice<Color>, 3> kColors{
    {{"auto", Color::Auto}, {"always", Color::Always}, {"never", Color::Never}}};
constexpr std::array<Choice<bool SessionOptions::*>, 2> kDebugs{
    {{"wait", &SessionOptions::debug_wait}, {"state", &SessionOptions::debug_state}}};

constexpr std::uint32_t kStackFrames = 64;  ///< of -k by itself
/// Each costs the stopped thread time, or room in a record.
constexpr std::uint32_t kMostStackFrames = 4096, kMostStringBytes = 65536;

/// What an option with a value does: the value's own check, then the assignment.
template <class T, class Target>
Result<void> assign(Result<T> parsed, Target& target) {
  if (!parsed) return std::move(parsed).error();
  target = *std::move(parsed);
  return {};
}

Result<void> apply_summary(Options& options, SummaryTable wanted) {
  SummaryTable& summary = options.output.summary;
  if (summary != SummaryTable::None && summary != wanted) {
    return usage("-c and -C exclude each other: only the table, or events and the table");
  }
  summary = wanted;
  return {};
}

/// -t, -tt, -ttt come as one, two, three flags.
void more_time(Timestamps& timestamps) {
  if (timestamps == Timestamps::Epoch) return;
  timestamps = static_cast<Timestamps>(static_cast<int>(timestamps) + 1);
}

void more_quiet(Quiet& quiet) {
  quiet = quiet == Quiet::No ? Quiet::Notices : Quiet::Account;
}

Result<void> apply_destination(Options& options, const std::string& value) {
  if (value[0] == '|' && value.find_first_not_of(" \t\n", 1) == std::string::npos) {
    return usage(fmt::format("-o '{}' names no command; as in -o '|gzip >trace.gz'", value));
  }
  options.output.destination = value;
  return {};
}

Result<void> apply_debug(Options& options, std::string_view spelled, const std::string& value) {
  for (const std::string& piece : split_list(value)) {
    auto topic = parse_choice(spelled, piece, kDebugs);
    if (!topic) return std::move(topic).error();
    options.session.*(*topic) = true;
  }
  return {};
}

Result<void> apply_modes(Options& options, std::string_view spelled, const std::string& value) {
  options.modes.clear();
  for (const std::string& piece : split_list(value)) {
    const auto named = [&](const ComparedMode& mode) { return mode.name == piece; };
    const auto known = compared_modes();
    const auto found = std::find_if(known.begin(), known.end(), named);
    if (found == known.end()) {
      return usage(
          fmt::format("{}: unknown mode '{}'; some of: displaced, displaced-single, "
                      "all-stop, lift, separated by commas",
                      spelled, piece));
    }
    if (std::any_of(options.modes.begin(), options.modes.end(), named)) {
      return usage(fmt::format("{}: '{}' is named twice", spelled, piece));
    }
    options.modes.push_back(*found);
  }
  return {};
}

/// "12,13", and "12 13" as pidof prints it.
Result<void> apply_pids(Options& options, const std::string& value) {
  std::string text = value;
  std::replace(text.begin(), text.end(), ' ', ',');
  for (const std::string& piece : split_list(text)) {
    if (piece.empty() && text != value) continue;
    const auto pid = parse_count("-p", piece);
    if (!pid || *pid > INT_MAX)
      return usage(fmt::format(
          "-p: '{}' is not a process id, as in -p 4711 or -p \"$(pidof nginx)\"", piece));
    options.session.pids.push_back(static_cast<int>(*pid));
  }
  return {};
}

/// -k or -k=N. Boost gives what stands behind the letter, as for -xVALUE.
Result<void> apply_stack(Options& options, const std::string& value) {
  std::uint32_t& frames = options.session.stack_frames;
  if (value.empty()) {
    frames = kStackFrames;
    return {};
  }
  if (value[0] != '=' || value.size() == 1) {
    return usage(fmt::format("-k: write the number of frames as in -k=8, not '-k{}'", value));
  }
  return assign(parse_size("-k", value.substr(1), 1, kMostStackFrames), frames);
}

Result<void> apply_letter(Options& options, char letter, const std::string& value) {
  switch (letter) {
    case 'x':
      options.session.probes.push_back(value);
      return {};
    case 'X':
      options.session.excluded.push_back(value);
      return {};
    case 'p':
      return apply_pids(options, value);
    case 'f':
      options.session.follow = true;
      return {};
    case 'o':
      return apply_destination(options, value);
    case 'c':
      return apply_summary(options, SummaryTable::Only);
    case 'C':
      return apply_summary(options, SummaryTable::Also);
    case 'k':
      return apply_stack(options, value);
    case 's':
      return assign(parse_size("-s", value, 0, kMostStringBytes), options.session.string_limit);
    case 'T':
      options.output.call_time = CallTime::On;
      return {};
    case 't':
      more_time(options.output.timestamps);
      return {};
    case 'r':
      options.output.relative = RelativeTime::On;
      return {};
    case 'q':
      more_quiet(options.output.quiet);
      return {};
    case 'v':
      options.output.verbosity = Verbosity::Verbose;
      return {};
    default:
      return usage(fmt::format("option '-{}' has no effect", letter));
  }
}

/// False: `name` is none of the flags.
bool apply_flag(Options& options, std::string_view name) {
  if (name == "strict") {
    options.strictness = Strictness::Strict;
  } else if (name == "kill-on-exit") {
    options.session.kill_on_exit = true;
  } else if (name == "no-eintr-repair") {
    options.session.eintr_repair = false;
  } else if (name == "no-guardian") {
    options.guardian = Guardian::No;
  } else if (name == "trap-handler") {
    options.session.trap_handler = true;
  } else if (name == "debuginfod") {
    options.session.debuginfod = true;
  } else if (name == "help") {
    options.ask = Ask::Help;
  } else if (name == "version") {
    if (options.ask == Ask::Work) options.ask = Ask::Version;
  } else {
    return false;
  }
  return true;
}

Result<void> apply_named(Options& options, const OptionSpec& spec, const std::string& value) {
  const std::string spelled = spec.spelled();
  SessionOptions& session = options.session;
  if (spec.name == "mode") return assign(parse_choice(spelled, value, kModes), session.mode);
  if (spec.name == "step") return assign(parse_choice(spelled, value, kSteps), session.step);
  if (spec.name == "wait") return assign(parse_choice(spelled, value, kWaits), session.wait);
  if (spec.name == "limit") return assign(parse_count(spelled, value), session.limit);
  if (spec.name == "duration") return assign(parse_duration(spelled, value), session.duration);
  if (spec.name == "min-time") return assign(parse_duration(spelled, value), session.min_time);
  if (spec.name == "truth") return assign(Result<std::string>(value), session.truth);
  if (spec.name == "journal") return assign(Result<std::string>(value), session.journal);
  if (spec.name == "debug") return apply_debug(options, spelled, value);
  if (spec.name == "modes") return apply_modes(options, spelled, value);
  if (spec.name == "format") {
    return assign(parse_choice(spelled, value, kFormats), options.output.format);
  }
  if (spec.name == "color") {
    return assign(parse_choice(spelled, value, kColors), options.output.color);
  }
  return usage(fmt::format("option '{}' has no effect", spelled));
}

}  // namespace

Result<void> apply_option(Options& options, const OptionSpec& spec, const std::string& value) {
  if (spec.argument == Argument::Required && value.empty()) {
    return usage(fmt::format("option '{}' needs a value; see 'sidestep --help'", spec.spelled()));
  }
  if (spec.letter != 0) return apply_letter(options, spec.letter, value);
  if (apply_flag(options, spec.name)) return {};
  return apply_named(options, spec, value);
}

}  // namespace sidestep::cli
