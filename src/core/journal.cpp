#include "core/journal.hpp"

#include <cerrno>
#include <cstring>

#include "core/advance.hpp"
#include "core/codec.hpp"

namespace sidestep::core {

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path, bool echo) {
  auto journal = std::make_unique<Journal>();
  journal->echo_ = echo;
  if (!path.empty()) {
    journal->file_.reset(std::fopen(path.c_str(), "we"));
    if (!journal->file_)
      return Error{ErrorKind::Setup, "--journal " + path + ": cannot write: " +
                                         std::strerror(errno) + "; choose another file"};
  }
  return journal;
}

void Journal::write() {
  line_ += '\n';
  if (file_) std::fwrite(line_.data(), 1, line_.size(), file_.get());
  if (echo_) std::fwrite(line_.data(), 1, line_.size(), stderr);
}

void Journal::site(const SitePlan& plan) {
  line_ = "site ";
  codec::put(line_, plan);
  write();
}

void Journal::step(Tid tid, const View& view, const StopEvent& event, const Transition& result) {
  line_ = "step ";
  codec::put(line_, tid.value);
  for (const int number : {static_cast<int>(view.role), static_cast<int>(view.process),
                           static_cast<int>(view.start_up) + 2 * static_cast<int>(view.leaving) +
                               4 * static_cast<int>(view.group_stopped)}) {
    line_ += ' ';
    codec::put(line_, number);
  }
  line_ += ' ';
  codec::put(line_, view.state);
  line_ += ' ';
  codec::put(line_, event);
  line_ += " -> ";
  codec::put(line_, result);
  write();
}

namespace {

struct Step {
  int tid = 0;
  Role role{};
  ProcessState process{};
  bool start_up = false, leaving = false, group_stopped = false;
  ThreadState state;
  StopEvent event;
  std::string_view result;
};

bool parse(std::string_view in, Step& step) {
  int start_up = 0;
  const bool ok = codec::get(in, step.tid) && codec::take(in, " ") && codec::get(in, step.role) &&
                  codec::take(in, " ") && codec::get(in, step.process) && codec::take(in, " ") &&
                  codec::get(in, start_up) && codec::take(in, " ") && codec::get(in, step.state) &&
                  codec::take(in, " ") && codec::get(in, step.event) && codec::take(in, " -> ");
  step.start_up = start_up & 1;
  step.leaving = start_up & 2;
  step.group_stopped = start_up & 4;
  step.result = in;
  return ok;
}

Error malformed(std::size_t number, std::string_view line) {
  return {ErrorKind::Setup,
          "journal line " + std::to_string(number) + " can't be read: " + std::string(line)};
}

}  // namespace

Result<std::size_t> replay(std::string_view text, const Policy& policy, const Policy& own_sites) {
  SiteTable sites;
  std::size_t steps = 0, number = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    ++number;
    std::string_view rest = line;
    if (codec::take(rest, "site ")) {
      Site site;
      if (!codec::get(rest, site.plan)) return malformed(number, line);
      sites.remove(site.plan.id);
      sites.add(std::move(site));
      continue;
    }
    Step step;
    if (!codec::take(rest, "step ") || !parse(rest, step)) return malformed(number, line);
    const View view{step.state, step.role, step.process, step.start_up,     sites,
                    policy,     own_sites, step.leaving, step.group_stopped};
    std::string got;
    codec::put(got, advance(view, step.event));
    if (got != step.result)
      return Error{ErrorKind::Setup, "journal line " + std::to_string(number) + " gives " + got +
                                         " now, but was: " + std::string(line)};
    ++steps;
  }
  return steps;
}

}  // namespace sidestep::core
