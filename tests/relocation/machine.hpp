// All that an instruction can read or write.
#pragma once

#include <sys/user.h>

#include <array>
#include <cstdint>
#include <vector>

#include "layout.hpp"

namespace sidestep::test {

using Bytes = std::vector<std::uint8_t>;

// Offsets in the XSAVE area (SDM vol. 1, 13.4).
namespace xsave {
inline constexpr std::size_t control_word = 0, status_word = 2, tags = 4, fpu_ip = 8, mxcsr = 24;
inline constexpr std::size_t st = 32, xmm = 160, in_use = 512, extended = 576;
}  // namespace xsave

struct Machine {
  user_regs_struct regs{};
  Bytes xstate;  ///< as NT_X86_XSTATE has it
  std::array<std::uint8_t, layout::data_bytes> data{};
  std::array<std::uint8_t, layout::stack_bytes> stack{};

  /// The memory at `at`; nullptr: not `size` bytes of data or stack.
  std::uint8_t* memory(Address at, std::size_t size);
  void poke(Address at, std::uint64_t value, std::size_t size = 8);  ///< elsewhere: nothing
};

/// The register of that number, as instructions encode it; in the order of the encoding.
unsigned long long& gpr(user_regs_struct& regs, unsigned number);

}  // namespace sidestep::test
