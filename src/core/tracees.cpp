// Who there is: threads and processes, from their first stop to their last.
#include <algorithm>

#include "core/engine.hpp"

namespace sidestep::core {

Thread* Engine::find(Tid tid) {
  auto found = threads_.find(tid);
  return found == threads_.end() ? nullptr : found->second;
}

Process& Engine::add_process(Pid pid) {
  processes_.push_back(std::make_unique<Process>());
  Process& process = *processes_.back();
  process.pid = pid;
  process.wants_handler = options_.trap_handler;
  return process;
}

Thread& Engine::add(Process& process, Tid tid, Pid pid, Role role, ThreadState state) {
  auto owned = std::make_unique<Thread>();
  Thread& thread = *owned;
  thread.tid = tid;
  thread.process = &process;
  thread.pid = pid;
  thread.role = role;
  thread.state = state;
  process.running += runs(state);
  process.threads[tid] = std::move(owned);
  threads_[tid] = &thread;
  if (options_.thread_records && role == Role::Member && begun_) {
    Record record;
    record.kind = Record::Kind::ThreadStarted;
    record.ts = kernel_.now();
    record.seq = thread.seq++;
    record.pid = pid;
    record.tid = tid;
    parts_.recorder.record(record);
  }
  return thread;
}

void Engine::launched(Tid tid) {
  Process& process = add_process({tid.value});
  first_ = process.pid;
  add(process, tid, process.pid, Role::Member, state::Free{});
}

/// The first stop of a thread that nobody has told us of yet. Its own /proc entry says what it is,
/// so that the order of its parent's event and this does not matter.
Thread* Engine::adopt(const RawStop& raw) {
  if (!announced_.erase(raw.tid)) {
    const auto identity = kernel_.identify(raw.tid);
    if (!identity) return nullptr;
    if (Thread* known = welcome(raw.tid, *identity, find_process(identity->parent))) return known;
    let_go_.insert(raw.tid);
  }
  kernel_.resume(raw.tid, {Resume::How::Detach, 0});
  kernel_.forget_memory(raw.tid);
  return nullptr;
}

/// A fork event: now the parent's sites are those of the child, whatever becomes of the parent
/// before the child's first stop is seen.
void Engine::announce(Thread& parent) {
  const Tid child{static_cast<int>(kernel_.event_message(parent.tid))};
  if (!child.value || find(child) || let_go_.erase(child)) return;
  const auto identity = kernel_.identify(child);
  if (!identity || identity->process == parent.pid) return;  // gone, or a thread
  if (!welcome(child, *identity, parent.process)) announced_.insert(child);
}

/// A new thread, or a process to be traced along. nullptr: a process that is to be let go, its
/// memory put right.
Thread* Engine::welcome(Tid tid, const Identity& child, Process* origin) {
  if (Process* own = find_process(child.process))
    return &add(*own, tid, child.process, Role::Member, state::Newborn{});
  const Role role = options_.follow ? Role::Member : Role::Guest;
  for (auto& process : processes_)
    if (runs_in_memory_of(*process, tid))
      return &add(*process, tid, child.process, role, state::Newborn{});
  if (options_.follow && !draining_)
    if (Thread* followed = follow_copy(tid, child, origin)) return followed;
  clean_copy(tid, origin);
  return nullptr;
}

/// Any of its threads may have left the memory at this moment, by its end or an exec.
bool Engine::runs_in_memory_of(const Process& process, Tid tid) {
  return std::any_of(process.threads.begin(), process.threads.end(),
                     [&](const auto& entry) { return kernel_.share_memory(tid, entry.first); });
}

Process* Engine::find_process(Pid pid) {
  const auto found = std::find_if(processes_.begin(), processes_.end(),
                                  [&](const auto& process) { return process->pid == pid; });
  return found == processes_.end() ? nullptr : found->get();
}

/// A fork child that is not followed: its copy of the memory gets its own bytes back before it
/// runs. Where nobody tells whose copy it is all are tried: a byte is only written where a trap
/// stands.
void Engine::clean_copy(Tid tid, const Process* origin) {
  if (origin) return parts_.arming.clean_copy(*origin, tid);
  for (auto& process : processes_) parts_.arming.clean_copy(*process, tid);
}

/// A fork child that is followed: a process of its own, with copies of its parent's sites, whose
/// traps and slots its memory holds already.
Thread* Engine::follow_copy(Tid tid, const Identity& child, const Process* origin) {
  for (auto& process : processes_)
    if (!origin && parts_.arming.is_copy(*process, tid)) origin = process.get();
  if (!origin) return nullptr;
  Process& fresh = add_process(child.process);
  fresh.wants_handler = origin->wants_handler;
  fresh.trap_action = origin->trap_action;
  fresh.start_up = origin->start_up;
  fresh.attached = origin->attached;
  fresh.modules = origin->modules;
  fresh.linker_state = origin->linker_state;
  fresh.syscall_insn = origin->syscall_insn;
  fresh.armed = origin->armed;
  parts_.arming.copy_sites(*origin, fresh, tid);
  return &add(fresh, tid, fresh.pid, Role::Member, state::Newborn{});
}

namespace {

ExitStatus exit_of(const RawStop& raw) {
  if (raw.kind == RawStop::Kind::Exited) return Exited{raw.code};
  return Signaled{raw.code};
}

}  // namespace

void Engine::bury(const RawStop& raw) {
  announced_.erase(raw.tid);
  Thread* thread = find(raw.tid);
  if (!thread) return;
  Process& process = *thread->process;
  const bool member = thread->role == Role::Member;
  if (member && raw.tid.value == process.pid.value) {
    process.exit = exit_of(raw);
  } else if (member && raw.tid.value == thread->pid.value) {
    report_exit(thread->pid, exit_of(raw));  // followed, and in another's memory to its end
  }
  if (options_.thread_records && member && begun_) {
    Record record;
    record.kind = Record::Kind::ThreadExited;
    record.ts = kernel_.now();
    record.seq = thread->seq++;
    record.pid = thread->pid;
    record.tid = thread->tid;
    record.code = raw.status;
    parts_.recorder.record(record);
  }
  remove(*thread);
  if (process.threads.empty())
    end_process(process);
  else
    follow_up(process);
}

/// The site whose trap is not booked yet: a system call's waits for its entry stop, a borrowed
/// thread's for its return.
SiteId Engine::in_flight_at(const Thread& thread) {
  if (auto* s = std::get_if<state::Entering>(&thread.state)) return s->site;
  if (auto* s = std::get_if<state::Waiting>(&thread.state)) return s->site;
  if (thread.deferred)  // killed while borrowed
    if (auto* trap = std::get_if<stop::Trap>(&*thread.deferred)) return trap->site;
  return SiteId::None;
}

void Engine::remove(Thread& thread) {
  Process& process = *thread.process;
  // Killed between its trap and the resume: the trap is neither reported nor lost.
  if (thread.tally.traps > thread.tally.settled()) {
    const SiteId site = in_flight_at(thread);
    const std::uint64_t in_flight = thread.tally.traps - thread.tally.settled();
    if (site != SiteId::None) process.sites.get(site).books.to_book().rewound += in_flight;
    thread.tally.rewound += in_flight;
  }
  if (thread.tally.traps != thread.tally.settled()) audit_failed("a thread's traps do not add up");
  process.running -= runs(thread.state);
  threads_.erase(thread.tid);
  process.threads.erase(thread.tid);  // the end of `thread`
}

/// An exec: the process goes on under the leader's tid with a new memory. Guests keep the old one.
void Engine::replace_image(Thread*& thread, const RawStop& raw) {
  if (thread->role == Role::Guest) return;
  Process& old = *thread->process;
  const Pid pid = thread->pid;
  std::vector<Thread*> gone;
  for (auto& [tid, member] : old.threads)
    if (member->pid == pid) gone.push_back(member.get());
  for (Thread* member : gone) remove(*member);
  kernel_.forget_memory(raw.tid);
  if (old.attached) parts_.arming.clean_image(old, raw.tid);
  Process& fresh = add_process(pid);
  fresh.attached = old.attached;
  if (draining_) {
    fresh.state = ProcessState::Draining;
    fresh.start_up = false;
  }
  if (old.threads.empty()) {
    audit_books(old);
    if (old.pid.value && old.pid != pid) report_exit(old.pid, old.exit);
    if (parts_.unwinder) parts_.unwinder->forget(old.pid);
    parts_.arming.forget(old);
    processes_.remove_if([&](const auto& p) { return p.get() == &old; });
  } else {
    if (old.pid == pid) old.pid = {0};  // only others are left in its memory
    follow_up(old);                     // they may have waited for this thread to stop
  }
  thread = &add(fresh, raw.tid, pid, Role::Member, state::Free{});
}

void Engine::end_process(Process& process) {
  audit_books(process);
  if (process.pid.value) report_exit(process.pid, process.exit);
  if (parts_.unwinder) parts_.unwinder->forget(process.pid);
  parts_.arming.forget(process);
  processes_.remove_if([&](const auto& p) { return p.get() == &process; });
}

/// The first process that was traced stays the first in the account.
void Engine::report_exit(Pid pid, const ExitStatus& exit) {
  account_.processes.insert(pid == first_ ? account_.processes.begin() : account_.processes.end(),
                            {pid, exit});
  Record record;
  record.kind = Record::Kind::ProcessExited;
  record.ts = kernel_.now();
  record.pid = pid;
  record.tid = {pid.value};  // its name is the process's
  if (auto* exited = std::get_if<Exited>(&exit)) record.code = exited->code << 8;
  if (auto* killed = std::get_if<Signaled>(&exit)) record.code = killed->signal;
  if (exit.index() && begun_) parts_.recorder.record(record);
}

}  // namespace sidestep::core
