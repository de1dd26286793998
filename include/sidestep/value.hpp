// A value of the traced program, as it was when a thread was stopped: an argument, a return value.
// Owned, plain; made on the output side.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sidestep/types.hpp"

namespace sidestep {

struct Value {
  /// There is none: optimised out, not readable, not known to the debug information.
  struct Unavailable {
    std::string reason;  ///< a few words: "optimised out", "unreadable at 0x10"
  };
  struct Character {
    std::uint32_t code = 0;
    std::uint8_t size = 1;  ///< bytes
  };
  struct Pointer {
    Address to;
    std::string name;          ///< of the function there, for a function pointer; "" not known
    bool to_function = false;  ///< by its type
  };
  struct Text {
    std::string bytes;  ///< as in memory; need not be UTF-8
    bool cut = false;   ///< longer than -s allows
  };
  struct Enumerator {
    std::string name;  ///< "" the value has no name; `A|B` for flags
    std::int64_t value = 0;
  };
  /// Bytes that have no simpler form (128-bit integers, vectors): shown as one hex number.
  struct Bits {
    std::vector<std::uint8_t> bytes;  ///< little-endian
  };
  struct Aggregate {
    std::vector<std::pair<std::string, Value>> members;
  };
  struct Array {
    std::vector<Value> elements;  ///< the first ones
    std::uint64_t count = 0;      ///< how many there are
  };

  std::variant<Unavailable, std::int64_t, std::uint64_t, double, bool, Character, Pointer, Text,
               Enumerator, Bits, Aggregate, Array>
      what;
};

/// A value under the name by which the user asked for it, or which the debug information gives it.
struct Argument {
  std::string name;
  Value value;
};

}  // namespace sidestep
