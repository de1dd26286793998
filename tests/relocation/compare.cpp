#include "compare.hpp"

#include <algorithm>
#include <cstring>
#include <sstream>

namespace sidestep::test {
namespace {

constexpr std::uint16_t rax = 1, rcx = 2, rdx = 4;
constexpr Mask all_masks[] = {
    {ZYDIS_MNEMONIC_RDTSC, "the time", rax | rdx, false, false},
    {ZYDIS_MNEMONIC_RDTSCP, "the time, and the processor's number", rax | rcx | rdx, false, false},
    {ZYDIS_MNEMONIC_RDPRU, "performance counters", rax | rdx, false, false},
    {ZYDIS_MNEMONIC_RDPMC, "performance counters", rax | rdx, false, false},
    {ZYDIS_MNEMONIC_RDPID, "the processor's number", 0, true, false},
    {ZYDIS_MNEMONIC_RDRAND, "random", 0, true, true},
    {ZYDIS_MNEMONIC_RDSEED, "random", 0, true, true},
    {ZYDIS_MNEMONIC_XBEGIN, "an abort's status", rax, false, false},
};
constexpr unsigned long long resume_flag = 1u << 16;  // how the thread was stopped
constexpr unsigned long long carry_flag = 1;

void mask(const Situation& situation, const Machine& in_place, Machine& displaced) {
  const Mask* const found = mask_for(situation.decoded.insn.mnemonic);
  if (found == nullptr) return;
  auto& reference = const_cast<user_regs_struct&>(in_place.regs);
  for (unsigned i = 0; i < 16; ++i)
    if ((found->registers >> i & 1) != 0) gpr(displaced.regs, i) = gpr(reference, i);
  if (found->first_operand)
    if (const auto number = gpr_number(situation.decoded.operands()[0].reg.value))
      gpr(displaced.regs, *number) = gpr(reference, *number);
  if (found->carry)
    displaced.regs.eflags = (displaced.regs.eflags & ~carry_flag) | (reference.eflags & carry_flag);
}

class Report {
 public:
  void number(const char* what, std::uint64_t a, std::uint64_t b) {
    if (a == b || !text_.str().empty()) return;
    text_ << what << " in place " << std::hex << a << ", displaced " << b;
  }
  void bytes(const char* what, std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
    const auto at = std::mismatch(a.begin(), a.end(), b.begin()).first;
    if (at == a.end() || !text_.str().empty()) return;
    const auto offset = static_cast<std::size_t>(at - a.begin());
    text_ << what << " at " << std::hex << offset << " in place " << unsigned{a[offset]}
          << ", displaced " << unsigned{b[offset]};
  }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

/// The kernel lets no tracer set the ID flag (arch/x86/kernel/ptrace.c, FLAG_MASK): it is what an
/// earlier run in the same child left, unless the instruction loads it.
constexpr unsigned long long id_flag = 1u << 21;
bool loads_flags(ZydisMnemonic mnemonic) {
  return mnemonic == ZYDIS_MNEMONIC_POPF || mnemonic == ZYDIS_MNEMONIC_POPFQ ||
         mnemonic == ZYDIS_MNEMONIC_IRET || mnemonic == ZYDIS_MNEMONIC_IRETD ||
         mnemonic == ZYDIS_MNEMONIC_IRETQ;
}

void compare_registers(user_regs_struct a, user_regs_struct b, unsigned long long ignored_flags,
                       Report& report) {
  static const char* const names[] = {"r15",     "r14",      "r13", "r12", "rbp",    "rbx", "r11",
                                      "r10",     "r9",       "r8",  "rax", "rcx",    "rdx", "rsi",
                                      "rdi",     "orig_rax", "rip", "cs",  "eflags", "rsp", "ss",
                                      "fs_base", "gs_base",  "ds",  "es",  "fs",     "gs"};
  a.eflags &= ~ignored_flags;
  b.eflags &= ~ignored_flags;
  unsigned long long words_a[std::size(names)];
  unsigned long long words_b[std::size(names)];
  static_assert(sizeof words_a == sizeof a);
  std::memcpy(words_a, &a, sizeof a);
  std::memcpy(words_b, &b, sizeof b);
  for (std::size_t i = 0; i < std::size(names); ++i)
    report.number(names[i], words_a[i], words_b[i]);
}

}  // namespace

std::span<const Mask> masks() {
  return all_masks;
}

const Mask* mask_for(ZydisMnemonic mnemonic) {
  const auto found = std::find_if(std::begin(all_masks), std::end(all_masks),
                                  [&](const Mask& each) { return each.mnemonic == mnemonic; });
  return found == std::end(all_masks) ? nullptr : found;
}

std::string difference(const Situation& situation, const Ending& in_place, Ending displaced) {
  Report report;
  report.number("lost child:", in_place.gone, displaced.gone);
  if (in_place.gone || displaced.gone) return report.text();
  mask(situation, in_place.after, displaced.after);
  report.number("signal", static_cast<unsigned>(in_place.signal),
                static_cast<unsigned>(displaced.signal));
  report.number("rip", in_place.after.regs.rip, displaced.after.regs.rip);
  report.number("si_code", static_cast<unsigned>(in_place.code),
                static_cast<unsigned>(displaced.code));
  report.number("si_addr", in_place.address.value, displaced.address.value);
  report.number("tracer done:", 1, displaced.tracer_done);
  report.number("system call stops", in_place.calls.size(), displaced.calls.size());
  if (!report.text().empty()) return report.text();
  const bool loaded = loads_flags(situation.decoded.insn.mnemonic) && in_place.signal == 0;
  const unsigned long long ignored = resume_flag | (loaded ? 0 : id_flag);
  for (std::size_t i = 0; i < in_place.calls.size(); ++i)
    compare_registers(in_place.calls[i], displaced.calls[i], ignored, report);
  compare_registers(in_place.after.regs, displaced.after.regs, ignored, report);
  report.bytes("data", in_place.after.data, displaced.after.data);
  report.bytes("stack", in_place.after.stack, displaced.after.stack);
  // Which components count as being in use is the processor's affair: vzeroall leaves it one way or
  // the other. What they hold is compared.
  std::copy_n(in_place.after.xstate.begin() + xsave::in_use, 8,
              displaced.after.xstate.begin() + xsave::in_use);
  report.bytes("extended state", in_place.after.xstate, displaced.after.xstate);
  return report.text();
}

}  // namespace sidestep::test
