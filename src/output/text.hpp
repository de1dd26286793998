// Text events, in strace's manner:
//
//   [pid 4711 worker-3] malloc()
//   [pid 4711 worker-3] 13:07:59.000123 parse+0x1c
//   [pid 4711 worker-3] parse(buf="GET /", len=5)       (where arguments are wanted)
//   [pid 4711 worker-3] parse(buf="GET /", len=5) = -1 <0.000123>    (%return; the time with -T)
//    > server(main+0x2f) main.c:40 [0x118f]             (-k: under its event)
//   [pid 4711 worker-3] +++ started +++                 (with -v)
//   [pid 4700 server] +++ exited with 0 +++
//   [pid 4700] --- gap: libfoo.so can't be read ---
//
// The number is the thread's id. The time in a call is net: in seconds, less what we kept the
// thread stopped for. A function that returns nothing returns `void`. Writes to a Destination that
// it does not own; that is where errors are kept. Summaries are not its business (table.hpp,
// account.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "output/clock.hpp"
#include "output/destination.hpp"
#include "output/palette.hpp"
#include "sidestep/output_options.hpp"
#include "sidestep/sink.hpp"

namespace sidestep::output {

class TextSink : public EventSink {
 public:
  TextSink(const OutputOptions& options, Destination& destination);

  void write(const Event& event) override;
  Result<void> flush() override { return destination_.flush(); }

 private:
  void show(const StartEvent& start);
  void show(const HitEvent& hit);
  void show(const ReturnEvent& call);
  void show(const ThreadEvent& event);
  void show(const ExitEvent& event);
  void show(const GapEvent& gap);
  void show(const Summary&) {}

  void begin_line(int id, std::string_view comm, Nanoseconds ts);
  void end_line(std::string_view text, std::string_view color);
  void list_sites(const StartEvent& start);
  struct Labels {
    std::string plain, call;  ///< with "()", and to put arguments behind; "" not made yet
  };
  Labels& labels(const SiteInfo& site);
  /// What was called, with its arguments if there are any.
  void append_call(const SiteInfo* site, const std::vector<Argument>& arguments);
  void append_stack(const std::vector<Frame>& frames);

  Destination& destination_;
  Palette palette_;
  Clock clock_;
  Quiet quiet_;
  Verbosity verbosity_;
  CallTime call_time_;
  std::vector<Labels> labels_;  ///< by SiteId
  Labels unnumbered_;
};

}  // namespace sidestep::output
