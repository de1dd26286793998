#include "tester.hpp"

#include <csignal>
#include <cstring>
#include <sstream>

#include "slots.hpp"
#include "structure.hpp"

namespace sidestep::test {

struct Tester::Job {
  const core::Architecture& arch;
  const Encoding& encoding;
  Result out;
  bool stop_early = false;

  bool over() const { return stop_early && !out.differences.empty(); }
};

namespace {

/// A jump that depends on the machine: both ways have to be seen.
bool is_conditional(const Encoding& encoding) {
  const auto decoded = decode(encoding.bytes());
  return decoded->insn.meta.category == ZYDIS_CATEGORY_COND_BR;
}

/// A call through memory or a register. It pushes before it reads and jumps, see docs/displaced.md.
bool is_indirect_call(const Decoded& decoded) {
  return decoded.insn.mnemonic == ZYDIS_MNEMONIC_CALL && !decoded.is_relative_branch() &&
         decoded.insn.meta.branch_type == ZYDIS_BRANCH_TYPE_NEAR;
}

/// The documented limit: the word below the stack is written although the call faults.
void allow_push_before_fault(const Ending& in_place, Ending& displaced) {
  if (displaced.signal == 0) return;
  const Address word{displaced.after.regs.rsp - 8};
  auto& reference = const_cast<Machine&>(in_place.after);
  for (std::uint64_t i = 0; i < 8; ++i) {
    std::uint8_t* const ours = displaced.after.memory(word + i, 1);
    const std::uint8_t* const its = reference.memory(word + i, 1);
    if (ours != nullptr && its != nullptr) *ours = *its;
  }
}

/// Single-stepped, a transaction aborts at once, and the step ends behind the first instruction of
/// the fallback: that is, at the int3 there.
bool is_stepped_transaction(const Decoded& decoded, Passage passage) {
  return decoded.insn.mnemonic == ZYDIS_MNEMONIC_XBEGIN && passage == Passage::Single;
}

/// How often a thread may stop: at the site, behind the instruction, at the entry and exit of a
/// call; and where a signal reaches it or it meets the int3 that it was to run to.
int most_stops(const core::Instruction& insn, Passage passage) {
  if (insn.form == core::Form::SystemCall) return 4;
  if (insn.form == core::Form::OwnTrap) return 1;
  if (passage == Passage::Held) return insn.finish == core::Finish::Step ? 4 : 3;
  if (insn.form == core::Form::Boosted && passage == Passage::Boosted) return 2;
  return insn.finish == core::Finish::Step ? 4 : 3;
}

std::uint64_t fpu_ip(const Machine& machine) {
  std::uint64_t out = 0;
  std::memcpy(&out, machine.xstate.data() + xsave::fpu_ip, sizeof out);
  return out;
}

Native outcome(const Ending& ending) {
  if (ending.signal == 0) return Native::Completes;
  return ending.signal == SIGILL ? Native::Illegal : Native::Faults;
}

const char* name_of(Passage passage) {
  if (passage == Passage::Held) return " held";
  return passage == Passage::Single ? " single" : " boosted";
}

std::string describe(const Situation& situation, Address slot, Passage passage, Flavour flavour,
                     std::uint64_t seed) {
  std::ostringstream out;
  out << hex(situation.code) << "  " << disassembly(situation.code, layout::site.value) << "  slot "
      << std::hex << slot.value << name_of(passage) << std::dec << " flavour "
      << static_cast<int>(flavour) << " seed " << seed;
  return out.str();
}

/// A signal can only be held for what completes; behind a system call and the like nothing is held.
std::vector<Passage> passages(const Extent& extent, const core::Instruction& insn,
                              const Ending& in_place, Address slot, std::uint64_t seed) {
  std::vector<Passage> out;
  const bool near = slot == layout::near_slot || extent.all_ways;
  if (near || seed % 3 == 0) out.push_back(Passage::Boosted);
  if (near || seed % 3 == 1) out.push_back(Passage::Single);
  const bool can_be_held = insn.finish != core::Finish::None && in_place.signal == 0;
  if (can_be_held && (near || seed % 3 == 2)) out.push_back(Passage::Held);
  return out;
}

}  // namespace

const char* reason_not_to_run(ZydisMnemonic mnemonic) {
  switch (mnemonic) {
    case ZYDIS_MNEMONIC_VMCALL:
    case ZYDIS_MNEMONIC_VMMCALL:
    case ZYDIS_MNEMONIC_TDCALL:
      return "asks the hypervisor for something, and what depends on the registers";
    default:
      return nullptr;
  }
}

void Tester::run_from(Job& job, const Situation& situation, const Ending& in_place,
                      const core::Instruction& insn, Address slot, Passage passage) {
  if (job.over()) return;
  Ending displaced = runner_.displaced(insn, {job.arch, passage, slot}, situation.start);
  ++job.out.runs;
  if (is_indirect_call(situation.decoded)) allow_push_before_fault(in_place, displaced);
  if (is_stepped_transaction(situation.decoded, passage)) displaced.tracer_done = true;
  const int stops = displaced.stops;
  std::string text = difference(situation, in_place, std::move(displaced));
  if (text.empty() && stops > most_stops(insn, passage))
    text = std::to_string(stops) + " stops for one arrival";
  if (!text.empty()) job.out.differences.push_back({text, {}});
}

void Tester::run(Job& job, const Extent& extent, Flavour flavour, std::uint64_t seed) {
  const Origin origin{runner_.first_registers(), runner_.first_xstate()};
  const Situation situation = make_situation(job.encoding, flavour, origin, seed);
  const auto analyzed = job.arch.analyze(situation.code, layout::site);
  if (const auto* refusal = std::get_if<core::Refusal>(&analyzed)) {
    job.out.refusal = refusal->text;
    return;
  }
  const auto& insn = std::get<core::Instruction>(analyzed);
  const auto note = [&](Address slot, Passage passage, std::size_t before) {
    for (std::size_t i = before; i < job.out.differences.size(); ++i)
      job.out.differences[i].where = describe(situation, slot, passage, flavour, seed);
  };
  const std::size_t first = job.out.differences.size();
  const Slots slots = slots_for(job.arch, insn, situation, seed);
  if (!slots.wrong.empty()) job.out.differences.push_back({slots.wrong, {}});
  for (const Address slot : slots.usable) {
    if (!extent.structure) break;
    const std::string text = structural_difference(insn, job.arch.relocate(insn, slot), slot);
    if (!text.empty()) job.out.differences.push_back({"structure: " + text, {}});
  }
  note({}, Passage::Boosted, first);
  if (job.over() || reason_not_to_run(situation.decoded.insn.mnemonic) != nullptr) return;
  const Ending in_place = runner_.in_place(situation.code, situation.start);
  ++job.out.situations;
  job.out.native = std::min(job.out.native, outcome(in_place));
  if (in_place.signal == 0)
    (in_place.after.regs.rip == insn.next().value ? job.out.went_on : job.out.jumped) = true;
  job.out.shows_fpu_ip |= fpu_ip(in_place.after) == layout::site.value;
  if (flavour == Flavour::WildStack && is_indirect_call(situation.decoded)) return;
  for (const Address slot : slots.usable)
    for (const Passage passage : passages(extent, insn, in_place, slot, seed)) {
      const std::size_t before = job.out.differences.size();
      run_from(job, situation, in_place, insn, slot, passage);
      note(slot, passage, before);
    }
}

Result Tester::test(const Encoding& encoding, const Extent& extent) {
  Job job{arch_, encoding, {}, false};
  const std::size_t rounds = is_conditional(encoding) ? extent.rounds * 8 : extent.rounds;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const std::uint64_t seed = mixed(extent.seed + round);
    run(job, extent, Flavour::Aligned, seed);
    if (!job.out.refusal.empty()) break;
    for (unsigned flavour = 1; flavour < static_cast<unsigned>(Flavour::Count); ++flavour)
      if (extent.all_ways || flavour == 1 + (encoding.form ^ round) % 3)
        run(job, extent, static_cast<Flavour>(flavour), seed);
  }
  return std::move(job.out);
}

Result Tester::test_as(const core::Architecture& arch, const Encoding& encoding,
                       const Extent& extent) {
  Job job{arch, encoding, {}, true};
  for (std::uint64_t round = 0; round < extent.rounds; ++round)
    for (unsigned flavour = 0; flavour < static_cast<unsigned>(Flavour::Count); ++flavour)
      if (!job.over()) run(job, extent, static_cast<Flavour>(flavour), mixed(extent.seed + round));
  return std::move(job.out);
}

}  // namespace sidestep::test
