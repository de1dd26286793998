// Follows a slot as the processor would, and asks at each place what has been done by then.
#include <bitset>
#include <optional>

#include "oracle/effect.hpp"
#include "oracle/oracle.hpp"
#include "oracle/reading.hpp"
#include "oracle/same.hpp"

namespace sidestep::oracle {
namespace {

using core::Instruction;
using core::PcPoint;
using core::SlotImage;

/// What has happened when a thread is at a place of the slot.
struct Progress {
  bool pushed = false;  ///< the return address is on the stack
  bool ran = false;     ///< the instruction itself, or the branch that stands for it
};

class Walk {
 public:
  Walk(const Instruction& insn, const SlotImage& image, Address slot, const Reading& original)
      : insn_(insn),
        image_(image),
        slot_(slot),
        original_(original),
        effect_(effect_of(original)),
        target_(branch_target(original)) {}

  std::string slot() {
    limit_ = image_.twin_offset != 0 ? image_.twin_offset : image_.bytes.size();
    go(0, {},
       effect_ == Effect::GoesOn || effect_ == Effect::EntersKernel ? original_.end() : target_);
    return complaint_;
  }
  std::string twin();
  std::string stray_points() const;
  std::string stray_bytes() const;

 private:
  std::optional<Reading> read_at(std::size_t offset);
  void go(std::size_t offset, Progress progress, std::optional<Address> destination);
  void payload(const Reading& here, Progress progress, std::optional<Address> destination);
  void push(std::size_t offset, std::uint64_t value, Progress& progress);
  void both_ways(const Reading& branch);
  void leave(std::size_t offset, Address to, Progress progress, std::optional<Address> destination);
  void point(std::size_t offset, Progress progress, std::optional<Address> destination);
  bool complete(Progress progress) const;
  bool holds(Address at) const { return slot_ <= at && at < slot_ + limit_; }
  std::optional<std::uint64_t> quad(std::optional<Address> at) const;
  void use(std::size_t offset, std::size_t size) {
    for (std::size_t i = offset; i < offset + size && i < used_.size(); ++i) used_.set(i);
  }
  void use_quad(std::size_t offset, Address at);
  void complain(std::size_t offset, const std::string& what) {
    if (complaint_.empty()) complaint_ = "slot+" + std::to_string(offset) + ": " + what;
  }

