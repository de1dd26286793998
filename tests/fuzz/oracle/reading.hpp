// One instruction at one address, as the decoder reads it. Private to the oracle.
#pragma once

#include <Zydis/Zydis.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "sidestep/types.hpp"

namespace sidestep::oracle {

struct Reading {
  Address at;
  std::span<const std::uint8_t> bytes;  ///< its own, no more; borrowed
  ZydisDecodedInstruction insn;
  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> storage;

  std::span<const ZydisDecodedOperand> operands() const {
    return {storage.data(), insn.operand_count};
  }
  Address end() const { return at + bytes.size(); }
  bool is(ZydisMnemonic mnemonic) const { return insn.mnemonic == mnemonic; }
};

std::optional<Reading> read(std::span<const std::uint8_t> code, Address at);

/// Where a relative branch goes; nothing if it is none.
std::optional<Address> branch_target(const Reading& reading);
/// What an operand relative to RIP or EIP addresses; nothing if there is none.
std::optional<Address> pc_relative(const Reading& reading);
/// The same for one operand.
std::optional<Address> pc_relative(const Reading& reading, const ZydisDecodedOperand& operand);
bool has_prefix(const Reading& reading, std::uint8_t prefix);

}  // namespace sidestep::oracle
