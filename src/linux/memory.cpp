#include "linux/memory.hpp"

#include <fcntl.h>

#include <string>

#include "linux/proc.hpp"

namespace sidestep::os {

int Memory::file_of(Tid tid) {
  auto known = process_of_.find(tid);
  if (known == process_of_.end()) {
    const auto status = proc::status(tid);
    if (!status) return -1;
    known = process_of_.emplace(tid, status->process).first;
  }
  UniqueFd& file = files_[known->second];
  // By the thread's own entry: that of a leader which has exited would not open.
  if (!file)
    file = UniqueFd(
        ::open(("/proc/" + std::to_string(tid.value) + "/mem").c_str(), O_RDWR | O_CLOEXEC));
  return file.get();
}

std::size_t Memory::read(Tid tid, Address from, std::span<std::uint8_t> to) {
  const ssize_t n = ::pread(file_of(tid), to.data(), to.size(), static_cast<off_t>(from.value));
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

std::size_t Memory::write(Tid tid, Address to, std::span<const std::uint8_t> from) {
  const ssize_t n = ::pwrite(file_of(tid), from.data(), from.size(), static_cast<off_t>(to.value));
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

/// By whichever thread it was opened.
void Memory::forget(Tid tid) {
  if (const auto status = proc::status(tid)) files_.erase(status->process);
  forget_thread(tid);
}

/// A leader's end is reported last: with it goes the process's memory.
void Memory::forget_thread(Tid tid) {
  if (auto known = process_of_.find(tid); known != process_of_.end()) {
    if (known->second.value == tid.value) files_.erase(known->second);
    process_of_.erase(known);
  }
  files_.erase(Pid{tid.value});
}

}  // namespace sidestep::os
