#include "amd64/slot_writer.hpp"

namespace sidestep::amd64 {

void SlotWriter::point(core::PcPoint::Progress progress, Address resume) {
  image_.points.push_back({static_cast<std::uint8_t>(image_.bytes.size()), progress, resume});
}

void SlotWriter::number(std::uint64_t value, unsigned width) {
  for (unsigned i = 0; i < width; ++i) {
    image_.bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

void SlotWriter::copy(std::span<const std::uint8_t> code) {
  const std::size_t start = image_.bytes.size();
  const Address end = here() + code.size();
  bytes(code);
  const auto operand = pc_relative_operand(decoded_, insn_.site);
  if (!operand) return;
  const std::int64_t displacement = operand->target - end;
  // An EIP-relative sum is cut to 32 bits, so the displacement's low 32 bits are enough.
  if (operand->width == PcRelative::Width::Rip && !fits<std::int32_t>(displacement)) {
    __builtin_trap();  // the caller did not ask reaches()
  }
  const std::size_t field = start + decoded_.insn.raw.disp.offset;
  for (std::size_t i = 0; i < 4; ++i) {
    image_.bytes[field + i] =
        static_cast<std::uint8_t>(static_cast<std::uint64_t>(displacement) >> (8 * i));
  }
}

bool SlotWriter::near(Address target, unsigned jump_length) const {
  return fits<std::int32_t>(target - (here() + jump_length));
}

void SlotWriter::jump(Address target) {
  if (near(target, 5)) {
    bytes({0xe9});  // jmp rel32
    relative(target);
    return;
  }
  bytes({0xff, 0x25});  // jmp [rip+disp32]
  data(hole(4), target.value);
}

SlotWriter::Hole SlotWriter::hole(unsigned width) {
  const Hole made{static_cast<std::uint8_t>(image_.bytes.size()), static_cast<std::uint8_t>(width)};
  number(0, width);
  return made;
}

void SlotWriter::fill(Hole hole) {
  // Forwards, and a slot is far shorter than a byte's reach: the higher bytes stay 0.
  image_.bytes[hole.offset] =
      static_cast<std::uint8_t>(image_.bytes.size() - hole.offset - hole.width);
}

/// On a boundary of its size: a program may have alignment checks on (the AC flag), and its own
/// instruction reads nothing there.
void SlotWriter::data(Hole hole, std::uint64_t word) {
  while (here().value % sizeof word != 0) bytes({0xcc});  // never run
  fill(hole);
  number(word, sizeof word);
}

void SlotWriter::end_twin(Address resume) {
  done(resume);
  bytes({0xcc});
  image_.twin_end = static_cast<std::uint8_t>(image_.bytes.size());
  done(resume);
}

}  // namespace sidestep::amd64
