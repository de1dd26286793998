// Where the instructions of one function begin, and where that can't be told. A trap written into
// data, or into the middle of an instruction, would change what the program does: what is in doubt
// is no site.
//
// Certain is what control flow reaches from the function's entry, or from a place that other code
// branches to. What lies between (the cases of a jump table, say) counts as code if it decodes from
// end to end, meets what is certain at a boundary, and nothing uses it as data.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/architecture.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

/// What the rest of the module says of this function's bytes. Ascending.
struct CodeReferences {
  std::vector<Address> branches;  ///< where certain instructions branch to
  std::vector<Address> data;      ///< what instructions address as memory
};

struct Sweep {
  struct Doubt {
    AddressRange where;
    std::string_view reason;  ///< static storage
  };
  std::vector<Address> instructions;  ///< ascending
  std::vector<Doubt> doubts;          ///< ascending
  CodeReferences references;          ///< that the function makes itself; in no order
};

/// `code`: the bytes of `function`; what is missing at its end is in doubt. Pure.
Sweep sweep(const Architecture& arch, AddressRange function, std::span<const std::uint8_t> code,
            const CodeReferences& others);

}  // namespace sidestep::core
