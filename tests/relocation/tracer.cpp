#include "tracer.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "core/advance.hpp"
#include "core/fix_up.hpp"
#include "core/instruction_of.hpp"

namespace sidestep::test {
namespace {

namespace state = core::state;
namespace stop = core::stop;
namespace effect = core::effect;

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};

}  // namespace

Tracer::Tracer(os::PtraceKernel& kernel, Tid tid, const Way& way, core::Site site)
    : kernel_(kernel),
      tid_(tid),
      arch_(way.arch),
      policy_(way.passage == Passage::Single ? Step::Single : Step::Boosted),
      passage_(way.passage) {
  sites_.map_slot(sites_.add(std::move(site)));
}

int Tracer::on(const Child::Stop& stop) {
  const auto event = decode(stop);
  if (!event) return stop.signal;
  // Start-up is when every system call stops: so do the calls of the run in place.
  const core::View view{
      state_, core::Role::Member, core::ProcessState::Tracing, true, sites_, policy_, policy_};
  const core::Transition t = core::advance(view, *event);
  for (const core::Effect& each : t.effects) apply(each);
  state_ = t.next;
  how_ = t.resume;
  const bool arrived = std::holds_alternative<stop::Trap>(*event);
  if (arrived && passage_ == Passage::Held)
    ::syscall(SYS_tgkill, tid_.value, tid_.value, held_signal);
  return t.resume.signal;
}

/// As Engine::decode, for a thread of a program with one site and no handlers.
std::optional<core::StopEvent> Tracer::decode(const Child::Stop& stop) {
  if (stop.system_call) return stop::Syscall{};
  const auto pc = kernel_.pc(tid_);
  if (!pc) return std::nullopt;
  if (stop.signal == SIGTRAP) return decode_trap(*pc);
  const auto info = kernel_.siginfo(tid_);
  if (!info) return std::nullopt;
  const bool fault = kernel_.cause(stop.signal, *info).kind != core::SignalCause::Kind::Sent;
  const auto disposition =
      stop.signal == held_signal ? core::Disposition::Handled : core::Disposition::Fatal;
  return stop::Signal{stop.signal, fault, disposition, sites_.locate(*pc), false};
}

std::optional<core::StopEvent> Tracer::decode_trap(Address pc) {
  using Kind = core::SignalCause::Kind;
  const bool stepping = std::holds_alternative<state::Stepping>(state_);
  if (pc == site().plan.address + 1 && !stepping) return stop::Trap{SiteId{0}};
  const core::Place place = sites_.locate(pc);
  if (std::holds_alternative<state::InTwin>(state_) &&
      pc == site().plan.slot + site().slot_map->twin_end())
    return stop::TwinEnd{SiteId{0}, site().behind_twin().value_or(site().plan.next())};
  const auto info = kernel_.siginfo(tid_);
  if (!info) return std::nullopt;
  const bool debug = kernel_.cause(SIGTRAP, *info).kind == Kind::DebugTrap;
  if (debug)
    return stop::TraceTrap{place, !stepping || kernel_.own_trap_flag(tid_),
                           core::Disposition::Fatal};
  if (place.where == core::Place::Where::Program) return std::nullopt;
  return stop::Signal{SIGTRAP, true, core::Disposition::Fatal, place, false};
}

template <class Edit>
void Tracer::edit_registers(Edit edit) {
  auto regs = kernel_.registers(tid_);
  if (!regs) return;
  edit(*regs);
  kernel_.set_registers(tid_, *regs);
}

/// As Engine::apply; the other effects can't come here.
void Tracer::apply(const core::Effect& each) {
  std::visit(overloaded{
                 [&](const effect::SetPc& e) { kernel_.set_pc(tid_, e.pc); },
                 [&](const effect::UndoPush&) {
                   edit_registers([&](core::Registers& regs) { arch_.undo_push(regs); });
                 },
                 [&](const effect::LeaveSlotAtSyscall&) {
                   edit_registers([&](core::Registers& regs) {
                     arch_.leave_slot_at_syscall(regs, core::instruction_of(arch_, site()));
                   });
                 },
                 [&](const effect::TranslateFault& e) {
                   auto info = kernel_.siginfo(tid_);
                   if (!info) return;
                   kernel_.translate_fault(*info, e.from, e.to);
                   kernel_.set_siginfo(tid_, *info);
                 },
                 [&](const effect::FixUp&) { core::fix_up(kernel_, arch_, tid_, site()); },
                 [&](const effect::Hold&) {
                   if (const auto info = kernel_.siginfo(tid_)) held_info_ = *info;
                   if (const auto mask = kernel_.signal_mask(tid_)) held_mask_ = *mask;
                   kernel_.set_signal_mask(tid_, kernel_.mask_for_hold());
                 },
                 [&](const effect::Unhold&) {
                   kernel_.set_siginfo(tid_, held_info_);
                   kernel_.set_signal_mask(tid_, held_mask_);
                 },
                 [](const effect::ExpectEcho&) {},
                 [](const auto&) { std::abort(); },
             },
             each);
}

}  // namespace sidestep::test
