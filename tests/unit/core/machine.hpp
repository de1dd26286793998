// A machine small enough to be read whole, for seeded interleavings: threads that run an abstract
// program of a dozen instructions, with the kernel behaviour that ptrace(2) shows of them. It keeps
// the program's own truth (how often each instruction ran, which signals arrived in which order)
// and complains when the program could have noticed the tracer.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/kernel.hpp"

namespace sidestep::core::test {

enum Op : std::uint8_t {
  op_work = 0x01,    ///< id
  op_call = 0x02,    ///< id, target (offset in the program)
  op_ret = 0x03,     ///< id
  op_sys = 0x04,     ///< id: may block, is restarted
  op_rep = 0x05,     ///< id: three iterations
  op_fault = 0x06,   ///< id: faults the first time
  op_loop = 0x07,    ///< id, target
  op_clone = 0x08,   ///< id, target of the child
  op_exit = 0x09,    ///< id
  op_sigret = 0x0a,  ///< id
  op_push = 0x0b,    ///< address (slots only)
  op_jump = 0x0c,    ///< id or 0, address (slots only)
  op_raw = 0x0f,     ///< 05: a system call by registers
  op_one = 0x80,     ///< | id: a single byte
  op_int3 = 0xcc,
};
std::size_t length_of(std::uint8_t op);

constexpr Address program_base{0x10000}, vdso{0x70000};

struct Info {  ///< a siginfo
  int signo = 0;
  SignalCause::Kind cause = SignalCause::Kind::Sent;
  std::uint64_t value = 0;
  Address address;
};

struct SimThread {
  enum class Life { Runs, Stopped, Dead };
  enum class Call { None, Entry, Inside };
  struct Frame {
    Address pc;
    Registers regs;
    bool restarting;
    SignalMask mask;
  };

  Tid tid;
  Life life = Life::Runs;
  RawStop stop;       ///< while Stopped
  Info info;          ///< of a signal-delivery stop
  bool seen = false;  ///< wait() has told of the stop
  bool step = false, trace_calls = false, exits = false;
  unsigned interrupt = 0;  ///< PTRACE_INTERRUPT takes effect after so many ticks; 0: none
  unsigned trapping = 0;   ///< ticks until the trap it ran into is a stop that wait() can see
  Call call = Call::None;
  bool returning = false;   ///< at a syscall-exit stop
  bool restarting = false;  ///< the kernel runs the same call again: no new arrival
  Address pc;
  std::uint64_t rcx = 0, r11 = 0, rax = 0;
  std::int64_t number = -1;  ///< orig_rax
  std::array<std::uint64_t, 6> args{};
  std::vector<Address> stack;
  std::vector<Frame> frames;
  int loops = 3, iterations = 0, faults = 1;
  SignalMask mask = 0;
  std::deque<Info> queue;
  std::uint64_t sent = 0, delivered = 0, ticks = 0;
};

class Machine {
 public:
  Machine(std::vector<std::uint8_t> program, std::uint64_t handler, unsigned seed);

  // --- the world goes on ---
  /// One instruction, or one event inside the kernel, of some running thread. False: nobody runs.
  bool tick();
  SimThread* find(Tid tid);
  unsigned dice(unsigned sides) { return static_cast<unsigned>(rng_() % sides); }
  void let_go(SimThread& t, Resume resume);  ///< PTRACE_CONT and so on
  void detach_all();                         ///< the tracer ends
  Registers registers(const SimThread& t) const;
  void set_registers(SimThread& t, const Registers& regs);
  void interrupt(SimThread& t);
  std::uint8_t* byte(Address at);
  void complain(const SimThread& t, const std::string& what);

  std::vector<std::unique_ptr<SimThread>> threads;
  std::deque<RawStop> ended;  ///< deaths that wait() has not told of
  std::map<std::uint64_t, std::vector<std::uint8_t>> areas;
  int signals_left = 0;  ///< how many SIGUSR1 are still to be sent, at random

  // --- the truth, by instruction id ---
  std::array<std::uint64_t, 64> ran{};      ///< completed, wherever
  std::array<std::uint64_t, 64> in_slot{};  ///< completed in a slot
  std::array<std::uint64_t, 64> faulted{}, faulted_in_slot{};
  std::uint64_t handled = 0;
  std::vector<std::string> complaints;
  const std::vector<std::uint8_t> program;  ///< as in the file

 private:
  void run(SimThread& t);
  void execute(SimThread& t);
  void execute_flow(SimThread& t, std::uint8_t op);
  void in_call(SimThread& t);
  void enter_call(SimThread& t, std::uint8_t id);
  void finish_call(SimThread& t, bool restart);
  void roll_back(SimThread& t);
  bool take_signal(SimThread& t);
  void deliver(SimThread& t, const Info& info);
  void stop(SimThread& t, RawStop::Kind kind, int code = 0);
  void raise(SimThread& t, const Info& info);
  void die(SimThread& t);
  void count(SimThread& t, std::uint8_t id, Address at);
  SimThread& spawn(Address pc);

  std::vector<std::uint8_t> memory_;
  std::vector<std::uint8_t> vdso_{op_raw, 0x05};
  const Address handler_;
  std::mt19937 rng_;
  bool traced_ = true;
  bool leader_ended_ = false;
};

constexpr bool is_scratch(Address a) {
  return !(program_base <= a && a < program_base + 0x1000) && a != vdso && a != vdso + 2;
}

}  // namespace sidestep::core::test
