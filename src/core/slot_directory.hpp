// What a scratch area says of itself. An area outlives the session that mapped it: the next one
// finds it by this, and code of ours inside the tracee reads it when nobody else is left.
//   64 bytes    SlotAreaHeader
//   ...         slots, from here upwards
//   24 bytes    SlotEntry each, from the end downwards
// A slot is written before its entry, the entry before the number that makes it count: a tracer
// that dies in between leaves a consistent area. Integers are in the tracee's byte order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sidestep::core {

struct SlotAreaHeader {
  static constexpr std::array<char, 16> magic_value = {'s', 'i', 'd', 'e', 's', 't', 'e', 'p',
                                                       '-', 's', 'c', 'r', 'a', 't', 'c', 'h'};
  static constexpr std::uint32_t current_version = 2;
  static constexpr std::size_t reserved_bytes = 64;

  std::array<char, 16> magic = magic_value;
  std::uint32_t version = current_version;
  std::uint32_t entries = 0;
  std::uint64_t size = 0;     ///< of the area, bytes
  std::uint64_t next = 0;     ///< address of another area of this process; 0: the last
  std::uint64_t handler = 0;  ///< address of the trap handler, if it lies in this area
};
static_assert(sizeof(SlotAreaHeader) <= SlotAreaHeader::reserved_bytes);

struct SlotEntry {
  enum Flag : std::uint16_t {
    NeedsTracer = 1,  ///< can't be passed without one
    ShowsFpuIp = 2,   ///< x87: records the address at which it ran
  };
  std::uint64_t site = 0;
  std::uint32_t offset = 0;   ///< of the slot, from the area's start
  std::int32_t resume = 0;    ///< where a thread at the twin's end goes on, from `site`
  std::uint16_t length = 0;   ///< of slot and twin together
  std::uint8_t enter = 0;     ///< where a thread that has trapped goes, from the slot
  std::uint8_t twin_end = 0;  ///< the PC behind the twin's trap, from the slot; 0: no twin
  std::uint16_t flags = 0;
  std::uint8_t original = 0;  ///< the byte that the trap replaces
  std::uint8_t unused = 0;
};
static_assert(sizeof(SlotEntry) == 24);

}  // namespace sidestep::core
