// Registers by their DWARF numbers (System V ABI, AMD64 supplement, figure 3.36), and what a return
// address tells of the call before it. Pure.
#pragma once

#include "core/architecture.hpp"

namespace sidestep::amd64 {

std::optional<std::uint64_t> value(const core::Registers& regs, unsigned dwarf_number);
/// `regs` as FXSAVE lays them out (SDM vol. 1, 10.5.1): xmm0-15 and st0-7.
bool value(const core::VectorRegisters& regs, unsigned dwarf_number, std::span<std::uint8_t> to);

/// In thread-local storage, right below FS (runtime/asm_amd64.s), and in R14 (Go's ABIInternal),
/// which assembly may use otherwise.
core::Architecture::CurrentG current_g(const core::Registers& regs);

core::Architecture::CallBefore call_before(std::span<const std::uint8_t> before, Address at);

}  // namespace sidestep::amd64
