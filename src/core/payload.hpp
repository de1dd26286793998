// What was seen at a stop, as bytes that follow a record through the queue. Written by the tracing
// thread, read by the output thread; no pointers, native byte order, one version of the program on
// both sides.
//
//   of a hit:     a flag for each probe of the site, the items of those that are flagged, the stack
//   of a return:  times, a flag for each probe, the payload of the entry (its length first), and
//                 the items of those that are flagged here
//   a stack:      version of the list of modules, number of addresses, addresses
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/observation.hpp"
#include "core/shape.hpp"
#include "core/site.hpp"
#include "sidestep/events.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

template <class T>
void append(std::vector<std::uint8_t>& out, const T& value) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
  out.insert(out.end(), bytes, bytes + sizeof value);
}

/// Takes plain values off the front. Asserts that they are there: both ends are ours.
template <class T>
T take(std::span<const std::uint8_t>& in) {
  if (in.size() < sizeof(T)) __builtin_trap();
  T value;
  std::memcpy(&value, in.data(), sizeof value);
  in = in.subspan(sizeof value);
  return value;
}

struct Stack {
  std::uint32_t modules = 0;  ///< version of Process::modules
  std::vector<Address> frames;
};
void append(std::vector<std::uint8_t>& out, const Stack& stack);
void take(std::span<const std::uint8_t>& in, Stack& stack);

/// What one probe saw. The items point into the payload.
struct Sight {
  bool fired = false;  ///< false: its condition dropped this one
  std::vector<Item> items;
};

struct Sights {
  std::vector<Sight> entry;  ///< one a probe
  std::vector<Sight> exit;   ///< returns only; likewise
  Stack stack;
  Nanoseconds gross = 0, net = 0;  ///< returns only
};
/// These overwrite `sights`, whose memory is used again.
void read_hit(std::span<const std::uint8_t> payload, const Observations& observations,
              Sights& sights);
void read_return(std::span<const std::uint8_t> payload, const Observations& observations,
                 Sights& sights);
/// One a probe, of a return.
std::span<const std::uint8_t> exit_flags(std::span<const std::uint8_t> payload,
                                         const Observations& observations);

}  // namespace sidestep::core
