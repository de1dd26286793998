// Which register is what, in a `struct user_regs_struct` kept in core::Registers. Pure.
#pragma once

#include "core/architecture.hpp"

namespace sidestep::amd64 {

Address pc(const core::Registers& regs);
void set_pc(core::Registers& regs, Address pc);
Address stack(const core::Registers& regs);
Address unused_stack(const core::Registers& regs);
void undo_push(core::Registers& regs);

void leave_slot_at_syscall(core::Registers& regs, const core::Instruction& insn);
void prepare_call(core::Registers& regs, const core::RemoteCall& call, Address syscall_insn);
std::int64_t call_result(const core::Registers& regs);
std::uint64_t call_number(const core::Registers& regs);
void forget_call(core::Registers& regs);
bool restart_interrupted_call(core::Registers& regs);
core::Registers rerun(const core::Registers& returned);
bool alike(const core::Registers& a, const core::Registers& b);

}  // namespace sidestep::amd64
