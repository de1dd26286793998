// What the tests of advance(), codec and journal share: one site of each class, the four modes, and
// every state, place and event that can be said of a site.
#pragma once

#include <string>
#include <vector>

#include "core/advance.hpp"
#include "core/codec.hpp"
#include "displaced/policy.hpp"
#include "inplace/policy.hpp"

namespace sidestep::core::test {

constexpr int sigusr1 = 10, sigsegv = 11, sigstop = 19, sigtrap = 5;

struct Mode {
  std::string name;
  const Policy& policy;
};
const std::vector<Mode>& modes();
const Mode& boosted();
const Mode& single();
const Mode& all_stop();
const Mode& lift();
/// For our own sites, in every mode.
const Policy& own_policy();

/// The classes of site. Each one's id is its number, so that tables can be read:
/// address 0x1000 + 0x100*id, next +4, slot 0x90000 + 0x100*id, twin slot+0x20.
enum Class : std::uint32_t {
  plain = 1,     ///< straight-line code, boosted
  branch = 2,    ///< boosted, finished by a step
  call = 3,      ///< boosted, pushes and jumps: it can be half done
  x87 = 4,       ///< run in the twin, then fixed up
  far_call = 5,  ///< single-stepped in the slot, return address fixed up
  syscall = 6,
  own_int3 = 7,
  string = 8,  ///< rep-prefixed
  pushf = 9,
  hook = 10,  ///< our own site
  iret = 11,  ///< boosted, and nothing can catch a thread behind it
};
constexpr std::uint32_t classes = 11;

constexpr SiteId id(std::uint32_t c) {
  return static_cast<SiteId>(c);
}
SitePlan plan_of(std::uint32_t c);
const SiteTable& sites();

/// Where a thread can be, for a site.
struct Spot {
  std::string name;
  Place place;
};
std::vector<Spot> spots(std::uint32_t c);
bool in_scratch(Address a);

std::vector<ThreadState> states(std::uint32_t c);
std::vector<StopEvent> events(std::uint32_t c);

struct Case {
  const Mode& mode;
  ProcessState process = ProcessState::Tracing;
  Role role = Role::Member;
  bool start_up = false;
  ThreadState state;
  StopEvent event;

  View view() const { return {state, role, process, start_up, sites(), mode.policy, own_policy()}; }
  Transition run() const { return advance(view(), event); }
  /// For messages: mode, process, role, start-up, state, event.
  std::string text() const;
};

template <class T>
std::string text(const T& value) {
  std::string out;
  codec::put(out, value);
  return out;
}

template <class T, class V>
const T* as(const V& value) {
  return std::get_if<T>(&value);
}
template <class T, class V>
bool is(const V& value) {
  return std::holds_alternative<T>(value);
}

template <class T>
const T* effect_of(const Transition& t) {
  for (const Effect& e : t.effects)
    if (auto* found = std::get_if<T>(&e)) return found;
  return nullptr;
}

int held_by(const ThreadState& state);

}  // namespace sidestep::core::test
