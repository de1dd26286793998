// A journal of every transition, one line each, that replays through advance(): a race seen in the
// field becomes a unit test. Written by the tracing thread; costs about a microsecond a stop, so it
// is off unless asked for.
//
//   site   <SitePlan>
//   step   <tid> <role> <process> <start_up + 2 leaving + 4 group_stopped> <state> <event> ->
//   <transition>
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "core/policy.hpp"
#include "core/stop.hpp"
#include "core/transition.hpp"
#include "sidestep/result.hpp"

namespace sidestep::core {

class Journal {
 public:
  /// `path` "": no file. `echo`: also print to standard error (--debug=state).
  static Result<std::unique_ptr<Journal>> open(const std::string& path, bool echo);

  void site(const SitePlan& plan);
  void step(Tid tid, const View& view, const StopEvent& event, const Transition& result);

 private:
  struct Close {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  void write();

  std::unique_ptr<std::FILE, Close> file_;
  bool echo_ = false;
  std::string line_;
};

/// Replays a journal's text through advance() with `policy`. Returns the number of steps replayed,
/// or an error that shows the first line whose transition differs or can't be read.
Result<std::size_t> replay(std::string_view text, const Policy& policy, const Policy& own_sites);

}  // namespace sidestep::core
