#include "cli/compare_report.hpp"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <string.h>

#include <algorithm>
#include <string_view>

#include "cli/columns.hpp"

namespace sidestep::cli {
namespace {

std::size_t exact_runs(const Comparison& comparison) {
  return static_cast<std::size_t>(
      std::count_if(comparison.runs.begin(), comparison.runs.end(),
                    [](const ComparedRun& run) { return run.mode.exact; }));
}

/// The hits of the exact modes, if there are several and they are all the same.
std::optional<std::uint64_t> agreed(const Comparison& comparison) {
  std::optional<std::uint64_t> hits;
  for (const ComparedRun& run : comparison.runs) {
    if (!run.mode.exact) continue;
    if (hits && *hits != run.hits) return {};
    hits = run.hits;
  }
  return exact_runs(comparison) > 1 ? hits : std::nullopt;
}

std::optional<std::uint64_t> reference(const Comparison& comparison, const ComparedRun& run) {
  return comparison.truth_symbol ? run.truth : agreed(comparison);
}

std::optional<std::int64_t> missed(const Comparison& comparison, const ComparedRun& run) {
  const auto expected = reference(comparison, run);
  if (!expected) return {};
  return static_cast<std::int64_t>(*expected - run.hits);
}

std::optional<double> ratio(double above, double below) {
  if (!(below > 0)) return {};
  return above / below;
}

std::optional<double> hit_rate(const ComparedRun& run) {
  return ratio(static_cast<double>(run.hits), run.armed_s);
}

template <class T>
std::string shown(const std::optional<T>& value, fmt::format_string<T> format) {
  return value ? fmt::format(format, T(*value)) : "?";
}

std::string times(std::optional<double> slowdown) {
  if (!slowdown) return "?";
  return *slowdown < 10 ? fmt::format("{:.2f}x", *slowdown) : fmt::format("{:.0f}x", *slowdown);
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);  // null: a real-time one
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("SIG{}", signal);
}

std::string exit_text(const ExitStatus& exit) {
  if (const auto* exited = std::get_if<Exited>(&exit)) {
    return fmt::format("status {}", exited->code);
  }
  if (const auto* signaled = std::get_if<Signaled>(&exit)) {
    return signal_name(signaled->signal);
  }
  return "no end";
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.01) return " (less than 0.01%)";
  return percent < 10 ? fmt::format(" ({:.2f}%)", percent) : fmt::format(" ({:.0f}%)", percent);
}

/// One mode in plain words.
std::string verdict(const Comparison& comparison, const ComparedRun& run) {
  const auto gone = missed(comparison, run);
  if (!gone) return fmt::format("{}: {} hits, the truth is not known", run.mode.name, run.hits);
  const std::uint64_t expected = *reference(comparison, run);
  if (*gone == 0) {
    return run.mode.exact ? fmt::format("{}: exact", run.mode.name)
                          : fmt::format("{} lost none of {} this time", run.mode.name, expected);
  }
  const auto count = static_cast<std::uint64_t>(*gone < 0 ? -*gone : *gone);
  return fmt::format(
      "{}{} {} {} {}{}", run.mode.name, run.mode.exact ? ": NOT EXACT," : "",
      *gone < 0 ? "reported" : "lost", count,
      *gone < 0 ? fmt::format("more than {}", expected) : fmt::format("of {}", expected),
      share(count, expected));
}

std::string verdicts(const Comparison& comparison) {
  if (!comparison.truth_symbol) {
    if (exact_runs(comparison) < 2) {
      return "nothing to hold the hits against: give --truth, or two exact modes\n";
    }
    if (!agreed(comparison)) return "the exact modes do NOT agree on the number of hits\n";
  }
  std::string text;
  for (const ComparedRun& run : comparison.runs) {
    text += (text.empty() ? "" : "; ") + verdict(comparison, run);
  }
  if (!comparison.truth_symbol) text += " (without --truth: the exact modes agree)";
  return text + '\n';
}

