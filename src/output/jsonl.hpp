// Events as JSON Lines, version 1: one object a line, `v` and `type` first. The keys are a contract
// with whoever reads them: docs of the product; a golden file guards the spelling.
//
// A hit has `args` and `stack` where they were asked for, that is, where there are any; a `return`
// has `args` always. Values are as docs/output.md says.
//
// A summary that was asked for by SIGUSR1 has "interim":true as its last key; the last one has not.
// Writes to a Destination that it does not own; that is where errors are kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "output/destination.hpp"
#include "output/json_line.hpp"
#include "output/json_pieces.hpp"
#include "sidestep/output_options.hpp"
#include "sidestep/sink.hpp"

namespace sidestep::output {

class JsonlSink : public EventSink {
 public:
  /// With SummaryTable::Only nothing but summaries is written.
  JsonlSink(const OutputOptions& options, Destination& destination)
      : destination_(destination), line_(destination.buffer()), summary_(options.summary) {}

  void write(const Event& event) override;
  Result<void> flush() override { return destination_.flush(); }

 private:
  void show(const StartEvent& start);
  void show(const HitEvent& hit);
  void show(const ReturnEvent& call);
  void show(const ThreadEvent& event);
  void show(const ExitEvent& event);
  void show(const GapEvent& gap);
  void show(const Summary& summary);

  /// The keys that arrivals and returns begin with, up to `seq`. Returns those of its arguments.
  template <class Arrival>
  JsonKeys& begin_arrival(std::string_view type, const Arrival& arrival);
  void stack(const std::vector<Frame>& frames);

  Destination& destination_;
  JsonLine line_;
  SummaryTable summary_;
  JsonPieces pieces_;
  std::vector<std::string> probes_;  ///< specs by ProbeId, from the StartEvent
};

/// The keys of a summary after `type`, in the contract's order.
void write_summary(JsonLine& line, const Summary& summary);

}  // namespace sidestep::output
