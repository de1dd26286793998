#include "output/text.hpp"

#include <fmt/compile.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "output/bytes.hpp"
#include "output/names.hpp"
#include "output/value_text.hpp"

namespace sidestep::output {
namespace {

std::string site_line(const std::string& probe, const SiteInfo& site) {
  std::string line = fmt::format("{}: {} at {:#x} {}+{:#x}", printable(probe), site_label(site),
                                 site.ip.value, printable(site.module), site.off.value);
  if (site.src) line += " " + printable(describe(*site.src));
  return line;
}

bool serves(const SiteInfo& site, std::size_t probe) {
  return std::any_of(site.probes.begin(), site.probes.end(),
                     [&](ProbeId id) { return static_cast<std::size_t>(id) == probe; });
}

}  // namespace

TextSink::TextSink(const OutputOptions& options, Destination& destination)
    : destination_(destination),
      palette_(choose_palette(options.color, destination)),
      clock_(options.timestamps, options.relative),
      quiet_(options.quiet),
      verbosity_(options.verbosity),
      call_time_(options.call_time) {}

void TextSink::write(const Event& event) {
  std::visit([this](const auto& one) { show(one); }, event);
}

void TextSink::show(const StartEvent& start) {
  labels_.clear();  // another session numbers its sites anew
  clock_.set(start.ts, start.realtime_ns);
  if (quiet_ == Quiet::No) list_sites(start);
}

void TextSink::list_sites(const StartEvent& start) {
  const auto notice = [&](std::string_view text) {
    fmt::format_to(std::back_inserter(destination_.buffer()), "{}--- {} ---{}\n", palette_.notice,
                   text, palette_.reset);
    destination_.line_done();
  };
  for (std::size_t probe = 0; probe < start.probes.size(); ++probe) {
    const std::string& spec = start.probes[probe];
    std::size_t sites = 0;
    for (const SiteInfo& site : start.sites) {
      if (!serves(site, probe)) continue;
      ++sites;
      if (verbosity_ == Verbosity::Verbose) notice(site_line(spec, site));
    }
    if (sites == 0) notice(fmt::format("{}: no site yet", printable(spec)));
    if (sites > 1) notice(fmt::format("{}: {} sites", printable(spec), sites));
  }
}

void TextSink::show(const HitEvent& hit) {
  begin_line(hit.tid.value, hit.comm, hit.ts);
  append_call(hit.site, hit.args);
  destination_.buffer().push_back('\n');
  append_stack(hit.stack);
  destination_.line_done();
}

void TextSink::show(const ReturnEvent& call) {
  begin_line(call.tid.value, call.comm, call.ts);
  append_call(call.site, call.args);
  fmt::memory_buffer& out = destination_.buffer();
  out.append(std::string_view(" = "));
  call.ret ? append_value(out, *call.ret) : out.append(std::string_view("void"));
  if (call_time_ == CallTime::On) {
    const Nanoseconds net = std::max<Nanoseconds>(0, call.net);
    constexpr Nanoseconds us = 1000, second = 1'000'000'000;
    fmt::format_to(std::back_inserter(out), FMT_COMPILE(" <{}.{:06}>"), net / second,
                   net % second / us);
  }
  out.push_back('\n');
  append_stack(call.stack);
  destination_.line_done();
}

void TextSink::append_call(const SiteInfo* site, const std::vector<Argument>& arguments) {
  fmt::memory_buffer& out = destination_.buffer();
  out.append(palette_.site);
  if (site == nullptr) {
    out.push_back('?');
  } else if (Labels& made = labels(*site); arguments.empty()) {
    if (made.plain.empty()) made.plain = site_label(*site);
    out.append(made.plain);
  } else {
    if (made.call.empty()) made.call = call_label(*site);
    out.append(made.call);
  }
  out.append(palette_.reset);
  if (arguments.empty()) return;
  out.push_back('(');
  append_arguments(out, arguments);
  out.push_back(')');
}

void TextSink::append_stack(const std::vector<Frame>& frames) {
  for (const Frame& frame : frames) {
    fmt::format_to(std::back_inserter(destination_.buffer()), FMT_COMPILE(" > {}\n"),
                   frame_label(frame));
  }
}

void TextSink::show(const ThreadEvent& event) {
  if (verbosity_ != Verbosity::Verbose) return;
  begin_line(event.tid.value, event.comm, event.ts);
  if (event.what == ThreadEvent::What::Started) {
    end_line("+++ started +++", palette_.ending);
    return;
  }
  // The first thread's end need not be the process's, which has a line of its own.
  const bool leader = event.tid.value == event.pid.value;
  end_line(fmt::format("+++ {}{} +++", leader ? "leader thread " : "", describe(event.exit)),
           palette_.ending);
}

void TextSink::show(const ExitEvent& event) {
  if (quiet_ != Quiet::No) return;
  begin_line(event.pid.value, event.comm, event.ts);
  end_line(fmt::format("+++ {} +++", describe(event.exit)), palette_.ending);
}

void TextSink::show(const GapEvent& gap) {
  begin_line(gap.pid.value, "", gap.ts);
  end_line(fmt::format("--- gap: {} ---", printable(gap.reason)), palette_.notice);
}

void TextSink::begin_line(int id, std::string_view comm, Nanoseconds ts) {
  fmt::memory_buffer& out = destination_.buffer();
  out.append(palette_.prefix);
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("[pid {}"), id);
  if (!comm.empty()) {
    out.push_back(' ');
    out.append(printable(comm));
  }
  out.push_back(']');
  out.append(palette_.reset);
  out.push_back(' ');
  if (!clock_.shows_anything()) return;
  out.append(palette_.time);
  clock_.append(out, ts);
  out.append(palette_.reset);
}

void TextSink::end_line(std::string_view text, std::string_view color) {
  fmt::memory_buffer& out = destination_.buffer();
  out.append(color);
  out.append(text);
  out.append(palette_.reset);
  out.push_back('\n');
  destination_.line_done();
}

TextSink::Labels& TextSink::labels(const SiteInfo& site) {
  if (site.id == SiteId::None) return unnumbered_ = {};
  const auto index = static_cast<std::size_t>(site.id);
  if (index >= labels_.size()) labels_.resize(index + 1);
  return labels_[index];
}

}  // namespace sidestep::output
