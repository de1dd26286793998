// Arbitrary bytes as an instruction, anywhere, its slot anywhere else: refused for a reason, or the
// same instruction (oracle/oracle.hpp). Input: four bytes of placement, then code.
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "amd64/amd64.hpp"
#include "oracle/oracle.hpp"
#include "oracle/reading.hpp"
#include "placement.hpp"
#include "target.hpp"

namespace sidestep::fuzz {
namespace {

/// How far an input came. Printed at the end: a fuzzer that only meets refusals proves nothing.
struct Counts {
  std::uint64_t refused = 0, unreached = 0, relocated = 0;
  std::array<bool, ZYDIS_MNEMONIC_MAX_VALUE + 1> mnemonics{};

  ~Counts() {
    int known = 0;
    for (const bool seen : mnemonics) known += seen;
    std::fprintf(stderr,
                 "relocated %" PRIu64 ", out of reach %" PRIu64 ", refused %" PRIu64
                 "; %d mnemonics relocated\n",
                 relocated, unreached, refused, known);
  }
} counts;

enum Coming { Refused, Unreached, Relocated, Comings };
// The decoder is not instrumented: without this, one opcode looks to libFuzzer like the next.
__attribute__((section("__libfuzzer_extra_counters")))
std::uint8_t came[ZYDIS_MNEMONIC_MAX_VALUE + 1][2][Comings];

void note(const oracle::Reading& reading, Coming coming) {
  came[reading.insn.mnemonic][oracle::pc_relative(reading).has_value()][coming] = 1;
  if (coming == Relocated) counts.mnemonics[reading.insn.mnemonic] = true;
}

[[noreturn]] void fail(oracle::Bytes code, Address site, Address slot, const std::string& what) {
  std::fprintf(stderr, "at 0x%" PRIx64 ", slot 0x%" PRIx64 ":", site.value, slot.value);
  for (const std::uint8_t byte : code.first(std::min<std::size_t>(code.size(), 15)))
    std::fprintf(stderr, " %02x", byte);
  std::fputc('\n', stderr);
  report(what.c_str());
}

const core::Architecture& architecture() {
  static const std::unique_ptr<core::Architecture> instance = amd64::make_architecture();
  return *instance;
}

void relocate_and_judge(Placement choice, oracle::Bytes code, const core::Instruction& insn,
                        const oracle::Reading& reading) {
  const Address target = oracle::branch_target(reading).value_or(insn.next());
  const Address slot = slot_of(choice, insn, target);
  if (oracle::entangled(insn, slot)) return;
  const bool reaches = architecture().reaches(insn, slot);
  if (auto what = oracle::judge_reach(insn, slot, reaches); !what.empty())
    fail(code, insn.site, slot, what);
  note(reading, reaches ? Relocated : Unreached);
  ++(reaches ? counts.relocated : counts.unreached);
  if (!reaches) return;
  const core::SlotImage image = architecture().relocate(insn, slot);
  if (auto what = oracle::judge_slot(insn, image, slot); !what.empty())
    fail(code, insn.site, slot, what);
}

void try_one(Placement choice, oracle::Bytes code) {
  const Address site = site_of(choice);
  const auto verdict = architecture().analyze(code, site);
  if (auto what = oracle::judge_verdict(code, site, verdict); !what.empty())
    fail(code, site, {}, what);
  const auto reading = oracle::read(code, site);
  if (const auto* insn = std::get_if<core::Instruction>(&verdict))
    return relocate_and_judge(choice, code, *insn, *reading);
  ++counts.refused;
  if (reading) note(*reading, Refused);
}

}  // namespace
}  // namespace sidestep::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidestep::fuzz;
  if (size <= placement_bytes) return -1;
  try_one(Placement{data, placement_bytes}, {data + placement_bytes, size - placement_bytes});
  return 0;
}
