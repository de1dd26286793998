#include "stopped_program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "amd64/numbered.hpp"
#include "core/modules.hpp"
#include "linux/proc.hpp"
#include "symbols/elf_resolver.hpp"
#include "symbols/unwinder.hpp"

namespace sidestep::test {

StoppedProgram::StoppedProgram(const std::string& scenario)
    : unwinder_(symbols::make_unwinder()),
      resolver_(symbols::make_resolver()),
      symbolizer_(std::make_unique<symbols::Symbolizer>(*resolver_)) {
  process_ = ::fork();
  if (process_ == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::execl(DEEP, DEEP, scenario.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(process_, &status, 0);
  if (!WIFSTOPPED(status)) {
    ADD_FAILURE() << DEEP << " can't be traced: status " << status;
    return;
  }
  ::ptrace(PTRACE_SETOPTIONS, process_, nullptr, PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE);
  ::ptrace(PTRACE_CONT, process_, nullptr, nullptr);
  run_to_trap();
}

StoppedProgram::~StoppedProgram() {
  if (memory_ >= 0) ::close(memory_);
  ::kill(process_, SIGKILL);
  while (::waitpid(-1, nullptr, __WALL) > 0) continue;  // threads too: the leader waits for them
}

void StoppedProgram::run_to_trap() {
  for (;;) {
    int status = 0;
    const pid_t stopped = ::waitpid(-1, &status, __WALL);
    if (stopped < 0 || !WIFSTOPPED(status)) {
      ADD_FAILURE() << "the program ended before its trap: status " << status;
      return;
    }
    const int signal = WSTOPSIG(status);
    if (signal == SIGTRAP && status >> 16 == 0) {
      thread_ = stopped;
      take_registers(true);
      look_around();
      return;
    }
    // Stops for clone, and the first one of the new thread, are ours; the rest is the program's.
    const int deliver = signal == SIGTRAP || signal == SIGSTOP ? 0 : signal;
    ::ptrace(PTRACE_CONT, stopped, nullptr, deliver);
  }
}

/// As a thread that stands at a site: the PC is the trap's own address.
void StoppedProgram::take_registers(bool after_trap) {
  ::ptrace(PTRACE_GETREGS, thread_, nullptr, &registers_);
  if (after_trap) --registers_.rip;
}

void StoppedProgram::look_around() {
  const Tid tid{process_};
  memory_ = ::open(("/proc/" + std::to_string(process_) + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  mappings_ = os::proc::mappings(tid);
  modules_ = core::modules_from(mappings_, os::proc::executable(tid));
  for (core::Module& module : modules_) {
    module.file = os::proc::file_of(tid, module.mappings.front());
  }
  symbolizer_->set_modules(pid(), mappings_, modules_);
}

bool StoppedProgram::single_step() {
  int status = 0;
  const std::uint64_t before = registers_.rip;
  ::ptrace(PTRACE_SINGLESTEP, thread_, nullptr, nullptr);
  if (::waitpid(thread_, &status, __WALL) != thread_ || !WIFSTOPPED(status)) return false;
  take_registers(false);
  std::uint8_t code = 0;
  const bool readable = ::pread(memory_, &code, 1, static_cast<off_t>(before)) == 1;
  return WSTOPSIG(status) == SIGTRAP && readable;
}

bool StoppedProgram::in_vdso() const {
  return std::any_of(mappings_.begin(), mappings_.end(), [&](const core::Mapping& m) {
    return m.path == "[vdso]" && m.range.contains({registers_.rip});
  });
}

std::vector<Address> StoppedProgram::addresses(core::Unwinder& unwinder, std::size_t most) {
  unwinder.set_modules(pid(), mappings_, modules_);
  core::Registers block;
  static_assert(sizeof registers_ <= sizeof block.words);
  std::memcpy(block.words.data(), &registers_, sizeof registers_);
  const auto value = [&](unsigned number) { return amd64::value(block, number).value_or(0); };
  const core::Unwinder::Read read = [&](Address from, std::span<std::uint8_t> to) {
    ++reads_;
    const ssize_t n = ::pread(memory_, to.data(), to.size(), static_cast<off_t>(from.value));
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  };
  std::vector<Address> found;
  unwinder.unwind(pid(), value, read, most, found);
  return found;
}

std::vector<Frame> StoppedProgram::frames(std::size_t most) {
  return symbolizer_->frames(pid(), addresses(*unwinder_, most));
}

std::vector<std::string> StoppedProgram::functions(std::size_t most) {
  std::vector<std::string> names;
  for (const Frame& frame : frames(most)) {
    names.push_back(!frame.func.empty() ? frame.func : frame.module.empty() ? "?" : frame.module);
  }
  return names;
}

std::vector<std::string> StoppedProgram::own_functions() {
  std::vector<std::string> names = functions();
  const auto last = std::find_if(names.begin(), names.end(), [](const std::string& name) {
    return name == "main" || name == "begins";
  });
  if (last != names.end()) names.erase(last + 1, names.end());
  return names;
}

}  // namespace sidestep::test
