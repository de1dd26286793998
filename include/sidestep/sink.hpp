// Where events go. To add an output format: one class that implements this, one line in
// src/session.
#pragma once

#include "sidestep/events.hpp"
#include "sidestep/result.hpp"

namespace sidestep {

/// Called from the output thread only. A sink may be slow: a full queue slows the tracee, nothing
/// is dropped.
class EventSink {
 public:
  virtual ~EventSink() = default;

  virtual void write(const Event& event) = 0;
  /// Called whenever the queue runs empty, and at the end. An error ends the session after a clean
  /// detach (exit 125); it is reported once.
  virtual Result<void> flush() = 0;
};

}  // namespace sidestep
