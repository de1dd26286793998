// Half of the inputs are made as instructions are: prefixes, an encoding, an opcode, an operand.
// Bytes that are changed at random seldom become a valid VEX, EVEX or XOP instruction.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

#include "placement.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max);

namespace sidestep::fuzz {
namespace {

constexpr std::size_t code_bytes = 15;

class Maker {
 public:
  Maker(std::span<std::uint8_t> out, unsigned seed) : out_(out), random_(seed) {}

  std::size_t make() {
    for (unsigned i = pick(5); i > 2; --i)
      put(any_of<11>({0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65}));
    switch (pick(8)) {
      case 0:
        put(0xc5), put(byte());
        break;
      case 1:
        put(0xc4), put(byte(0xe0, 1 + pick(3))), put(byte());
        break;
      case 2:
        put(0x62), put(byte(0xf0, 1 + pick(6))), put(byte() | 4), put(byte());
        break;
      case 3:
        put(0x8f), put(byte(0xe0, 8 + pick(3))), put(byte());
        break;
      default:
        legacy();
        break;
    }
    put(byte());  // opcode
    // mod=0, rm=5: relative to RIP
    put(pick(2) ? static_cast<std::uint8_t>((byte() & 0x38) | 5) : byte());
    while (at_ < out_.size()) put(pick(4) ? byte() : any_of<4>({0, 0xff, 0x7f, 0x80}));
    return at_;
  }

 private:
  void legacy() {
    if (pick(2)) put(static_cast<std::uint8_t>(0x40 | pick(16)));
    const unsigned map = pick(8);
    if (map < 4) put(0x0f);
    if (map == 1) put(0x38);
    if (map == 2) put(0x3a);
    if (map == 3 && pick(8) == 0) put(0x0f);  // 3DNow!
  }
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_()) % below; }
  std::uint8_t byte() { return static_cast<std::uint8_t>(random_() >> 8); }
  /// The upper bits at random, or all set, as they are when no extended register is used.
  std::uint8_t byte(unsigned upper, unsigned low) {
    return static_cast<std::uint8_t>((pick(2) ? upper : byte() & upper) | low);
  }
  template <std::size_t N>
  std::uint8_t any_of(const std::array<std::uint8_t, N>& list) {
    return list[pick(N)];
  }
  void put(unsigned value) {
    if (at_ < out_.size()) out_[at_++] = static_cast<std::uint8_t>(value);
  }

  std::span<std::uint8_t> out_;
  std::minstd_rand random_;
  std::size_t at_ = 0;
};

}  // namespace
}  // namespace sidestep::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max, unsigned seed) {
  using namespace sidestep::fuzz;
  std::minstd_rand random(seed + 1);
  const bool whole = max >= placement_bytes + code_bytes;
  if (!whole || random() % 2 == 0) return LLVMFuzzerMutate(data, size, max);
  std::generate(data, data + placement_bytes, [&] { return random() >> 8; });
  if (size > placement_bytes + 1 && random() % 4 == 0) return size;  // the same, elsewhere
  return placement_bytes +
         Maker({data + placement_bytes, code_bytes}, static_cast<unsigned>(random())).make();
}
