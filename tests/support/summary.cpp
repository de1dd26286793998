#include "support/summary.hpp"

#include <rapidjson/document.h>

#include <sstream>

#include "support/temporary_file.hpp"

namespace sidestep::test {
namespace {

using rapidjson::Value;

std::optional<std::uint64_t> count(const Value& object, const char* key) {
  const auto found = object.FindMember(key);
  if (found == object.MemberEnd() || !found->value.IsUint64()) return std::nullopt;
  return found->value.GetUint64();
}

std::string text(const Value& object, const char* key) {
  const auto found = object.FindMember(key);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

double real(const Value& object, const char* key) {
  const auto found = object.FindMember(key);
  return found == object.MemberEnd() || !found->value.IsNumber() ? 0 : found->value.GetDouble();
}

std::vector<ProbeSummary> probes_of(const Value& summary) {
  std::vector<ProbeSummary> result;
  const auto found = summary.FindMember("probes");
  if (found == summary.MemberEnd() || !found->value.IsArray()) return result;
  for (const Value& one : found->value.GetArray()) {
    if (!one.IsObject()) continue;
    result.push_back({text(one, "probe"), count(one, "sites").value_or(0),
                      count(one, "hits").value_or(0), count(one, "returns"),
                      count(one, "unfinished")});
  }
  return result;
}

void read_exit(const Value& summary, TraceSummary& result) {
  const auto found = summary.FindMember("exit");
  if (found == summary.MemberEnd() || !found->value.IsObject()) return;
  if (const auto code = count(found->value, "code")) result.exit_code = static_cast<int>(*code);
  if (found->value.HasMember("signal")) result.exit_signal = text(found->value, "signal");
}

}  // namespace

TraceSummary parse_summary(const std::string& line) {
  TraceSummary result;
  result.json = line;
  rapidjson::Document summary;
  summary.Parse(line.data(), line.size());
  if (summary.HasParseError() || !summary.IsObject() || text(summary, "type") != "summary")
    return result;
  result.valid = true;
  result.mode = text(summary, "mode");
  result.step = text(summary, "step");
  result.audit = text(summary, "audit");
  result.hits = count(summary, "hits").value_or(0);
  result.completed = count(summary, "completed").value_or(0);
  result.filtered = count(summary, "filtered").value_or(0);
  result.missed = count(summary, "missed");
  result.lost = count(summary, "lost").value_or(0);
  result.bystander_stops = count(summary, "bystander_stops").value_or(0);
  result.waits = count(summary, "waits").value_or(0);
  result.duration_s = real(summary, "duration_s");
  result.tracer_us_per_hit = real(summary, "tracer_us_per_hit");
  result.tracer_cpu_s = real(summary, "tracer_cpu_s");
  result.probes = probes_of(summary);
  read_exit(summary, result);
  return result;
}

TraceSummary trace(const std::vector<std::string>& sidestep_args,
                   const std::vector<std::string>& command, const RunOptions& options) {
  return trace_with(binary("sidestep"), sidestep_args, command, options);
}

TraceSummary trace_with(const std::string& sidestep, const std::vector<std::string>& sidestep_args,
                        const std::vector<std::string>& command, const RunOptions& options) {
  const TemporaryFile events;
  std::vector<std::string> argv = {sidestep, "--format", "jsonl", "-c", "-o", events.path()};
  argv.insert(argv.end(), sidestep_args.begin(), sidestep_args.end());
  argv.push_back("--");
  argv.insert(argv.end(), command.begin(), command.end());
  RunResult result = run(argv, options);
  TraceSummary summary = parse_summary(last_record(events.read(), "summary"));
  summary.run = std::move(result);
  return summary;
}

std::optional<double> last_json_number(const std::string& lines, const char* key) {
  std::string last;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with('{')) last = line;
  rapidjson::Document object;
  object.Parse(last.data(), last.size());
  if (object.HasParseError() || !object.IsObject()) return std::nullopt;
  const auto found = object.FindMember(key);
  if (found == object.MemberEnd() || !found->value.IsNumber()) return std::nullopt;
  return found->value.GetDouble();
}

std::string last_record(const std::string& lines, const std::string& type) {
  const std::string wanted = "\"type\":\"" + type + "\"";
  std::string result;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);)
    if (line.find(wanted) != std::string::npos) result = line;
  return result;
}

}  // namespace sidestep::test
