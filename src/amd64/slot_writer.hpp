// Assembles one slot, byte by byte and point by point. Private to src/amd64.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

#include "amd64/decode.hpp"
#include "core/relocation.hpp"

namespace sidestep::amd64 {

class SlotWriter {
 public:
  /// A field of an emitted branch that awaits its destination within the slot.
  struct Hole {
    std::uint8_t offset = 0;
    std::uint8_t width = 0;
  };

  SlotWriter(const core::Instruction& insn, const Decoded& decoded, Address slot)
      : insn_(insn), decoded_(decoded), slot_(slot) {}

  Address here() const { return slot_ + image_.bytes.size(); }

  /// A thread may be seen at the position reached so far.
  void point(core::PcPoint::Progress progress, Address resume);
  void not_started() { point(core::PcPoint::Progress::NotStarted, insn_.site); }
  void done(Address resume) { point(core::PcPoint::Progress::Done, resume); }

  void bytes(std::span<const std::uint8_t> more) { image_.bytes.append(more); }
  void bytes(std::initializer_list<std::uint8_t> more) { bytes({more.begin(), more.size()}); }
  /// `value`'s low bytes, little-endian.
  void number(std::uint64_t value, unsigned width);

  /// `code`, a form of the instruction with all its offsets kept, such that an operand relative
  /// to the instruction pointer is the original's.
  void copy(std::span<const std::uint8_t> code);
  /// An unconditional jump to anywhere; changes no register and no flag.
  void jump(Address target);
  bool near(Address target, unsigned jump_length) const;
  /// Operand of an instruction that ends with it: rel32 to `target`, which must be near.
  void relative(Address target) { number(static_cast<std::uint64_t>(target - (here() + 4)), 4); }
  Hole hole(unsigned width);
  void fill(Hole hole);  ///< with the position reached so far
  /// A word of the slot's data, behind its code, that an operand relative to RIP (the hole) reads.
  void data(Hole hole, std::uint64_t word);

  void begin_twin() { image_.twin_offset = static_cast<std::uint8_t>(image_.bytes.size()); }
  /// The twin's int3; the thread that meets it goes on at `resume`.
  void end_twin(Address resume);

  const core::SlotImage& image() const { return image_; }

 private:
  const core::Instruction& insn_;
  const Decoded& decoded_;
  Address slot_;
  core::SlotImage image_;
};

}  // namespace sidestep::amd64
