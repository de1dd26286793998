// Open memories of tracees, on their way from the tracing process to its guardian. The guardian may
// not be allowed to open them itself: under Yama's ptrace_scope 1 a command is open to those who
// started it, and that is the other one.
#pragma once

#include <map>

#include "sidestep/types.hpp"

namespace sidestep::cli {

class MemoryHandover {
 public:
  /// Before the fork that the two sides come from.
  MemoryHandover();
  ~MemoryHandover();
  MemoryHandover(const MemoryHandover&) = delete;
  MemoryHandover& operator=(const MemoryHandover&) = delete;

  /// The tracing process's side: opens the memory in which `at` is, and leaves the descriptor with
  /// the kernel. Where that fails nothing is said: the guardian then tries by itself. Never blocks.
  void hand_over(Pid pid, Address at);
  /// The guardian's side: all that was handed over, the last one for each process. The caller owns
  /// the descriptors.
  std::map<int, int> take_all();

 private:
  int sender_ = -1, receiver_ = -1;
};

/// A descriptor for reading and writing the memory of a process, checked at `at`; -1: none.
int open_memory(Pid pid, Address at);

}  // namespace sidestep::cli
