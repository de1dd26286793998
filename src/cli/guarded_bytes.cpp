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

std::size_t GuardedBytes::home(const Entry& entry) const {
  const std::uint64_t key = entry.at ^ static_cast<std::uint64_t>(entry.pid) << 48;
  return (key * 0x9e37'79b9'7f4a'7c15u >> 32) & (index_.size() - 1);  // Fibonacci hashing
}

GuardedBytes::Entry* GuardedBytes::find(Pid pid, Address at) {
  if (index_.empty()) return nullptr;
  const Entry wanted{at.value, pid.value, 0, 0};
  for (std::size_t i = home(wanted); index_[i] != 0; i = (i + 1) & (index_.size() - 1)) {
    Entry& entry = table_->entries[index_[i] - 1];
    if (entry.at == wanted.at && entry.pid == wanted.pid) return &entry;
  }
  return nullptr;
}

void GuardedBytes::add_to_index(std::uint32_t number) {
  if ((number + 1) * std::size_t{8} > index_.size() * 7) {  // it becomes too full
    index_.assign(index_.empty() ? 16 : index_.size() * 2, 0);
    for (std::uint32_t each = 0; each < number; ++each) add_to_index(each);
  }
  std::size_t i = home(table_->entries[number]);
  while (index_[i] != 0) i = (i + 1) & (index_.size() - 1);
  index_[i] = number + 1;
}

/// The first byte in a process, also after an exec: its memory is one that nobody has been handed.
void GuardedBytes::armed(Pid pid, Address at, std::uint8_t original) {
  if (!table_) return;
  Entry* entry = find(pid, at);
  if (entry && entry->active) return;
  const std::size_t next = table_->count;
  if (!entry && next == capacity) return;
  if (++armed_in_[pid.value] == 1) memories_.hand_over(pid, at);
  const bool fresh = entry == nullptr;
  if (fresh) entry = &table_->entries[next];
  entry->at = at.value;
  entry->pid = pid.value;
  entry->original = original;
  entry->active = 1;
  if (!fresh) return;
  table_->count = next + 1;
  add_to_index(static_cast<std::uint32_t>(next));
}

void GuardedBytes::restored(Pid pid, Address at) {
  Entry* entry = find(pid, at);
  if (!entry || !entry->active) return;
  entry->active = 0;
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