/// Where a traced run ended unlike the untraced one, the comparison may mean little.
std::string odd_endings(const Comparison& comparison) {
  std::string text;
  const std::string expected = exit_text(comparison.untraced_exit);
  for (const ComparedRun& run : comparison.runs) {
    if (exit_text(run.exit) == expected) continue;
    text += fmt::format("{} ended with {}, untraced with {}\n", run.mode.name, exit_text(run.exit),
                        expected);
  }
  return text;
}

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void number(JsonWriter& json, const char* key, const std::optional<double>& value) {
  json.Key(key);
  value ? json.Double(*value) : json.Null();
}

void write_exit(JsonWriter& json, const ExitStatus& exit) {
  json.Key("exit");
  if (const auto* exited = std::get_if<Exited>(&exit)) {
    json.StartObject();
    json.Key("code");
    json.Int(exited->code);
    json.EndObject();
  } else if (const auto* signaled = std::get_if<Signaled>(&exit)) {
    json.StartObject();
    json.Key("signal");
    json.String(signal_name(signaled->signal).c_str());
    json.EndObject();
  } else {
    json.Null();
  }
}

std::string record(const Comparison& comparison, const ComparedRun& run) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.SetMaxDecimalPlaces(6);
  json.StartObject();
  json.Key("v");
  json.Int(1);
  json.Key("type");
  json.String("compare");
  json.Key("mode");
  json.String(run.mode.name.data(), static_cast<unsigned>(run.mode.name.size()));
  json.Key("hits");
  json.Uint64(run.hits);
  json.Key("truth");
  run.truth ? json.Uint64(*run.truth) : json.Null();
  json.Key("missed");
  const auto gone = missed(comparison, run);
  gone ? json.Int64(*gone) : json.Null();
  number(json, "hits_per_s", hit_rate(run));
  number(json, "time_s", run.wall_s);
  number(json, "untraced_s", comparison.untraced_s);
  number(json, "slowdown", ratio(run.wall_s, comparison.untraced_s));
  number(json, "tracer_us_per_hit", run.us_per_hit);
  json.Key("bystander_stops");
  json.Uint64(run.bystander_stops);
  json.Key("waits");
  json.Uint64(run.waits);
  write_exit(json, run.exit);
  json.EndObject();
  return buffer.GetString() + std::string("\n");
}

}  // namespace

bool exact_modes_hold(const Comparison& comparison) {
  if (!comparison.truth_symbol) return exact_runs(comparison) < 2 || agreed(comparison);
  return std::all_of(comparison.runs.begin(), comparison.runs.end(), [&](const ComparedRun& run) {
    return !run.mode.exact || missed(comparison, run) == std::int64_t{0};
  });
}

std::string comparison_table(const Comparison& comparison) {
  using enum Align;
  Columns table({{"MODE", Left},
                 {"HITS", Right},
                 {"TRUTH", Right},
                 {"MISSED", Right},
                 {"HITS/S", Right},
                 {"TIME", Right},
                 {"SLOWDOWN", Right},
                 {"US/HIT", Right},
                 {"BYSTANDER STOPS", Right},
                 {"WAITS", Right}});
  table.row({"untraced", "-", "-", "-", "-", fmt::format("{:.3f}s", comparison.untraced_s), "1.00x",
             "-", "-", "-"});
  for (const ComparedRun& run : comparison.runs) {
    table.row({std::string(run.mode.name), fmt::to_string(run.hits),
               comparison.truth_symbol ? shown(run.truth, "{}") : "-",
               shown(missed(comparison, run), "{}"), shown(hit_rate(run), "{:.0f}"),
               fmt::format("{:.3f}s", run.wall_s), times(ratio(run.wall_s, comparison.untraced_s)),
               shown(run.us_per_hit, "{:.1f}"), fmt::to_string(run.bystander_stops),
               fmt::to_string(run.waits)});
  }
  return table.text() + '\n' + verdicts(comparison) + odd_endings(comparison);
}

std::string comparison_jsonl(const Comparison& comparison) {
  std::string text;
  for (const ComparedRun& run : comparison.runs) text += record(comparison, run);
  return text;
}

}  // namespace sidestep::cli
