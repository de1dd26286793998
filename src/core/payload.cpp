#include "core/payload.hpp"

namespace sidestep::core {
namespace {

using Bytes = std::span<const std::uint8_t>;

void take_flags(Bytes& in, std::size_t probes, std::vector<Sight>& sights) {
  sights.resize(probes);
  for (Sight& sight : sights) {
    sight.fired = take<std::uint8_t>(in) != 0;
    sight.items.clear();
  }
}

void take_items(Bytes& in, const Program& program, Sight& sight) {
  if (!sight.fired) return;
  sight.items.resize(program.items);
  for (Item& item : sight.items) item = take_item(in);
}

}  // namespace

void append(std::vector<std::uint8_t>& out, const Stack& stack) {
  append(out, stack.modules);
  append(out, static_cast<std::uint32_t>(stack.frames.size()));
  for (const Address frame : stack.frames) append(out, frame.value);
}

void take(Bytes& in, Stack& stack) {
  stack.modules = take<std::uint32_t>(in);
  stack.frames.resize(take<std::uint32_t>(in));
  for (Address& frame : stack.frames) frame = {take<std::uint64_t>(in)};
}

void read_hit(Bytes payload, const Observations& observations, Sights& sights) {
  take_flags(payload, observations.size(), sights.entry);
  for (std::size_t i = 0; i < observations.size(); ++i)
    take_items(payload, observations[i].at_entry.program, sights.entry[i]);
  take(payload, sights.stack);
}

Bytes exit_flags(Bytes payload, const Observations& observations) {
  return payload.subspan(2 * sizeof(Nanoseconds), observations.size());
}

void read_return(Bytes payload, const Observations& observations, Sights& sights) {
  sights.gross = take<Nanoseconds>(payload);
  sights.net = take<Nanoseconds>(payload);
  take_flags(payload, observations.size(), sights.exit);
  const auto length = take<std::uint32_t>(payload);
  read_hit(payload.first(length), observations, sights);
  payload = payload.subspan(length);
  for (std::size_t i = 0; i < observations.size(); ++i)
    take_items(payload, observations[i].at_exit.program, sights.exit[i]);
}

}  // namespace sidestep::core
