// The tracee `deep`, run by plain ptrace to where it stops by itself, and backtraces of it.
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/resolver.hpp"
#include "core/unwinder.hpp"
#include "symbols/symbolizer.hpp"

namespace sidestep::test {

class StoppedProgram {
 public:
  /// Runs `deep SCENARIO` up to its first trap instruction.
  explicit StoppedProgram(const std::string& scenario);
  /// Kills it.
  ~StoppedProgram();
  StoppedProgram(const StoppedProgram&) = delete;
  StoppedProgram& operator=(const StoppedProgram&) = delete;

  /// One instruction. False: it came upon another trap instruction, or ended.
  bool single_step();
  bool in_vdso() const;

  /// The addresses of a backtrace by an unwinder that has seen this program's modules.
  std::vector<Address> addresses(core::Unwinder& unwinder, std::size_t most = 64);
  /// And its functions; `?` for one that has no name.
  std::vector<std::string> functions(std::size_t most = 64);
  std::vector<Frame> frames(std::size_t most = 64);
  /// The names of `functions` up to and with main, or `begins` of a thread.
  std::vector<std::string> own_functions();

  const std::vector<core::Mapping>& mappings() const { return mappings_; }
  std::vector<core::Module>& modules() { return modules_; }
  Pid pid() const { return {process_}; }
  std::size_t reads() const { return reads_; }  ///< calls of Read so far

 private:
  void run_to_trap();
  void look_around();
  void take_registers(bool after_trap);

  pid_t process_ = -1, thread_ = -1;
  int memory_ = -1;
  std::size_t reads_ = 0;
  user_regs_struct registers_{};
  std::vector<core::Mapping> mappings_;
  std::vector<core::Module> modules_;
  std::unique_ptr<core::Unwinder> unwinder_;
  std::unique_ptr<core::Resolver> resolver_;
  std::unique_ptr<symbols::Symbolizer> symbolizer_;
};

}  // namespace sidestep::test
