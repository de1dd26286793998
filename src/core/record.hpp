// What the tracing side tells the output side: plain records without pointers, so that the two may
// be threads today and processes tomorrow. Names and text are made on the other side.
#pragma once

#include <cstdint>

#include "sidestep/events.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

struct Record {
  enum class Kind : std::uint8_t {
    Hit,     ///< code: bytes of the payload behind it, 0: all its probes, nothing seen
    Return,  ///< code: likewise, never 0. `site` is the function's entry
    ThreadStarted,
    ThreadExited,   ///< code: wait status
    ProcessExited,  ///< code: wait status
    Started,        ///< the program begins; sites are resolved
    Armed,          ///< what matches now is armed: arming needs its memory no longer
    Notice,         ///< code: number of the notice text
    Interim,        ///< code: number of the interim summary
    End,            ///< nothing more comes
  };
  Nanoseconds ts = 0;
  std::uint64_t seq = 0;
  SiteId site = SiteId::None;
  Pid pid;
  Tid tid;
  std::int32_t code = 0;
  Kind kind = Kind::Hit;
};
static_assert(sizeof(Record) <= 40);

}  // namespace sidestep::core
