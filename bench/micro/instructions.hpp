// Instructions to relocate: the commonest kinds that stand at the beginning of functions, and the
// dear ones.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/architecture.hpp"

namespace sidestep::bench {

inline constexpr Address kSite{0x5555'5555'5000};
inline constexpr Address kSlot{0x5555'5000'0000};

struct Sample {
  const char* name;
  std::vector<std::uint8_t> code;
};

inline const std::array<Sample, 5>& samples() {
  static const std::array<Sample, 5> kAll = {
      Sample{"push", {0x55}}, Sample{"lea", {0x48, 0x8d, 0x47, 0x01}},
      Sample{"mov_rip", {0x48, 0x8b, 0x05, 0x34, 0x12, 0x00, 0x00}},
      Sample{"jcc", {0x0f, 0x84, 0x00, 0x01, 0x00, 0x00}},
      Sample{"call", {0xe8, 0x00, 0x01, 0x00, 0x00}}};
  return kAll;
}

inline core::Instruction analyzed(const core::Architecture& arch, const Sample& sample,
                                  Address site = kSite) {
  return std::get<core::Instruction>(arch.analyze(sample.code, site));
}

}  // namespace sidestep::bench
