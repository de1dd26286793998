#include "machine.hpp"

#include <cstring>

namespace sidestep::core::test {
namespace {

constexpr int sigusr1 = 10, sigsegv = 11, sigtrap = 5;
constexpr std::uint64_t restart_sys = static_cast<std::uint64_t>(-512);  // -ERESTARTSYS

SignalMask bit(int signo) {
  return 1ull << (signo - 1);
}

}  // namespace

std::size_t length_of(std::uint8_t op) {
  if (op == op_int3 || (op & 0xc0) == op_one) return 1;
  if (op == op_call || op == op_loop || op == op_clone) return 3;
  if (op == op_push) return 9;
  return op == op_jump ? 10 : 2;
}

Machine::Machine(std::vector<std::uint8_t> code, std::uint64_t handler, unsigned seed)
    : program(std::move(code)), memory_(program), handler_(program_base + handler), rng_(seed) {
  SimThread& leader = spawn(program_base);
  leader.interrupt = 0;
  leader.call = SimThread::Call::Inside;  // of execve: it is about to return to the program's start
  stop(leader, RawStop::Kind::Exec);
}

SimThread& Machine::spawn(Address pc) {
  threads.push_back(std::make_unique<SimThread>());
  SimThread& t = *threads.back();
  t.tid = {100 + static_cast<int>(threads.size())};
  t.pc = pc;
  t.interrupt = traced_ ? 1 : 0;  // PTRACE_SEIZE: a newborn's first stop is a PTRACE_EVENT_STOP
  return t;
}

SimThread* Machine::find(Tid tid) {
  for (auto& t : threads)
    if (t->tid == tid && t->life != SimThread::Life::Dead) return t.get();
  return nullptr;
}

void Machine::complain(const SimThread& t, const std::string& what) {
  complaints.push_back("thread " + std::to_string(t.tid.value) + ": " + what);
}

std::uint8_t* Machine::byte(Address at) {
  const auto within = [&](std::vector<std::uint8_t>& bytes, std::uint64_t from) -> std::uint8_t* {
    const std::uint64_t offset = at.value - from;
    return at.value >= from && offset < bytes.size() ? &bytes[offset] : nullptr;
  };
  if (auto* b = within(memory_, program_base.value)) return b;
  if (auto* b = within(vdso_, vdso.value)) return b;
  for (auto& [from, bytes] : areas)
    if (auto* b = within(bytes, from)) return b;
  return nullptr;
}

// --- stops ---------------------------------------------------------------------------------------

/// Whatever the stop, it cancels a pending interrupt (kernel/signal.c, ptrace_stop).
void Machine::stop(SimThread& t, RawStop::Kind kind, int code) {
  t.life = SimThread::Life::Stopped;
  t.stop = {t.tid, 0, kind, code};
  t.seen = t.step = t.trace_calls = false;
  t.interrupt = t.trapping = 0;
}

void Machine::raise(SimThread& t, const Info& info) {
  t.info = info;
  if (traced_ && info.cause == SignalCause::Kind::Breakpoint) {
    // The exception is taken, the signal is not there yet: nobody can tell (engine.md, Detach, 3).
    t.trapping = 1 + dice(8);
    return;
  }
  if (traced_) return stop(t, RawStop::Kind::Signal, info.signo);
  if (info.signo == sigtrap) return complain(t, "killed by a trap that nobody caught");
  deliver(t, info);
}

/// A running thread does not stop at once: until the other processor has taken notice it goes on.
/// One that is stopped already stops again before it runs.
void Machine::interrupt(SimThread& t) {
  if (t.exits || t.interrupt) return;
  t.interrupt = t.life == SimThread::Life::Stopped ? 1 : 1 + dice(12);
}

void Machine::let_go(SimThread& t, Resume resume) {
  if (t.life != SimThread::Life::Stopped) return complain(t, "resumed although it runs");
  if (!t.seen) complain(t, "resumed before its stop was seen");
  t.life = SimThread::Life::Runs;
  t.step = resume.how == Resume::How::Step;
  t.trace_calls = resume.how == Resume::How::Syscall;
  t.returning = false;
  if (t.call == SimThread::Call::Entry) t.call = SimThread::Call::Inside;
  if (t.exits) return die(t);
  if (!resume.signal) return;
  if (t.stop.kind != RawStop::Kind::Signal || t.info.signo != resume.signal)
    return complain(t, "signal without its siginfo");
  if (resume.signal == sigtrap) return complain(t, "killed by a trap handed on");
  deliver(t, t.info);
}

void Machine::detach_all() {
  traced_ = false;
  for (auto& t : threads) {
    t->interrupt = 0;
    t->trace_calls = false;
    if (t->trapping) complain(*t, "left on its way into a trap");
    if (t->step) complain(*t, "left single-stepping");
    if (t->life == SimThread::Life::Stopped) complain(*t, "left stopped");
  }
}

void Machine::die(SimThread& t) {
  t.life = SimThread::Life::Dead;
  const bool leader = &t == threads.front().get();
  leader_ended_ |= leader;
  if (!leader) ended.push_back({t.tid, 0, RawStop::Kind::Exited, 0});
  for (auto& other : threads)
    if (other->life != SimThread::Life::Dead) return;
  // A leader that went first stays a zombie until the last thread is gone.
  if (leader_ended_) ended.push_back({threads.front()->tid, 0, RawStop::Kind::Exited, 0});
}

// --- signals -------------------------------------------------------------------------------------

bool Machine::take_signal(SimThread& t) {
  for (auto at = t.queue.begin(); at != t.queue.end(); ++at) {
    if (t.mask & bit(at->signo)) continue;
    const Info info = *at;
    t.queue.erase(at);
    raise(t, info);
    return true;
  }
  return false;
}

/// Sets up the handler's frame; SA_RESTART is on.
void Machine::deliver(SimThread& t, const Info& info) {
  roll_back(t);
  if (is_scratch(t.pc)) complain(t, "a handler sees a PC in a slot");
  if (is_scratch(info.address) && info.address) complain(t, "a handler sees si_addr in a slot");
  if (t.step) complain(t, "stepped into a handler");
  if (info.signo == sigusr1) {
    ++handled;
    if (info.value != ++t.delivered) complain(t, "signals lost or out of order");
  }
  t.frames.push_back({t.pc, registers(t), t.restarting, t.mask});
  t.restarting = false;
  t.mask |= bit(info.signo);
  t.pc = handler_;
  t.number = -1;
}

// --- running -------------------------------------------------------------------------------------

bool Machine::tick() {
  std::vector<SimThread*> running;
  for (auto& t : threads)
    if (t->life == SimThread::Life::Runs) running.push_back(t.get());
  if (running.empty()) return false;
  SimThread& t = *running[dice(static_cast<unsigned>(running.size()))];
  if (signals_left && dice(12) == 0) {
    --signals_left;
    t.queue.push_back({sigusr1, SignalCause::Kind::Sent, ++t.sent, {}});
  }
  ++t.ticks;
  run(t);
  return true;
}

void Machine::run(SimThread& t) {
  if (t.trapping) {
    if (--t.trapping == 0) stop(t, RawStop::Kind::Signal, t.info.signo);
    return;
  }
  if (t.call == SimThread::Call::Inside) return in_call(t);
  if (t.interrupt && --t.interrupt == 0) return stop(t, RawStop::Kind::Nudge);
  if (take_signal(t)) return;
  roll_back(t);
  t.number = -1;
  const bool step = t.step;
  execute(t);
  if (step && t.life == SimThread::Life::Runs && !t.trapping)
    raise(t, {sigtrap, SignalCause::Kind::DebugTrap, 0, t.pc});
}

void Machine::in_call(SimThread& t) {
  const bool exec = t.stop.kind == RawStop::Kind::Exec && t.pc == program_base;
  const bool raw = t.pc == vdso + 2;
  bool wanted = t.interrupt != 0;
  for (const Info& info : t.queue) wanted |= !(t.mask & bit(info.signo));
  if (wanted && !exec && !raw) return finish_call(t, true);
  if (raw) {  // mmap; the kernel may find the place taken
    const bool fails = dice(3) == 0;
    t.rax = fails ? static_cast<std::uint64_t>(-17) : t.args[0];
    if (!fails) areas[t.args[0]].resize(t.args[1]);
    return finish_call(t, false);
  }
  if (exec || dice(4) == 0) finish_call(t, false);
}

void Machine::enter_call(SimThread& t, std::uint8_t id) {
  if (id && !std::exchange(t.restarting, false)) count(t, id, t.pc);
  t.number = id ? 1 : static_cast<std::int64_t>(t.rax);
  t.pc = t.pc + 2;
  t.rcx = t.pc.value;
  t.r11 = 1;
  t.call = SimThread::Call::Inside;
  if (!t.trace_calls) return;
  t.call = SimThread::Call::Entry;
  stop(t, RawStop::Kind::Syscall);
}

void Machine::finish_call(SimThread& t, bool restart) {
  t.call = SimThread::Call::None;
  if (t.interrupt) t.interrupt = 1;  // in the kernel already
  if (restart) t.rax = restart_sys;
  if (!restart && t.pc != vdso + 2) t.rax = 0;
  t.returning = true;
  if (t.trace_calls) stop(t, RawStop::Kind::Syscall);
}

/// On the way back to the program an interrupted call is set up to run again.
void Machine::roll_back(SimThread& t) {
  if (t.number < 0 || t.rax != restart_sys) return;
  t.pc = t.pc - 2;
  t.number = -1;
  t.restarting = true;
}

void Machine::count(SimThread& t, std::uint8_t id, Address at) {
  ++ran[id];
  if (is_scratch(at)) ++in_slot[id];
  t.r11 = 0;
}

void Machine::execute(SimThread& t) {
  const std::uint8_t* code = byte(t.pc);
  if (!code) {
    complain(t, "runs where nothing is");
    return die(t);
  }
  const std::uint8_t op = code[0];
  const Address at = t.pc;
  if (op == op_sys) return enter_call(t, code[1]);
  if (op == op_raw) return enter_call(t, 0);
  if (op == op_rep) {
    if (!t.iterations) t.iterations = 3;
    if (--t.iterations) return;  // the PC stays
  }
  if (op == op_fault && t.faults) {
    --t.faults;
    ++faulted[code[1]];
    if (is_scratch(at)) ++faulted_in_slot[code[1]];
    return raise(t, {sigsegv, SignalCause::Kind::Fault, 0, at});
  }
  if (op == op_work || op == op_rep || op == op_fault) {
    count(t, code[1], at);
    t.pc = at + 2;
  } else if (op != op_int3 && (op & 0xc0) == op_one) {
    count(t, op & 0x3f, at);
    t.pc = at + 1;
  } else {
    execute_flow(t, op);
  }
}

void Machine::execute_flow(SimThread& t, std::uint8_t op) {
  const Address at = t.pc;
  const std::uint8_t* code = byte(at);
  const auto address = [](const std::uint8_t* from) {
    Address a;
    std::memcpy(&a.value, from, sizeof a.value);
    return a;
  };
  t.pc = at + length_of(op);
  switch (op) {
    case op_int3:
      return raise(t, {sigtrap, SignalCause::Kind::Breakpoint, 0, {}});
    case op_call:
      t.stack.push_back(t.pc);
      count(t, code[1], at);
      t.pc = program_base + code[2];
      return;
    case op_ret:
      count(t, code[1], at);
      t.pc = t.stack.back();
      t.stack.pop_back();
      if (is_scratch(t.pc)) complain(t, "returns into a slot");
      return;
    case op_loop:
      count(t, code[1], at);
      if (--t.loops > 0) t.pc = program_base + code[2];
      return;
    case op_push:
      t.stack.push_back(address(code + 1));
      return;
    case op_jump:
      if (code[1]) count(t, code[1], at);
      t.pc = address(code + 2);
      return;
    case op_clone:
      spawn(program_base + code[2]);
      if (traced_) stop(t, RawStop::Kind::Clone);
      return;
    case op_sigret: {
      const SimThread::Frame frame = t.frames.back();
      t.frames.pop_back();
      set_registers(t, frame.regs);
      t.pc = frame.pc;
      t.restarting = frame.restarting;
      t.mask = frame.mask;
      if (t.restarting && dice(2)) {  // siglongjmp out of the interrupted call, to behind it
        t.restarting = false;
        t.pc = t.pc + 2;
        t.r11 = 0;
      }
      return;
    }
    case op_exit:
      if (!t.queue.empty() || t.mask) complain(t, "ends with signals still blocked");
      if (!t.stack.empty() || !t.frames.empty()) complain(t, "ends with an unbalanced stack");
      t.exits = true;
      return traced_ ? stop(t, RawStop::Kind::Exit) : die(t);
    default:
      complain(t, "runs bytes that are no instruction");
      return die(t);
  }
}

// --- registers -----------------------------------------------------------------------------------

Registers Machine::registers(const SimThread& t) const {
  Registers r;
  r.words[0] = t.pc.value;
  r.words[1] = t.stack.size();
  r.words[2] = t.rcx;
  r.words[3] = t.rax;
  r.words[4] = static_cast<std::uint64_t>(t.number);
  r.words[5] = t.r11;
  std::copy(t.args.begin(), t.args.end(), &r.words[6]);
  return r;
}

void Machine::set_registers(SimThread& t, const Registers& r) {
  t.pc = {r.words[0]};
  t.stack.resize(r.words[1]);
  t.rcx = r.words[2];
  t.rax = r.words[3];
  t.number = static_cast<std::int64_t>(r.words[4]);
  t.r11 = r.words[5];
  std::copy_n(&r.words[6], t.args.size(), t.args.begin());
}

}  // namespace sidestep::core::test
