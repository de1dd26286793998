// Tracee memory through /proc/PID/mem: writes go to read-only text too (FOLL_FORCE), nobody has to
// be stopped, and exactly the bytes given are written (POKEDATA would rewrite seven neighbours).
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>

#include "linux/unique_fd.hpp"
#include "sidestep/types.hpp"

namespace sidestep::os {

/// One open file for each process. Tracing thread only.
class Memory {
 public:
  std::size_t read(Tid tid, Address from, std::span<std::uint8_t> to);
  std::size_t write(Tid tid, Address to, std::span<const std::uint8_t> from);
  void forget(Tid tid);  ///< the process has a new memory, or none
  void forget_thread(Tid tid);

 private:
  int file_of(Tid tid);

  std::unordered_map<Tid, Pid> process_of_;
  std::unordered_map<Pid, UniqueFd> files_;
};

}  // namespace sidestep::os
