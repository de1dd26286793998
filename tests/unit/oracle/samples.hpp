// Instructions of each class with their right slots, to be spoilt by the tests.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "core/relocation.hpp"
#include "oracle/oracle.hpp"

namespace sidestep::oracle::test {

using Code = std::vector<std::uint8_t>;

struct Sample {
  std::string name;  ///< of letters, digits and underscores
  Code code;
  Address site{0x40'1000};
};

void PrintTo(const Sample& sample, std::ostream* out);

/// One or more of each class in docs/displaced.md.
const std::vector<Sample>& samples();

inline constexpr Address near_slot{0x50'0040};
inline constexpr Address far_slot{0x7fff'0000'0040};

/// What src/amd64 says and makes of it. The sample must be one that it takes, and reach the slot.
core::Instruction analyzed(const Sample& sample);
core::SlotImage relocated(const core::Instruction& insn, Address slot);
bool reached(const core::Instruction& insn, Address slot);
Verdict verdict_of(const Code& code, Address site);

/// A slot with the given bytes and points, without a twin.
core::SlotImage image_of(const Code& bytes, std::vector<core::PcPoint> points);

}  // namespace sidestep::oracle::test
