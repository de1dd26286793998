#include "session/tracing.hpp"

#include <algorithm>

#include "amd64/amd64.hpp"
#include "displaced/policy.hpp"
#include "displaced/scratch.hpp"
#include "inplace/policy.hpp"
#include "linux/attach.hpp"
#include "linux/launch.hpp"
#include "linux/own_sequences.hpp"
#include "linux/ptrace_kernel.hpp"
#include "session/probes.hpp"
#include "symbols/elf_resolver.hpp"
#include "symbols/executable_kind.hpp"
#include "symbols/unwinder.hpp"

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
  result.follow = options.follow;
  result.eintr_repair = options.eintr_repair;
  result.trap_handler = options.trap_handler;
  result.hit_records = options.hit_events;
  result.thread_records = options.thread_events;
  result.truth = options.truth;
  result.stack_frames = options.stack_frames;
  result.min_time = options.min_time.count();
  return result;
}

}  // namespace

struct Tracing::Parts {
  Parts(const SessionOptions& o, Catalog& catalog, core::Recorder& r)
      : options(o),
        kernel(o.wait,
               o.debug_wait ? os::PtraceKernel::Debug::Waits : os::PtraceKernel::Debug::Off),
        arch(amd64::make_architecture()),
        resolver(symbols::make_resolver(o.debuginfod ? symbols::Debuginfod::On
                                                     : symbols::Debuginfod::Off)),
        policy(make_policy(o)),
        own_sites(Step::Boosted),
        arming(
            kernel, *arch, *resolver, catalog,
            [](const core::Architecture& a) { return std::make_unique<displaced::Scratch>(a); },
            !policy->in_place()),
        recorder(r) {}

  Result<void> find_program();
  Result<void> start();

  const SessionOptions& options;
  os::PtraceKernel kernel;
  std::unique_ptr<core::Architecture> arch;
  std::unique_ptr<core::Resolver> resolver;
  std::unique_ptr<core::Policy> policy;
  displaced::DisplacedPolicy own_sites;
  core::Arming arming;
  core::Recorder& recorder;
  std::unique_ptr<core::Journal> journal;
  std::unique_ptr<core::Unwinder> unwinder;  // -k
  std::string path;                          // of the command
  std::vector<Pid> targets;                  // or what to attach to
  std::unique_ptr<core::Engine> engine;
};

/// The command's file, or the processes, as far as they can be judged before anything is touched.
Result<void> Tracing::Parts::find_program() {
  for (const int id : options.pids) {
    const auto target = os::find_target(id);
    if (!target) return target.error();
    const std::string exe = "/proc/" + std::to_string(target->value) + "/exe";
    // In the middle of an exec there may be no executable to be seen: attaching will tell.
    const auto file = symbols::inspect_executable(exe);
    if (!file && file.error().kind != ErrorKind::NotFound && os::is_readable(exe))
      return Error{ErrorKind::Setup, "-p " + std::to_string(id) + ": " + file.error().message};
    if (std::find(targets.begin(), targets.end(), *target) == targets.end())
      targets.push_back(*target);
  }
  if (!options.pids.empty()) return {};
  auto found = os::find_command(options.command.front());
  if (!found) return found.error();
  if (auto file = symbols::inspect_executable(*found); !file) return file.error();
  path = std::move(*found);
  return {};
}

Result<void> Tracing::Parts::start() {
  for (const Pid target : targets)
    if (auto attached = engine->attach(target); !attached) return attached;
  if (!targets.empty()) return {};
  const auto on_exit = options.kill_on_exit ? os::OnTracerExit::Kill : os::OnTracerExit::Detach;
  const auto tid = os::launch(path, options.command, on_exit);
  if (!tid) return tid.error();
  kernel.launched();
  engine->launched(*tid);
  return {};
}

Tracing::Tracing(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Tracing::~Tracing() = default;

Result<std::unique_ptr<Tracing>> Tracing::prepare(const SessionOptions& options, Catalog& catalog,
                                                  Pump& pump) {
  auto parts = std::make_unique<Parts>(options, catalog, pump);
  parts->kernel.has_helper(pump.thread());
  auto probes = parse_probes(options.probes), excluded = parse_excluded(options.excluded);
  if (!probes) return probes.error();
  if (!excluded) return excluded.error();
  parts->arming.set_witness(options.witness);
  parts->arming.set_limits({options.string_limit});
  parts->arming.set_probes(std::move(*probes), std::move(*excluded));

  if (auto found = parts->find_program(); !found) return found.error();

  if (!options.journal.empty() || options.debug_state) {
    auto journal = core::Journal::open(options.journal, options.debug_state);
    if (!journal) return journal.error();
    parts->journal = std::move(*journal);
  }
  if (options.stack_frames) parts->unwinder = symbols::make_unwinder();
  parts->engine = std::make_unique<core::Engine>(
      core::Engine::Parts{parts->kernel, *parts->arch, *parts->resolver, parts->arming,
                          *parts->policy, parts->own_sites, parts->recorder, parts->journal.get(),
                          parts->unwinder.get()},
      engine_options(options));
  return std::unique_ptr<Tracing>(new Tracing(std::move(parts)));
}

Result<void> Tracing::run() {
  if (auto started = parts_->start(); !started) return started;
  os::do_without_restartable_sequences();
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
