#include "core/payload.hpp"

namespace sidestep::core {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::vector<Sight> take_flags(Bytes& in, std::size_t probes) {
  std::vector<Sight> sights(probes);
  for (Sight& sight : sights) sight.fired = take<std::uint8_t>(in) != 0;
  return sights;
}

void take_items(Bytes& in, const Program& program, Sight& sight) {
  if (!sight.fired) return;
  for (unsigned i = 0; i < program.items; ++i) sight.items.push_back(take_item(in));
}

}  // namespace

void append(std::vector<std::uint8_t>& out, const Stack& stack) {
  append(out, stack.modules);
  append(out, static_cast<std::uint32_t>(stack.frames.size()));
  for (const Address frame : stack.frames) append(out, frame.value);
}

Stack take_stack(Bytes& in) {
  Stack stack;
  stack.modules = take<std::uint32_t>(in);
  stack.frames.resize(take<std::uint32_t>(in));
  for (Address& frame : stack.frames) frame = {take<std::uint64_t>(in)};
  return stack;
}

Sights read_hit(Bytes payload, const Observations& observations) {
  Sights sights;
  sights.entry = take_flags(payload, observations.size());
  for (std::size_t i = 0; i < observations.size(); ++i)
    take_items(payload, observations[i].at_entry.program, sights.entry[i]);
  sights.stack = take_stack(payload);
  return sights;
}

Bytes exit_flags(Bytes payload, const Observations& observations) {
  return payload.subspan(2 * sizeof(Nanoseconds), observations.size());
}

Sights read_return(Bytes payload, const Observations& observations) {
  const auto gross = take<Nanoseconds>(payload), net = take<Nanoseconds>(payload);
  std::vector<Sight> exit = take_flags(payload, observations.size());
  const auto length = take<std::uint32_t>(payload);
  Sights sights = read_hit(payload.first(length), observations);
  payload = payload.subspan(length);
  for (std::size_t i = 0; i < observations.size(); ++i)
    take_items(payload, observations[i].at_exit.program, exit[i]);
  sights.exit = std::move(exit);
  sights.gross = gross;
  sights.net = net;
  return sights;
}

}  // namespace sidestep::core
