#include "scripted_kernel.hpp"

#include <cstring>

namespace sidestep::core::test {
namespace {

using Life = SimThread::Life;

Info unpack(const SigInfo& packed) {
  Info info;
  std::memcpy(static_cast<void*>(&info), packed.bytes.data(), sizeof info);
  return info;
}

SigInfo pack(const Info& info) {
  SigInfo packed;
  std::memcpy(packed.bytes.data(), &info, sizeof info);
  return packed;
}

}  // namespace

void ScriptedKernel::churn(unsigned most) {
  for (unsigned n = machine_.dice(most + 1); n; --n) machine_.tick();
}

SimThread* ScriptedKernel::stopped(Tid tid) {
  SimThread* t = machine_.find(tid);
  if (!t || (t->life == Life::Stopped && t->seen)) return t;
  machine_.complain(*t, "touched although it is not known to be stopped");
  return nullptr;
}

// --- waiting -------------------------------------------------------------------------------------

std::optional<RawStop> ScriptedKernel::next_stop() {
  std::vector<SimThread*> pending;
  for (auto& t : machine_.threads)
    if (t->life == Life::Stopped && !t->seen) pending.push_back(t.get());
  if (!machine_.ended.empty() && (pending.empty() || machine_.dice(2))) {
    RawStop end = machine_.ended.front();
    end.at = now();
    machine_.ended.pop_front();
    return end;
  }
  if (pending.empty()) return std::nullopt;
  SimThread* t = pending[machine_.dice(static_cast<unsigned>(pending.size()))];
  t->seen = true;
  RawStop stop = t->stop;
  stop.at = now();
  return stop;
}

void ScriptedKernel::give_up(const char* why) {
  machine_.complaints.push_back(why);
  alone_ = true;
}

std::optional<RawStop> ScriptedKernel::wait(WaitFor how) {
  ++waits_;
  churn(4);
  if (how == WaitFor::Block && waits_ >= stop_after_ && then_) {
    std::exchange(then_, nullptr)();
    return std::nullopt;
  }
  if (waits_ > 20'000) return give_up("no end in sight"), std::nullopt;
  for (int ticks = 0; ticks < 10'000; ++ticks) {
    if (auto stop = next_stop()) return stop;
    if (how == WaitFor::Poll) return std::nullopt;
    if (machine_.tick()) continue;
    for (auto& t : machine_.threads)
      if (t->life != Life::Dead) return give_up("every thread is kept stopped"), std::nullopt;
    alone_ = true;
    return std::nullopt;
  }
  return give_up("runs and never stops"), std::nullopt;
}

// --- threads -------------------------------------------------------------------------------------

bool ScriptedKernel::resume(Tid tid, Resume resume) {
  churn(2);
  SimThread* t = machine_.find(tid);
  if (!t) return false;
  machine_.let_go(*t, resume);
  churn(3);
  return true;
}

/// Also for a thread that has stopped meanwhile: it stops once more when it goes on.
void ScriptedKernel::interrupt(Tid tid) {
  churn(2);
  ++interrupts;
  if (SimThread* t = machine_.find(tid)) machine_.interrupt(*t);
}

std::optional<Address> ScriptedKernel::pc(Tid tid) {
  churn(1);
  SimThread* t = stopped(tid);
  return t ? std::optional(t->pc) : std::nullopt;
}

bool ScriptedKernel::set_pc(Tid tid, Address pc) {
  churn(1);
  SimThread* t = stopped(tid);
  if (t) t->pc = pc;
  return t;
}

std::optional<Registers> ScriptedKernel::registers(Tid tid) {
  SimThread* t = stopped(tid);
  return t ? std::optional(machine_.registers(*t)) : std::nullopt;
}

bool ScriptedKernel::set_registers(Tid tid, const Registers& regs) {
  SimThread* t = stopped(tid);
  if (t) machine_.set_registers(*t, regs);
  return t;
}

std::optional<SigInfo> ScriptedKernel::siginfo(Tid tid) {
  SimThread* t = stopped(tid);
  return t ? std::optional(pack(t->info)) : std::nullopt;
}

bool ScriptedKernel::set_siginfo(Tid tid, const SigInfo& info) {
  SimThread* t = stopped(tid);
  if (t) t->info = unpack(info);
  return t;
}

SignalCause ScriptedKernel::cause(int, const SigInfo& info) const {
  return {unpack(info).cause};
}

void ScriptedKernel::translate_fault(SigInfo& packed, Address from, Address to) const {
  Info info = unpack(packed);
  if (info.address == from) info.address = to;
  packed = pack(info);
}

std::optional<SignalMask> ScriptedKernel::signal_mask(Tid tid) {
  SimThread* t = stopped(tid);
  return t ? std::optional(t->mask) : std::nullopt;
}

void ScriptedKernel::queue_signal(Tid tid, int, const SigInfo& info) {
  if (SimThread* t = stopped(tid)) t->queue.push_back(unpack(info));
}

bool ScriptedKernel::set_signal_mask(Tid tid, SignalMask mask) {
  SimThread* t = stopped(tid);
  if (t) t->mask = mask;
  return t;
}

bool ScriptedKernel::at_syscall_exit(Tid tid) {
  SimThread* t = stopped(tid);
  return t && t->returning;
}

bool ScriptedKernel::asleep_or_gone(Tid tid) {
  SimThread* t = machine_.find(tid);
  return !t || (t->life == Life::Runs && t->call == SimThread::Call::Inside);
}

/// Two clock ticks are ten of the machine's: longer than any trap is on its way.
std::optional<std::uint64_t> ScriptedKernel::cpu_time(Tid tid) {
  SimThread* t = machine_.find(tid);
  return t ? std::optional(t->ticks * 2'000'000) : std::nullopt;
}

bool ScriptedKernel::trap_pending(Tid tid) {
  SimThread* t = machine_.find(tid);
  return t && t->life == Life::Stopped && !t->seen;
}

bool ScriptedKernel::in_stop(Tid tid) {
  SimThread* t = machine_.find(tid);
  return t && t->life == Life::Stopped;
}

// --- memory --------------------------------------------------------------------------------------

std::size_t ScriptedKernel::read(Tid, Address from, std::span<std::uint8_t> to) {
  std::size_t n = 0;
  for (; n < to.size(); ++n) {
    const std::uint8_t* byte = machine_.byte(from + n);
    if (!byte) break;
    to[n] = *byte;
  }
  return n;
}

std::size_t ScriptedKernel::write(Tid, Address to, std::span<const std::uint8_t> from) {
  churn(2);
  std::size_t n = 0;
  for (; n < from.size(); ++n) {
    std::uint8_t* byte = machine_.byte(to + n);
    if (!byte) break;
    *byte = from[n];
  }
  churn(2);
  return n;
}

std::vector<Mapping> ScriptedKernel::mappings(Tid) {
  const auto code = [](Address from, std::uint64_t size, std::uint64_t inode, const char* path) {
    return Mapping{{from, from + size}, 0, true, false, true, false, inode, inode, path};
  };
  std::vector<Mapping> all = {code(program_base, 0x1000, 1, "/sim/program"),
                              code(vdso, 0x1000, 0, "[vdso]")};
  for (const auto& [from, bytes] : machine_.areas) all.push_back(code({from}, bytes.size(), 0, ""));
  return all;
}

Result<std::vector<Tid>> ScriptedKernel::attach(Pid) {
  return std::vector<Tid>{machine_.threads.front()->tid};
}

}  // namespace sidestep::core::test
