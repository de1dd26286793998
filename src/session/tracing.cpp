#include "session/tracing.hpp"

#include "amd64/amd64.hpp"
#include "displaced/policy.hpp"
#include "displaced/scratch.hpp"
#include "inplace/policy.hpp"
#include "linux/launch.hpp"
#include "linux/ptrace_kernel.hpp"
#include "session/probes.hpp"
#include "symbols/elf_resolver.hpp"
#include "symbols/executable_kind.hpp"

namespace sidestep::session {
namespace {

std::unique_ptr<core::Policy> make_policy(const SessionOptions& options) {
  using inplace::InPlacePolicy;
  switch (options.mode) {
    case Mode::AllStop:
      return std::make_unique<InPlacePolicy>(InPlacePolicy::Others::Stop);
    case Mode::Lift:
      return std::make_unique<InPlacePolicy>(InPlacePolicy::Others::Run);
    case Mode::Displaced:
      break;
  }
  return std::make_unique<displaced::DisplacedPolicy>(options.step);
}

core::EngineOptions engine_options(const SessionOptions& options) {
  core::EngineOptions result;
  result.limit = options.limit;
  result.eintr_repair = options.eintr_repair;
  result.hit_records = options.hit_events;
  result.thread_records = options.thread_events;
  result.truth = options.truth;
  return result;
}

}  // namespace

struct Tracing::Parts {
  Parts(const SessionOptions& o, Catalog& catalog, core::Recorder& r)
      : options(o),
        kernel(o.wait,
               o.debug_wait ? os::PtraceKernel::Debug::Waits : os::PtraceKernel::Debug::Off),
        arch(amd64::make_architecture()),
        resolver(symbols::make_resolver()),
        policy(make_policy(o)),
        own_sites(Step::Boosted),
        arming(
            kernel, *arch, *resolver, catalog,
            [](const core::Architecture& a) { return std::make_unique<displaced::Scratch>(a); },
            !policy->in_place()),
        recorder(r) {}

  const SessionOptions& options;
  os::PtraceKernel kernel;
  std::unique_ptr<core::Architecture> arch;
  std::unique_ptr<core::Resolver> resolver;
  std::unique_ptr<core::Policy> policy;
  displaced::DisplacedPolicy own_sites;
  core::Arming arming;
  core::Recorder& recorder;
  std::unique_ptr<core::Journal> journal;
  std::string path;
  std::unique_ptr<core::Engine> engine;
};

Tracing::Tracing(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Tracing::~Tracing() = default;

Result<std::unique_ptr<Tracing>> Tracing::prepare(const SessionOptions& options, Catalog& catalog,
                                                  core::Recorder& recorder) {
  auto parts = std::make_unique<Parts>(options, catalog, recorder);
  auto probes = parse_probes(options.probes), excluded = parse_probes(options.excluded);
  if (!probes) return probes.error();
  if (!excluded) return excluded.error();
  parts->arming.set_probes(std::move(*probes), std::move(*excluded));

  auto path = os::find_command(options.command.front());
  if (!path) return path.error();
  if (auto file = symbols::inspect_executable(*path); !file) return file.error();
  parts->path = std::move(*path);

  if (!options.journal.empty() || options.debug_state) {
    auto journal = core::Journal::open(options.journal, options.debug_state);
    if (!journal) return journal.error();
    parts->journal = std::move(*journal);
  }
  parts->engine = std::make_unique<core::Engine>(
      core::Engine::Parts{parts->kernel, *parts->arch, *parts->resolver, parts->arming,
                          *parts->policy, parts->own_sites, parts->recorder, parts->journal.get()},
      engine_options(options));
  return std::unique_ptr<Tracing>(new Tracing(std::move(parts)));
}

Result<void> Tracing::run() {
  const auto on_exit =
      parts_->options.kill_on_exit ? os::OnTracerExit::Kill : os::OnTracerExit::Detach;
  const auto tid = os::launch(parts_->path, parts_->options.command, on_exit);
  if (!tid) return tid.error();
  parts_->engine->launched(*tid);
  auto result = parts_->engine->run();
  if (result)
    for (const std::string& spec : parts_->arming.never_loaded())
      parts_->recorder.notice({}, "-x '" + spec + "': its module was never loaded");
  return result;
}

core::Engine& Tracing::engine() {
  return *parts_->engine;
}
const core::Account& Tracing::account() const {
  return parts_->engine->account();
}

}  // namespace sidestep::session
