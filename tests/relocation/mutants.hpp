// Relocators that are broken on purpose, each in one class: the tester has to notice every one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/architecture.hpp"
#include "corpus.hpp"

namespace sidestep::test {

struct Mutant {
  const char* name;
  /// Whether the encoding is of the class that is broken.
  bool (*concerns)(const Decoded& decoded);
  /// What is made of the instruction; nothing: it is left as it is.
  void (*reclassify)(core::Instruction& insn) = nullptr;
  /// What is made of the slot.
  void (*spoil)(const core::Instruction& insn, Address slot, core::SlotImage& image) = nullptr;
};

const std::vector<Mutant>& mutants();

/// The product's architecture, but for the mutation.
std::unique_ptr<core::Architecture> mutated(const core::Architecture& sound, const Mutant& mutant);

}  // namespace sidestep::test
