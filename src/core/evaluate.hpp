// Runs programs (core/program.hpp) on a stopped thread. Tracing thread; allocates nothing but what
// `out` needs to grow. Nothing fails: what can't be read is an item that says so, and a condition
// that can't be evaluated does not hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/program.hpp"
#include "sidestep/events.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

/// What a program may look at: one stopped thread. Each look costs what it has to, once.
class Scene {
 public:
  virtual ~Scene() = default;
  virtual std::optional<std::uint64_t> general(unsigned dwarf_number) = 0;
  virtual bool vector(unsigned dwarf_number, std::span<std::uint8_t> to) = 0;
  /// Bytes read, from the beginning on; the program's own ones, without our traps.
  virtual std::size_t read(Address from, std::span<std::uint8_t> to) = 0;
  virtual std::string_view comm() = 0;
  virtual Tid tid() const = 0;
  virtual Nanoseconds latency() const = 0;   ///< 0 where the thread is not at a return
  virtual Nanoseconds net_time() const = 0;  ///< likewise
};

/// Appends the program's items.
void capture(const Program& program, Scene& scene, std::vector<std::uint8_t>& out);

/// Whether the condition holds. An empty one does.
bool holds(const Program& condition, Scene& scene);

}  // namespace sidestep::core
