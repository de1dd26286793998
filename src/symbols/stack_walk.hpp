// One walk up a stopped thread's stack, frame by frame. Made by the unwinder for one backtrace.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "symbols/code_space.hpp"

namespace sidestep::symbols {

class StackWalk {
 public:
  /// `value` gives a register by its DWARF number. All others must outlive the walk.
  StackWalk(CodeSpace& space, CallFrameFiles& files, StackMemory& memory,
            const std::function<std::uint64_t(unsigned)>& value);

  /// Of the frame that it stands at.
  Address pc() const { return {registers_.values[FrameRegisters::return_address]}; }

  /// To the caller. False: there is none, or nothing says where it is. Each step leads further up
  /// the stack, except out of a signal handler, whose stack may be anywhere; so a walk can go round
  /// in a circle only through a signal frame, and the caller's bound on frames ends it.
  bool step();

 private:
  bool by_rules(const FrameRules& rules);
  std::optional<std::uint64_t> apply(const RegisterRule& rule, unsigned number, std::uint64_t cfa);
  bool by_frame_pointer();
  bool after_wild_call();
  bool at_frame_setup();
  bool leave(std::uint64_t return_slot, std::uint64_t frame_pointer);

  CodeSpace& space_;
  CallFrameFiles& files_;
  StackMemory& memory_;
  FrameRegisters registers_;
  bool interrupted_ = true;  ///< the PC is the next instruction, not the one behind a call
};

}  // namespace sidestep::symbols
