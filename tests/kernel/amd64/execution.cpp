#include "execution.hpp"

#include <sys/ptrace.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "amd64/amd64.hpp"

namespace sidestep::test {
namespace {

using Progress = core::PcPoint::Progress;

/// int3 in the child, as against traps of the instruction under test.
constexpr int from_int3 = SI_KERNEL;
constexpr unsigned long long resume_flag = 1u << 16;

const core::PcPoint* point_at(const core::SlotImage& image, Address slot, std::uint64_t pc) {
  const auto found =
      std::find_if(image.points.begin(), image.points.end(),
                   [&](const core::PcPoint& p) { return (slot + p.offset).value == pc; });
  return found == image.points.end() ? nullptr : found;
}

bool inside(const core::SlotImage& image, Address slot, std::uint64_t pc) {
  return pc >= slot.value && pc <= slot.value + image.bytes.size();
}

void compare_words(const user_regs_struct& a, const user_regs_struct& b) {
  static const char* const names[] = {"r15",     "r14",      "r13", "r12", "rbp",    "rbx", "r11",
                                      "r10",     "r9",       "r8",  "rax", "rcx",    "rdx", "rsi",
                                      "rdi",     "orig_rax", "rip", "cs",  "eflags", "rsp", "ss",
                                      "fs_base", "gs_base",  "ds",  "es",  "fs",     "gs"};
  unsigned long long words_a[std::size(names)];
  unsigned long long words_b[std::size(names)];
  static_assert(sizeof words_a == sizeof a);
  std::memcpy(words_a, &a, sizeof a);
  std::memcpy(words_b, &b, sizeof b);
  for (std::size_t i = 0; i < std::size(names); ++i) {
    EXPECT_EQ(words_a[i], words_b[i])
        << names[i] << std::hex << " in place " << words_a[i] << ", from the slot " << words_b[i];
  }
}

void compare_bytes(const Bytes& a, const Bytes& b, const char* what) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i], b[i]) << what << " at offset " << i;
  }
}

}  // namespace

void PrintTo(const Case& test, std::ostream* out) {
  *out << test.name;
}

const core::Architecture& amd64() {
  static const auto instance = sidestep::amd64::make_architecture();
  return *instance;
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

Bytes assemble(const Case& test) {
  std::size_t length = 0;
  for (const int item : test.code) length += item < 0 ? 4 : 1;
  Bytes out;
  for (const int item : test.code) {
    if (item >= 0) {
      out.push_back(static_cast<std::uint8_t>(item));
      continue;
    }
    const Address to = item == Rip ? layout::operand : layout::target;
    const auto distance = static_cast<std::uint64_t>(to - (layout::site + length));
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(distance >> (8 * i)));
  }
  return out;
}

bool cpu_has(const std::string& extension) {
  if (extension.empty()) return true;
  static const std::map<std::string, bool> known = {
      {"sse4.2", __builtin_cpu_supports("sse4.2") != 0},
      {"avx", __builtin_cpu_supports("avx") != 0},
      {"avx2", __builtin_cpu_supports("avx2") != 0},
      {"avx512f", __builtin_cpu_supports("avx512f") != 0},
      {"avx512vl", __builtin_cpu_supports("avx512vl") != 0},
      {"bmi", __builtin_cpu_supports("bmi") != 0},
      {"bmi2", __builtin_cpu_supports("bmi2") != 0},
  };
  return known.at(extension);
}

void Execution::SetUp() {
  if (!cpu_has(GetParam().cpu)) GTEST_SKIP() << "no " << GetParam().cpu << " on this processor";
  code_ = assemble(GetParam());
  start_ = sandbox_.initial();
  if (GetParam().setup != nullptr) GetParam().setup(start_);
  const auto result = amd64().analyze(code_, layout::site);
  ASSERT_TRUE(std::holds_alternative<core::Instruction>(result))
      << std::get<core::Refusal>(result).text;
  insn_ = std::get<core::Instruction>(result);
  ASSERT_EQ(insn_.bytes.size(), code_.size());
}

Outcome Execution::run_in_place() {
  sandbox_.load(start_, code_);
  Outcome out{sandbox_.resume(PTRACE_CONT), sandbox_.save()};
  const Address landing{out.state.regs.rip - 1};
  const AddressRange own{layout::site, insn_.next()};
  if (out.stop.signal == SIGTRAP && out.stop.code == from_int3 && !own.contains(landing)) {
    out.stop = {};
    out.state.regs.rip = landing.value;
  }
  return out;
}

Outcome Execution::step_in_place() {
  sandbox_.load(start_, code_);
  Outcome out{sandbox_.resume(PTRACE_SINGLESTEP), sandbox_.save()};
  if (out.stop.signal == SIGTRAP) out.stop = {};
  return out;
}

