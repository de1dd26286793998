#include "cli/guarded_bytes.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <set>

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

/// The first byte in a process, also after an exec: its memory is one that nobody has been handed.
void GuardedBytes::armed(Pid pid, Address at, std::uint8_t original) {
  if (!table_ || index_.contains({pid.value, at.value})) return;
  const std::size_t next = table_->count;
  if (next == capacity) return;
  if (++armed_in_[pid.value] == 1) memories_.hand_over(pid, at);
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
  if (--armed_in_[pid.value] == 0) armed_in_.erase(pid.value);
}

namespace {

/// False: the byte is in living memory that can't be reached.
bool put_back(int memory, Address address, std::uint8_t original, bool& changed) {
  std::uint8_t now = 0;
  const auto at = static_cast<off_t>(address.value);
  if (::pread(memory, &now, 1, at) != 1 || now != trap) return true;
  changed = ::pwrite(memory, &original, 1, at) == 1;
  return changed;
}

bool lives(int pid) {
  return ::kill(pid, 0) == 0 || errno == EPERM;
}

}  // namespace

GuardedBytes::Outcome GuardedBytes::restore_all() {
  Outcome outcome;
  std::set<int> processes;
  std::map<int, int> memories = memories_.take_all();
  for (std::size_t i = 0; table_ && i < table_->count; ++i) {
    const Entry& entry = table_->entries[i];
    if (!entry.active) continue;
    const auto known = memories.try_emplace(entry.pid, -1).first;
    if (known->second < 0) known->second = open_memory({entry.pid}, {entry.at});
    bool changed = false;
    const bool reached =
        known->second >= 0 && put_back(known->second, {entry.at}, entry.original, changed);
    outcome.left += !reached && lives(entry.pid);
    outcome.bytes += changed;
    if (changed) processes.insert(entry.pid);
  }
  for (const auto& [pid, memory] : memories)
    if (memory >= 0) ::close(memory);
  outcome.processes = processes.size();
  return outcome;
}

}  // namespace sidestep::cli
