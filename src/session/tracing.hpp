// The one place that names concrete types and wires them: kernel, architecture, resolver, policies,
// engine. To add an architecture or a mode: one line in tracing.cpp.
#pragma once

#include <memory>

#include "core/engine.hpp"
#include "session/catalog.hpp"
#include "session/pump.hpp"
#include "sidestep/options.hpp"
#include "sidestep/result.hpp"

namespace sidestep::session {

/// Everything that lives on the tracing thread.
class Tracing {
 public:
  /// Checks the probes and the command's file, or the processes; nothing has been started when it
  /// fails.
  static Result<std::unique_ptr<Tracing>> prepare(const SessionOptions& options, Catalog& catalog,
                                                  Pump& pump);
  ~Tracing();

  /// Launches or attaches, and traces to the end. To be called on a thread that ends soon after:
  /// its end is what detaches the tracees that still live (engine.md, Detach).
  Result<void> run();

  core::Engine& engine();  ///< for requests, from any thread
  const core::Account& account() const;

 private:
  struct Parts;
  explicit Tracing(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace sidestep::session
