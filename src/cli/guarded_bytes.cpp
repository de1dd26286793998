#include "cli/guarded_bytes.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <set>
#include <string>

namespace sidestep::cli {
namespace {

constexpr std::size_t capacity = 1 << 22;
constexpr std::uint8_t trap = 0xcc;

}  // namespace

struct GuardedBytes::Entry {
  std::uint64_t at;
  std::int32_t pid;
  std::uint8_t original;
  std::atomic<std::uint8_t> active;
};

/// Appended to only: what a writer was in the middle of when it died does not count yet.
struct GuardedBytes::Table {
  std::atomic<std::size_t> count;
  Entry entries[capacity];
};

GuardedBytes::GuardedBytes() {
  void* const memory = ::mmap(nullptr, sizeof(Table), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory != MAP_FAILED) table_ = static_cast<Table*>(memory);  // zeros: an empty table
}

GuardedBytes::~GuardedBytes() {
  if (table_) ::munmap(table_, sizeof(Table));
}

void GuardedBytes::armed(Pid pid, Address at, std::uint8_t original) {
  if (!table_ || index_.contains({pid.value, at.value})) return;
  const std::size_t next = table_->count;
  if (next == capacity) return;
  Entry& entry = table_->entries[next];
  entry.at = at.value;
  entry.pid = pid.value;
  entry.original = original;
  entry.active = 1;
  table_->count = next + 1;
  index_[{pid.value, at.value}] = next;
}

void GuardedBytes::restored(Pid pid, Address at) {
  const auto found = index_.find({pid.value, at.value});
  if (found == index_.end()) return;
  table_->entries[found->second].active = 0;
  index_.erase(found);
}

GuardedBytes::Outcome GuardedBytes::restore_all() const {
  Outcome outcome;
  std::set<int> processes;
  int pid = 0, memory = -1;
  for (std::size_t i = 0; table_ && i < table_->count; ++i) {
    const Entry& entry = table_->entries[i];
    if (!entry.active) continue;
    if (entry.pid != pid) {
      if (memory >= 0) ::close(memory);
      pid = entry.pid;
      memory = ::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDWR | O_CLOEXEC);
    }
    if (memory < 0) {
      outcome.left += ::kill(pid, 0) == 0 || errno == EPERM;
      continue;
    }
    std::uint8_t now = 0;
    const auto at = static_cast<off_t>(entry.at);
    if (::pread(memory, &now, 1, at) != 1 || now != trap) continue;
    if (::pwrite(memory, &entry.original, 1, at) != 1) continue;
    ++outcome.bytes;
    processes.insert(pid);
  }
  if (memory >= 0) ::close(memory);
  outcome.processes = processes.size();
  return outcome;
}

}  // namespace sidestep::cli
