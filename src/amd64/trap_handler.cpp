// The handler of trap_handler.S as bytes to be copied into a tracee.
#include "amd64/trap_handler.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>

#include <cstddef>

#include "amd64/trap_handler_layout.h"
#include "core/slot_directory.hpp"

extern "C" {
extern const std::uint8_t sidestep_trap_handler[];           // NOLINT: an assembler's names
extern const std::uint8_t sidestep_trap_handler_restorer[];  // NOLINT
extern const std::uint8_t sidestep_trap_handler_areas[];     // NOLINT
extern const std::uint8_t sidestep_trap_handler_end[];       // NOLINT
}

namespace sidestep::amd64 {
namespace {

using core::SlotAreaHeader;
using core::SlotEntry;

static_assert(offsetof(SlotAreaHeader, entries) == HEADER_ENTRIES);
static_assert(offsetof(SlotAreaHeader, size) == HEADER_SIZE);
static_assert(offsetof(SlotAreaHeader, next) == HEADER_NEXT);
static_assert(offsetof(SlotEntry, site) == ENTRY_SITE);
static_assert(offsetof(SlotEntry, offset) == ENTRY_OFFSET);
static_assert(offsetof(SlotEntry, resume) == ENTRY_RESUME);
static_assert(offsetof(SlotEntry, enter) == ENTRY_ENTER);
static_assert(offsetof(SlotEntry, twin_end) == ENTRY_TWIN_END);
static_assert(offsetof(SlotEntry, flags) == ENTRY_FLAGS);
static_assert(sizeof(SlotEntry) == ENTRY_BYTES);
static_assert(SlotEntry::NeedsTracer == ENTRY_NEEDS_TRACER);
static_assert(SlotEntry::ShowsFpuIp == ENTRY_SHOWS_FPU_IP);

constexpr std::size_t registers = offsetof(ucontext_t, uc_mcontext.gregs);
static_assert(offsetof(siginfo_t, si_code) == SIGINFO_CODE);
static_assert(registers + 8 * REG_RIP == UCONTEXT_RIP);
static_assert(registers + 8 * REG_EFL == UCONTEXT_EFLAGS);
static_assert(offsetof(ucontext_t, uc_mcontext.fpregs) == UCONTEXT_FPSTATE);
static_assert(offsetof(ucontext_t, uc_sigmask) == UCONTEXT_SIGMASK);
static_assert(offsetof(_libc_fpstate, rip) == FPSTATE_RIP);
static_assert(SI_KERNEL == SI_CODE_KERNEL && TRAP_TRACE == SI_CODE_TRACE && SIGTRAP == SIGNAL_TRAP);
static_assert(SYS_rt_sigaction == NR_RT_SIGACTION && SYS_rt_sigreturn == NR_RT_SIGRETURN);
static_assert(SYS_getpid == NR_GETPID && SYS_gettid == NR_GETTID && SYS_tgkill == NR_TGKILL);

std::size_t offset_of(const std::uint8_t* label) {
  return static_cast<std::size_t>(label - sidestep_trap_handler);
}

}  // namespace

core::TrapHandler trap_handler() {
  return {{sidestep_trap_handler, offset_of(sidestep_trap_handler_end)},
          offset_of(sidestep_trap_handler_restorer),
          offset_of(sidestep_trap_handler_areas)};
}

}  // namespace sidestep::amd64
