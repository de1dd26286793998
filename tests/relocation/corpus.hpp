// The instructions to be tested: what decodes of what is enumerated, a few of each form.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "decoded.hpp"

namespace sidestep::test {

/// One encoding; its displacements and relative targets are still arbitrary (see place()).
struct Encoding {
  std::array<std::uint8_t, ZYDIS_MAX_INSTRUCTION_LENGTH> storage{};
  std::uint8_t length = 0;
  bool pc_relative = false;
  ZydisMnemonic mnemonic = ZYDIS_MNEMONIC_INVALID;
  std::uint64_t form = 0;  ///< equal: the same mnemonic in the same form

  std::span<const std::uint8_t> bytes() const { return {storage.data(), length}; }
};

struct CorpusOptions {
  std::uint64_t seed = 1;
  std::size_t per_form = 1;
};

/// The same options give the same encodings in the same order, on every machine.
std::vector<Encoding> make_corpus(const CorpusOptions& options);
/// With another decoder: what mnemonics there are in other modes of the processor.
std::vector<Encoding> make_corpus(const CorpusOptions& options, const ZydisDecoder& decoder);

/// What is one form: mnemonic, encoding, kinds and sizes of operands, prefixes that have an effect
/// or are ignored, relative to the instruction pointer or not, with an immediate or not.
std::uint64_t form_of(const Decoded& decoded);

}  // namespace sidestep::test
