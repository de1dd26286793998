#include "support/events.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <sstream>

namespace sidestep::test {
namespace {

using rapidjson::Value;

/// A string by itself, anything else as it is spelled in JSON.
std::string spelled(const Value& value) {
  if (value.IsString()) return {value.GetString(), value.GetStringLength()};
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string text(const Value& object, const char* key) {
  const auto found = object.FindMember(key);
  return found == object.MemberEnd() ? std::string() : spelled(found->value);
}

std::int64_t number(const Value& object, const char* key) {
  const auto found = object.FindMember(key);
  return found == object.MemberEnd() || !found->value.IsInt64() ? 0 : found->value.GetInt64();
}

Event event_of(const Value& record) {
  Event event;
  event.returned = text(record, "type") == "return";
  event.probe = text(record, "probe");
  event.func = text(record, "func");
  event.pid = number(record, "pid");
  event.tid = number(record, "tid");
  event.ts_ns = number(record, "ts_ns");
  event.gross_ns = number(record, "gross_ns");
  event.ret = text(record, "ret");
  if (const auto args = record.FindMember("args"); args != record.MemberEnd())
    for (const auto& one : args->value.GetObject())
      event.args[one.name.GetString()] = spelled(one.value);
  if (const auto stack = record.FindMember("stack"); stack != record.MemberEnd())
    for (const Value& frame : stack->value.GetArray()) event.stack.push_back(text(frame, "func"));
  return event;
}

std::vector<std::string> argv_of(const std::string& events, const std::vector<std::string>& args,
                                 const std::vector<std::string>& command) {
  std::vector<std::string> argv = {binary("sidestep"), "--format", "jsonl", "-o", events};
  argv.insert(argv.end(), args.begin(), args.end());
  argv.push_back("--");
  argv.insert(argv.end(), command.begin(), command.end());
  return argv;
}

Recording recording_of(const std::string& lines, RunResult result) {
  Recording recording{parse_summary(last_record(lines, "summary")), read_events(lines)};
  recording.traced.run = std::move(result);
  return recording;
}

}  // namespace

std::vector<Event> read_events(const std::string& lines) {
  std::vector<Event> events;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    rapidjson::Document record;
    record.Parse(line.data(), line.size());
    if (record.HasParseError() || !record.IsObject()) continue;
    const std::string type = text(record, "type");
    if (type == "hit" || type == "return") events.push_back(event_of(record));
  }
  return events;
}

std::vector<Event> Recording::of(const std::string& probe) const {
  std::vector<Event> result;
  for (const Event& event : events)
    if (event.probe == probe) result.push_back(event);
  return result;
}

const ProbeSummary& Recording::summary(const std::string& probe) const {
  static const ProbeSummary none;
  for (const ProbeSummary& one : traced.probes)
    if (one.probe == probe) return one;
  return none;
}

Recording record(const std::vector<std::string>& sidestep_args,
                 const std::vector<std::string>& command, const RunOptions& options) {
  const TemporaryFile events;
  RunResult result = run(argv_of(events.path(), sidestep_args, command), options);
  return recording_of(events.read(), std::move(result));
}

Recorder::Recorder(const std::vector<std::string>& sidestep_args,
                   const std::vector<std::string>& command)
    : program_(argv_of(events_.path(), sidestep_args, command)) {}

Recording Recorder::finish() {
  RunResult result = program_.finish();
  return recording_of(events_.read(), std::move(result));
}

std::uint64_t value_of(const std::string& text) {
  const bool hex = text.starts_with("0x");
  const char* end = text.data() + text.size();
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data() + (hex ? 2 : 0), end, value, hex ? 16 : 10);
  return read.ec == std::errc() && read.ptr == end ? value : ~0ull;
}

}  // namespace sidestep::test
