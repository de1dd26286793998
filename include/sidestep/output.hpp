// The sink that writes events out: text or JSON Lines, to standard error, a file or a command, with
// the account of the run on standard error.
//
// Ownership: the caller owns the Output; it owns its destination, and the process of '|CMD'.
// Errors are values of kind Setup: the destination can't be opened, or can't be written any more
// (full disk, reader gone). The first one is kept, everything after it is dropped, and flush() goes
// on returning it.
#pragma once

#include <memory>
#include <string>

#include "sidestep/output_options.hpp"
#include "sidestep/result.hpp"
#include "sidestep/sink.hpp"

namespace sidestep {

class Output : public EventSink {
 public:
  /// After the last event: writes out what is left and waits for '|CMD'. An error that flush() has
  /// returned before is not returned again. Call it once; not concurrently with write().
  virtual Result<void> close() = 0;

  /// The account of the last Summary that was written, on standard error, unless Quiet::Account.
  /// After close(), and after whatever else is to be said: it is to be the last line there.
  virtual Result<void> write_account() = 0;

  /// What the user should know about a destination that did not fail: '|CMD' ended with a status of
  /// its own ("" nothing). After close().
  virtual std::string notice() const = 0;
};

/// Opens the destination (a file is truncated, '|CMD' is started).
Result<std::unique_ptr<Output>> make_sink(const OutputOptions& options);

}  // namespace sidestep