/// The site is armed; the PC is at `offset` of its slot.
core::SlotImage Execution::enter(Address slot, std::size_t offset) {
  const auto image = amd64().relocate(insn_, slot);
  Bytes armed = code_;
  armed[0] = amd64().trap_byte();
  sandbox_.load(start_, armed);
  sandbox_.write(slot, {image.bytes.begin(), image.bytes.size()});
  user_regs_struct regs = start_.regs;
  regs.rip = slot.value + offset;
  sandbox_.set_registers(regs);
  return image;
}

/// A stop in the slot, as the program is to see it.
Outcome Execution::in_slot(Stop stop, const core::SlotImage& image, Address slot) {
  Outcome out{stop, sandbox_.save()};
  if (const auto* fault = point_at(image, slot, stop.fault.value)) out.stop.fault = fault->resume;
  const core::PcPoint* point = point_at(image, slot, out.state.regs.rip);
  if (point == nullptr) {
    ADD_FAILURE() << "stopped at an unknown offset " << out.state.regs.rip - slot.value;
    return out;
  }
  if (point->progress == Progress::Pushed) out.state.regs.rsp += 8;
  out.state.regs.rip = point->resume.value;
  return out;
}

/// A stop outside of the slot: an int3 that was met there, or a fault on arrival.
Outcome Execution::land(Stop stop) {
  Outcome out{stop, sandbox_.save()};
  if (stop.signal == SIGTRAP && stop.code == from_int3) {
    out.stop = {};
    --out.state.regs.rip;
  }
  return out;
}

Outcome Execution::run_boosted(Address slot) {
  const auto image = enter(slot, 0);
  const Stop stop = sandbox_.resume(PTRACE_CONT);
  if (inside(image, slot, sandbox_.registers().rip)) return in_slot(stop, image, slot);
  return land(stop);
}

Outcome Execution::run_twin(Address slot) {
  const auto image = enter(slot, amd64().relocate(insn_, slot).twin_offset);
  const Stop stop = sandbox_.resume(PTRACE_CONT);
  const bool caught = stop.signal == SIGTRAP && stop.code == from_int3 &&
                      sandbox_.registers().rip == slot.value + image.twin_end;
  Outcome out = in_slot(caught ? Stop{} : stop, image, slot);
  const Address ran_at = slot + image.twin_offset;
  if (insn_.fixup == core::Fixup::FpuIp && out.state.fpu_ip() == ran_at.value) {
    out.state.set_fpu_ip(layout::site.value);
  }
  return out;
}

Outcome Execution::run_stepped(Address slot) {
  const auto image = enter(slot, 0);
  for (;;) {
    const Stop stop = sandbox_.resume(PTRACE_SINGLESTEP);
    const std::uint64_t pc = sandbox_.registers().rip;
    if (stop.signal != SIGTRAP) return in_slot(stop, image, slot);
    const core::PcPoint* point = point_at(image, slot, pc);
    if (point != nullptr && point->progress == Progress::Pushed) continue;
    if (inside(image, slot, pc)) return in_slot({}, image, slot);
    break;
  }
  if (insn_.fixup == core::Fixup::ReturnAddress) {
    const std::uint64_t next = insn_.next().value;
    Bytes bytes(insn_.fixup_bytes);
    std::memcpy(bytes.data(), &next, bytes.size());
    sandbox_.write({sandbox_.registers().rsp}, bytes);
  }
  return land(sandbox_.resume(PTRACE_CONT));
}

void Execution::expect_all_equal(const Outcome& reference) {
  for (const Address slot : {layout::near_slot, layout::far_slot}) {
    if (!amd64().reaches(insn_, slot)) continue;
    SCOPED_TRACE(slot == layout::near_slot ? "near slot" : "far slot");
    if (insn_.form == core::Form::Boosted) {
      SCOPED_TRACE("boosted");
      expect_equal(reference, run_boosted(slot));
    }
    if (insn_.finish == core::Finish::Twin) {
      SCOPED_TRACE("twin");
      expect_equal(reference, run_twin(slot));
    }
    if (insn_.finish == core::Finish::Step) {
      SCOPED_TRACE("stepped");
      expect_equal(reference, run_stepped(slot));
    }
  }
}

void expect_equal(const Outcome& reference, const Outcome& outcome) {
  EXPECT_EQ(reference.stop.signal, outcome.stop.signal);
  EXPECT_EQ(reference.stop.code, outcome.stop.code);
  EXPECT_EQ(reference.stop.fault, outcome.stop.fault);
  user_regs_struct a = reference.state.regs;
  user_regs_struct b = outcome.state.regs;
  a.eflags &= ~resume_flag;  // tells how the thread was stopped, not what it did
  b.eflags &= ~resume_flag;
  compare_words(a, b);
  compare_bytes(reference.state.data, outcome.state.data, "data");
  compare_bytes(reference.state.stack, outcome.state.stack, "stack");
  compare_bytes(reference.state.xstate, outcome.state.xstate, "xstate");
}

}  // namespace sidestep::test
