// Calls whose returns are awaited, of one thread (or one goroutine). A return is known by the stack
// pointer that the caller has right behind its call: nothing is written to the stack, so unwinders,
// exceptions and stacks that are copied see what they would see without us.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/site.hpp"
#include "sidestep/events.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

struct Call {
  SiteId site = SiteId::None;    ///< the function's entry
  std::shared_ptr<Watch> watch;  ///< of that site, which may be gone by then
  std::uint64_t key = 0;         ///< see Calls
  Address returns_to;
  Tid entered_by;
  Nanoseconds entered = 0;                  ///< when its stop was seen
  Nanoseconds kept = 0;                     ///< thread.kept then
  std::vector<std::uint8_t> seen_at_entry;  ///< payload (core/payload.hpp)
};

/// Keys are stack pointers behind the call; for Go the distance from the stack's top, as stacks are
/// moved. They are only ever compared for equality: a thread may have several stacks.
class Calls {
 public:
  /// How an entry at the same key as a call under way is to be read.
  enum class Entry : std::uint8_t {
    ByCall,     ///< the caller's call instruction leads here: what was there has been left
    Uncertain,  ///< it leads elsewhere (to a stub that leads here, or this is a tail call), or who
                ///< knows where: a function that is there already has been left, others have not
  };

  void enter(Call call, Entry entry);
  /// Moves the calls that end here to `ended`, the innermost first.
  void leave(std::uint64_t key, Address returned_to, std::vector<Call>& ended);
  std::size_t size() const { return size_; }

 private:
  void drop_oldest();

  /// Calls that were left by longjmp or an exception are only found out if their place is used
  /// again; some never are.
  static constexpr std::size_t most = 1 << 16;
  std::unordered_map<std::uint64_t, std::vector<Call>> by_key_;  // outer calls first
  std::size_t size_ = 0;
};

}  // namespace sidestep::core
