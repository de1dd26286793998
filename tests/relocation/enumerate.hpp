// All opcodes of all encodings, with chosen ModRM bytes: candidates, most of which don't decode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace sidestep::test {

/// Fifteen bytes or fewer that begin with a candidate. What follows opcode, ModRM and SIB is
/// random.
using Candidate = std::span<const std::uint8_t>;
/// Says whether the candidate is an instruction; then `has_modrm` says whether others with the same
/// opcode can differ from it.
struct Verdict {
  bool decodes = false;
  bool has_modrm = false;
};
using Judge = std::function<Verdict(Candidate)>;

/// Deterministic from the seed. Which displacements, immediates and registers are met is random;
/// opcodes, mandatory prefixes, operand sizes, vector lengths and kinds of operand are all met.
void enumerate(std::uint64_t seed, const Judge& judge);

/// Parts of it: without VEX, XOP, EVEX; or only VEX and EVEX.
void enumerate_legacy(std::uint64_t seed, const Judge& judge);
void enumerate_vectors(std::uint64_t seed, const Judge& judge);

/// The same instruction with each prefix that may stand before it.
void vary_prefixes(Candidate instruction, const Judge& judge);
/// EVEX: broadcast or rounding, masks, zeroing.
void vary_evex(Candidate instruction, std::uint64_t seed, const Judge& judge);

}  // namespace sidestep::test
