// The bytes that the tracing process has changed, in memory that it shares with its guardian: what
// is in there outlives the one that wrote it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "cli/memory_handover.hpp"
#include "sidestep/code_witness.hpp"

namespace sidestep::cli {

class GuardedBytes final : public CodeWitness {
 public:
  /// Before the fork that the two sides come from.
  GuardedBytes();
  ~GuardedBytes() override;
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  // The tracing process's side. More bytes than fit are not guarded.
  void armed(Pid pid, Address at, std::uint8_t original) override;
  void restored(Pid pid, Address at) override;

  struct Outcome {
    std::size_t bytes = 0;      ///< put back
    std::size_t processes = 0;  ///< in which they were
    std::size_t left = 0;       ///< in living processes whose memory can't be opened
  };
  /// The guardian's side, when the other is dead: puts back what still is a trap.
  Outcome restore_all();

 private:
  struct Entry;
  struct Table;

  Entry* find(Pid pid, Address at);
  void add_to_index(std::uint32_t number);
  std::size_t home(const Entry& entry) const;

  Table* table_ = nullptr;
  MemoryHandover memories_;
  std::map<int, std::size_t> armed_in_;  // number of bytes, by process
  // The table's entries by process and address, one more than their numbers: open addressing, a
  // power of two of cells, 0 where there is none.
  std::vector<std::uint32_t> index_;
};

}  // namespace sidestep::cli
