// Where everything lies in the child: nothing else is mapped there, so that whatever an instruction
// does, it does here or faults.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "sidestep/types.hpp"

namespace sidestep::test::layout {

inline constexpr std::uint64_t page = 0x1000;

/// Below 4 GiB, for the sake of the address size prefix and of absolute displacements.
inline constexpr Address code{0x1000'0000};
inline constexpr Address site{0x1000'0800};
inline constexpr Address target{0x1000'0c00};  ///< where rel32 branches go
inline constexpr Address data{0x1001'0000};
inline constexpr std::size_t data_bytes = 2 * page;
inline constexpr Address stack{0x1002'0000};
inline constexpr std::size_t stack_bytes = page;
/// The same memory as `data`: a slot as far below it as a displacement reaches lies above zero.
inline constexpr Address high_data{0x8800'0000};

inline constexpr Address near_slot{0x1003'0040};
inline constexpr Address far_slot{0x5000'0000'0040};
inline constexpr Address lowest_slot{0x07ff'0000};   ///< the edge below high_data
inline constexpr Address highest_slot{0x9000'0000};  ///< the edge above the code and data

enum class Use : std::uint8_t { Code, Data };

struct Window {
  Address begin;
  std::size_t bytes;
  Use use;
  std::size_t offset;  ///< in the memory that is shared with the tester

  constexpr bool contains(Address at, std::size_t size = 1) const {
    return at >= begin && at.value + size <= begin.value + bytes;
  }
};

inline constexpr std::size_t highest_bytes = 0x13 * page;
inline constexpr std::size_t lowest_bytes = 0x13 * page;
inline constexpr std::array<Window, 8> windows = {{
    {code, page, Use::Code, 0},
    {data, data_bytes, Use::Data, page},
    {high_data, data_bytes, Use::Data, page},
    {stack, stack_bytes, Use::Data, 3 * page},
    {{0x1003'0000}, page, Use::Code, 4 * page},
    {{0x5000'0000'0000}, page, Use::Code, 5 * page},
    {lowest_slot, lowest_bytes, Use::Code, 6 * page},
    {highest_slot, highest_bytes, Use::Code, 6 * page + lowest_bytes},
}};
inline constexpr std::size_t shared_bytes = 6 * page + lowest_bytes + highest_bytes;

/// Some code for system calls on our behalf; all other code is int3.
inline constexpr Address system_call{0x1000'0ff0};

}  // namespace sidestep::test::layout
