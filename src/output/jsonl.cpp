#include "output/jsonl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "output/names.hpp"
#include "output/value_json.hpp"

namespace sidestep::output {

void JsonlSink::write(const Event& event) {
  if (const auto* start = std::get_if<StartEvent>(&event)) {
    probes_ = start->probes;
    pieces_.forget();
  }
  if (summary_ == SummaryTable::Only && !std::holds_alternative<Summary>(event)) return;
  std::visit([this](const auto& one) { show(one); }, event);
  destination_.line_done();
}

void JsonlSink::show(const StartEvent& start) {
  line_.begin("start");
  line_.number("ts_ns", start.ts);
  line_.number("pid", std::int64_t{start.pid.value});
  line_.bytes("command", start.command);
  line_.word("mode", mode_name(start.mode));
  line_.word("step", step_name(start.step));
  line_.begin_array("probes");
  for (std::size_t probe = 0; probe < start.probes.size(); ++probe) {
    line_.begin_object();
    line_.bytes("probe", start.probes[probe]);
    line_.begin_array("sites");
    for (const SiteInfo& one : start.sites) {
      const auto id = static_cast<ProbeId>(probe);
      if (std::find(one.probes.begin(), one.probes.end(), id) == one.probes.end()) continue;
      line_.begin_object();
      write_site(line_, one);
      line_.end_object();
      destination_.line_done();  // it isn't, but there may be a hundred thousand
    }
    line_.end_array();
    line_.end_object();
  }
  line_.end_array();
  line_.word("realtime_ns", fmt::to_string(start.realtime_ns));
  if (!start.notes.empty()) line_.bytes("notes", start.notes);
  line_.end();
}

template <class Arrival>
JsonKeys& JsonlSink::begin_arrival(std::string_view type, const Arrival& arrival) {
  static const SiteInfo kUnknown;
  const SiteInfo& site = arrival.site != nullptr ? *arrival.site : kUnknown;
  const auto probe = static_cast<std::size_t>(arrival.probe);
  const std::string_view spec = probe < probes_.size() ? probes_[probe] : std::string_view();
  JsonPieces::Place& place = pieces_.place(site, arrival.probe, spec);
  line_.begin(type);
  line_.number("ts_ns", arrival.ts);
  line_.members(pieces_.thread(arrival.pid, arrival.tid, arrival.comm));
  line_.members(place.members);
  line_.number("seq", arrival.seq);
  return place.arguments;
}

void JsonlSink::stack(const std::vector<Frame>& frames) {
  if (frames.empty()) return;
  line_.begin_array("stack");
  for (const Frame& frame : frames) {
    line_.begin_object();
    line_.hex("ip", frame.ip.value);
    line_.bytes("module", frame.module);
    line_.key("off");
    frame.module.empty() ? line_.null() : line_.hex(frame.off.value);
    line_.bytes("func", frame.func);
    line_.key("func_off");
    frame.func.empty() ? line_.null() : line_.number(frame.func_off);
    line_.bytes("src", frame.src ? describe(*frame.src) : std::string());
    line_.end_object();
  }
  line_.end_array();
}

void JsonlSink::show(const HitEvent& hit) {
  JsonKeys& keys = begin_arrival("hit", hit);
  if (!hit.args.empty()) write_arguments(line_, "args", hit.args, keys);
  stack(hit.stack);
  line_.end();
}

void JsonlSink::show(const ReturnEvent& call) {
  JsonKeys& keys = begin_arrival("return", call);
  write_arguments(line_, "args", call.args, keys);
  line_.key("ret");
  call.ret ? write_value(line_, *call.ret) : line_.null();
  line_.number("gross_ns", call.gross);
  line_.number("net_ns", call.net);
  stack(call.stack);
  line_.end();
}

void JsonlSink::show(const ThreadEvent& event) {
  line_.begin("thread");
  line_.number("ts_ns", event.ts);
  line_.number("pid", std::int64_t{event.pid.value});
  line_.number("tid", std::int64_t{event.tid.value});
  line_.bytes("comm", event.comm);
  line_.word("event", event.what == ThreadEvent::What::Started ? "started" : "exited");
  line_.exit("exit", event.exit);
  line_.number("seq", event.seq);
  line_.end();
}

void JsonlSink::show(const ExitEvent& event) {
  line_.begin("exit");
  line_.number("ts_ns", event.ts);
  line_.number("pid", std::int64_t{event.pid.value});
  line_.bytes("comm", event.comm);
  line_.exit("exit", event.exit);
  line_.end();
}

void JsonlSink::show(const GapEvent& gap) {
  line_.begin("gap");
  line_.number("ts_ns", gap.ts);
  line_.number("pid", std::int64_t{gap.pid.value});
  line_.bytes("reason", gap.reason);
  line_.end();
}

void JsonlSink::show(const Summary& summary) {
  line_.begin("summary");
  write_summary(line_, summary);
  line_.end();
}

namespace {

/// Of a %return probe, and of its functions.
template <class Tally>
void write_calls(JsonLine& line, const Tally& tally) {
  line.number("returns", tally.returns);
  line.number("unfinished", tally.unfinished);
}

void write_functions(JsonLine& line, const ProbeTally& probe) {
  line.begin_array("functions");
  for (const FunctionTally& tally : probe.functions) {
    line.begin_object();
    line.bytes("func", tally.func);
    line.bytes("module", tally.module);
    line.number("sites", tally.sites);
    line.number("hits", tally.hits);
    if (probe.at_return) write_calls(line, tally);
    line.end_object();
  }
  line.end_array();
}

void write_probes(JsonLine& line, const std::vector<ProbeTally>& probes) {
  line.begin_array("probes");
  for (const ProbeTally& tally : probes) {
    line.begin_object();
    line.bytes("probe", tally.probe);
    line.number("sites", tally.sites);
    line.number("hits", tally.hits);
    if (tally.at_return) write_calls(line, tally);
    write_functions(line, tally);
    line.end_object();
  }
  line.end_array();
}

void write_endings(JsonLine& line, const Summary& summary) {
  if (summary.processes.size() <= 1) {
    line.exit("exit", summary.processes.empty() ? ExitStatus() : summary.processes[0].second);
    return;
  }
  line.begin_array("processes");
  for (const auto& [pid, exit] : summary.processes) {
    line.begin_object();
    line.number("pid", std::int64_t{pid.value});
    line.exit("exit", exit);
    line.end_object();
  }
  line.end_array();
}

}  // namespace

void write_summary(JsonLine& line, const Summary& summary) {
  line.word("mode", mode_name(summary.mode));
  line.word("step", step_name(summary.step));
  line.number("hits", summary.hits);
  line.number("completed", summary.completed);
  line.number("filtered", summary.filtered);
  line.number("missed", summary.missed);
  line.bytes("audit", summary.audit);
  line.number("lost", summary.lost);
  line.number("bystander_stops", summary.bystander_stops);
  line.number("waits", summary.waits);
  line.real("duration_s", summary.duration_s, 6);
  line.real("tracer_us_per_hit", summary.tracer_us_per_hit, 3);
  line.real("tracer_cpu_s", summary.tracer_cpu_s, 6);
  write_probes(line, summary.probes);
  write_endings(line, summary);
  if (summary.interim) line.yes("interim");
}

}  // namespace sidestep::output