  const Instruction& insn_;
  const SlotImage& image_;
  Address slot_;
  const Reading& original_;
  Effect effect_;
  std::optional<Address> target_;
  std::size_t limit_ = 0;  ///< where the part at hand ends
  int steps_ = 0;
  std::bitset<SlotImage::max_bytes + 1> seen_, used_;
  std::string complaint_;
};

std::optional<Reading> Walk::read_at(std::size_t offset) {
  if (offset >= limit_) {
    complain(offset, "runs out of the slot");
    return std::nullopt;
  }
  const Bytes rest{image_.bytes.begin() + offset, limit_ - offset};
  auto reading = read(rest, slot_ + offset);
  if (!reading) complain(offset, "not an instruction");
  if (reading) use(offset, reading->bytes.size());
  return reading;
}

/// A program with alignment checks on must not fault where its own instruction does not.
void Walk::use_quad(std::size_t offset, Address at) {
  if (at.value % 8 != 0) complain(offset, "its data are not aligned");
  use(static_cast<std::size_t>(at - slot_), 8);
}

std::optional<std::uint64_t> Walk::quad(std::optional<Address> at) const {
  if (!at || *at < slot_ || !holds(*at + 7)) return std::nullopt;
  const auto offset = static_cast<std::size_t>(*at - slot_);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i)
    value |= static_cast<std::uint64_t>(image_.bytes[offset + i]) << (8 * i);
  return value;
}

bool Walk::complete(Progress progress) const {
  switch (effect_) {
    case Effect::Jumps:
      return true;  // all that it does is to go there
    case Effect::Calls:
      return progress.pushed;
    default:
      return progress.ran;
  }
}

/// The PC map must know the place, and say what is true there.
void Walk::point(std::size_t offset, Progress progress, std::optional<Address> destination) {
  const PcPoint* found = nullptr;
  for (const PcPoint& p : image_.points) {
    if (p.offset != offset) continue;
    if (found != nullptr) return complain(offset, "twice in the PC map");
    found = &p;
  }
  if (found == nullptr) return complain(offset, "not in the PC map");
  seen_.set(offset);
  bool right = false;
  switch (found->progress) {
    case PcPoint::Progress::NotStarted:
      right = !progress.pushed && !progress.ran && found->resume == insn_.site;
      break;
    case PcPoint::Progress::Pushed:
      right = effect_ == Effect::CallsThrough && progress.pushed && !progress.ran &&
              found->resume == insn_.site;
      break;
    case PcPoint::Progress::Done:
      right = complete(progress) && destination == found->resume;
      break;
  }
  if (!right) complain(offset, "the PC map says something else");
}

void Walk::push(std::size_t offset, std::uint64_t value, Progress& progress) {
  if (effect_ != Effect::Calls && effect_ != Effect::CallsThrough)
    return complain(offset, "pushes what the instruction does not");
  if (progress.pushed) return complain(offset, "pushes twice");
  if (Address{value} != original_.end()) return complain(offset, "another return address");
  progress.pushed = true;
}

/// `destination`: where the program must be when this way leaves the slot, if that is known.
void Walk::go(std::size_t offset, Progress progress, std::optional<Address> destination) {
  while (complaint_.empty()) {
    if (++steps_ > 16) return complain(offset, "no end");
    const auto here = read_at(offset);
    if (!here) return;
    point(offset, progress, destination);
    const auto data = quad(pc_relative(*here));
    if (here->is(ZYDIS_MNEMONIC_PUSH) && data && here->storage[0].size == 64) {
      use_quad(offset, *pc_relative(*here));
      push(offset, *data, progress);
      offset += here->bytes.size();
      continue;
    }
    const auto jump = here->is(ZYDIS_MNEMONIC_JMP) ? branch_target(*here) : std::nullopt;
    if (jump && holds(*jump)) {
      offset = static_cast<std::size_t>(*jump - slot_);
      continue;
    }
    const bool through = here->is(ZYDIS_MNEMONIC_JMP) && data && here->storage[0].size == 64;
    if (through) use_quad(offset, *pc_relative(*here));
    if (jump || through) return leave(offset, jump ? *jump : Address{*data}, progress, destination);
    if (progress.ran) return complain(offset, "does more than the instruction");
    return payload(*here, progress, destination);
  }
}

void Walk::leave(std::size_t offset, Address to, Progress progress,
                 std::optional<Address> destination) {
  if (!complete(progress)) return complain(offset, "leaves before the instruction has been run");
  if (destination != to) return complain(offset, "goes on elsewhere");
}

/// The instruction that stands for the original.
void Walk::payload(const Reading& here, Progress progress, std::optional<Address> destination) {
  const auto offset = static_cast<std::size_t>(here.at - slot_);
  std::string differs;
  switch (effect_) {
    case Effect::Jumps:
    case Effect::Calls:
    case Effect::Traps:
      return complain(offset, "another instruction than the glue's");
    case Effect::Decides:
    case Effect::Speculates:
      differs = branch_differs(original_, here);
      if (!differs.empty()) return complain(offset, differs);
      return both_ways(here);
    case Effect::CallsThrough:
      if (insn_.form == core::Form::Step) break;
      if (!progress.pushed) return complain(offset, "the push is missing");
      differs = jump_differs(original_, here);
      if (!differs.empty()) complain(offset, differs);
      return;
    default:
      break;
  }
  differs = copy_differs(original_, here);
  if (!differs.empty()) return complain(offset, differs);
  const bool goes_on = effect_ == Effect::GoesOn || effect_ == Effect::EntersKernel;
  if (goes_on) go(offset + here.bytes.size(), {false, true}, destination);
}

void Walk::both_ways(const Reading& branch) {
  const auto offset = static_cast<std::size_t>(branch.at - slot_);
  const auto taken = branch_target(branch);
  if (!taken) return complain(offset, "no target");
  const Progress ran{false, true};
  if (holds(*taken)) {
    go(static_cast<std::size_t>(*taken - slot_), ran, target_);
  } else if (taken != target_) {
    return complain(offset, "another target");
  }
  go(offset + branch.bytes.size(), ran, original_.end());
}

/// The twin is the instruction and an int3. That of a transaction is one that aborts.
std::string Walk::twin() {
  const std::size_t start = image_.twin_offset;
  limit_ = image_.bytes.size();
  const auto here = read_at(start);
  if (!here) return complaint_;
  const bool aborts = effect_ == Effect::Speculates;
  const auto goes_on = aborts ? target_ : original_.end();
  point(start, {}, goes_on);
  const auto differs = aborts ? branch_differs(original_, *here) : copy_differs(original_, *here);
  if (!differs.empty()) complain(start, "twin: " + differs);
  if (aborts && branch_target(*here) != here->end()) complain(start, "the twin goes elsewhere");
  const std::size_t trap = start + here->bytes.size();
  if (trap >= limit_ || image_.bytes[trap] != 0xcc) complain(trap, "the twin has no trap");
  use(trap, 1);
  if (image_.twin_end != trap + 1) complain(trap, "the twin ends elsewhere");
  if (!complaint_.empty()) return complaint_;
  point(trap, {false, true}, goes_on);
  point(trap + 1, {false, true}, goes_on);
  return complaint_;
}

std::string Walk::stray_points() const {
  for (const PcPoint& p : image_.points)
    if (p.offset > SlotImage::max_bytes || !seen_.test(p.offset))
      return "the PC map knows slot+" + std::to_string(p.offset) + ", where nobody comes";
  return "";
}

/// What nobody runs or reads must be no more than a trap.
std::string Walk::stray_bytes() const {
  for (std::size_t i = 0; i < image_.bytes.size(); ++i)
    if (!used_.test(i) && image_.bytes[i] != 0xcc)
      return "slot+" + std::to_string(i) + ": a byte that nothing needs";
  return "";
}

bool overlaps(Address at, Address slot) {
  return slot - 16 <= at && at <= slot + SlotImage::max_bytes;
}

}  // namespace

std::string judge_slot(const Instruction& insn, const SlotImage& image, Address slot) {
  const auto original = read(insn.bytes, insn.site);
  if (!original) return "not an instruction";
  if (effect_of(*original) == Effect::Traps)
    return image.bytes.empty() && image.points.empty() ? "" : "a slot that nobody needs";
  Walk walk(insn, image, slot, *original);
  if (auto what = walk.slot(); !what.empty()) return what;
  const bool has_twin = image.twin_offset != 0;
  if (has_twin != (insn.finish == core::Finish::Twin)) return "a twin too many, or none";
  if (!has_twin && image.twin_end != 0) return "the end of a twin that is none";
  if (has_twin)
    if (auto what = walk.twin(); !what.empty()) return what;
  if (auto what = walk.stray_bytes(); !what.empty()) return what;
  return walk.stray_points();
}

bool entangled(const Instruction& insn, Address slot) {
  const auto original = read(insn.bytes, insn.site);
  if (!original) return true;
  for (const auto& at : {branch_target(*original), pc_relative(*original), std::optional(insn.site),
                         std::optional(insn.next())})
    if (at && overlaps(*at, slot)) return true;
  return false;
}

}  // namespace sidestep::oracle
