// Every opcode with a RIP-relative operand, in every encoding: the copy is the original but for
// its displacement, or the instruction is refused.
#include <algorithm>

#include "disassembly.hpp"

namespace sidestep::test {
namespace {

struct Tally {
  int checked = 0;
  int refused = 0;
};

/// Straight-line copies only: branches have tests of their own.
void expect_faithful(const core::Instruction& insn, const Bytes& code) {
  const Line original = disassemble(code, site);
  const auto image = amd64().relocate(insn, near_slot);
  for (const std::size_t start : {std::size_t{0}, std::size_t{image.twin_offset}}) {
    const Line copy = line_at(image, start, near_slot);
    ASSERT_EQ(copy.text, original.text);
    ASSERT_EQ(copy.memory, original.memory);
    const auto& disp = original.insn.raw.disp;
    for (std::size_t i = 0; i < insn.bytes.size(); ++i) {
      if (i >= disp.offset && i < disp.offset + 4u) continue;
      ASSERT_EQ(image.bytes[start + i], insn.bytes[i]) << original.text << " byte " << i;
    }
  }
}

void check(const Bytes& start, Tally& tally) {
  Bytes code = start;
  for (const std::uint8_t byte : std::initializer_list<std::uint8_t>{0x40, 0x30, 0x20, 0x10})
    code.push_back(byte);                         // displacement
  while (code.size() < 15) code.push_back(0x11);  // immediates
  const auto result = amd64().analyze(code, site);
  const auto* insn = std::get_if<core::Instruction>(&result);
  if (insn == nullptr) {
    ++tally.refused;
    return;
  }
  if (insn->finish != core::Finish::Twin || !insn->operand) return;
  ++tally.checked;
  expect_faithful(*insn, code);
}

/// ModRM with mod=0, rm=5: RIP-relative.
std::uint8_t rip_modrm(int reg) {
  return static_cast<std::uint8_t>(reg << 3 | 5);
}

template <class Prefix>
void sweep_opcodes(const Prefix& prefix, Tally& tally) {
  for (int opcode = 0; opcode < 256; ++opcode) {
    for (int reg = 0; reg < 8; ++reg) {
      Bytes code = prefix;
      code.push_back(static_cast<std::uint8_t>(opcode));
      code.push_back(rip_modrm(reg));
      check(code, tally);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Sweep, Legacy) {
  Tally tally;
  for (const Bytes& prefix : {Bytes{}, Bytes{0x66}, Bytes{0xf2}, Bytes{0xf3}, Bytes{0x48},
                              Bytes{0x44}, Bytes{0x66, 0x48}, Bytes{0xf3, 0x48}, Bytes{0xf0}}) {
    for (const Bytes& map : {Bytes{}, Bytes{0x0f}, Bytes{0x0f, 0x38}, Bytes{0x0f, 0x3a}}) {
      Bytes start = prefix;
      start.insert(start.end(), map.begin(), map.end());
      sweep_opcodes(start, tally);
    }
  }
  EXPECT_GT(tally.checked, 10'000);
}

TEST(Sweep, Vex) {
  Tally tally;
  for (const int wvlpp : {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x80, 0x81, 0x82, 0x83,
                          0x84, 0x85, 0x86, 0x87}) {
    for (const int vvvv : {0x78, 0x40}) {  // none, and another register
      const auto last = static_cast<std::uint8_t>(wvlpp | vvvv);
      for (const std::uint8_t map : std::initializer_list<std::uint8_t>{0xe1, 0xe2, 0xe3})
        sweep_opcodes(Bytes{0xc4, map, last}, tally);
      if (wvlpp < 8) {
        sweep_opcodes(Bytes{0xc5, static_cast<std::uint8_t>(0x80 | last)}, tally);
      }
    }
  }
  EXPECT_GT(tally.checked, 10'000);
}

TEST(Sweep, Evex) {
  Tally tally;
  for (const std::uint8_t map : std::initializer_list<std::uint8_t>{0xf1, 0xf2, 0xf3, 0xf5, 0xf6}) {
    for (const std::uint8_t w_pp :
         std::initializer_list<std::uint8_t>{0x7c, 0x7d, 0x7e, 0x7f, 0xfc, 0xfd, 0xfe, 0xff}) {
      for (const std::uint8_t z_ll_b :
           std::initializer_list<std::uint8_t>{0x08, 0x28, 0x48, 0x58, 0xc9}) {
        sweep_opcodes(Bytes{0x62, map, w_pp, z_ll_b}, tally);
      }
    }
  }
  EXPECT_GT(tally.checked, 10'000);
}

TEST(Sweep, Xop) {
  Tally tally;
  for (const std::uint8_t map : std::initializer_list<std::uint8_t>{0xe8, 0xe9, 0xea}) {
    for (const std::uint8_t w_l :
         std::initializer_list<std::uint8_t>{0x78, 0x7c, 0xf8, 0xfc, 0x40}) {
      sweep_opcodes(Bytes{0x8f, map, w_l}, tally);
    }
  }
  EXPECT_GT(tally.checked, 100);
}

/// The offsets in every image fit, whatever the instruction: nothing overflows the slot.
TEST(Sweep, EveryImageFitsNearAndFar) {
  for (int opcode = 0; opcode < 256; ++opcode) {
    for (int modrm = 0; modrm < 256; ++modrm) {
      for (const bool two_byte : {false, true}) {
        Bytes code = two_byte ? Bytes{0x0f} : Bytes{};
        code.push_back(static_cast<std::uint8_t>(opcode));
        code.push_back(static_cast<std::uint8_t>(modrm));
        code.resize(15, 0);
        const auto result = amd64().analyze(code, site);
        const auto* insn = std::get_if<core::Instruction>(&result);
        if (insn == nullptr) continue;
        for (const Address slot : {near_slot, far_slot}) {
          if (!amd64().reaches(*insn, slot)) continue;
          const auto image = amd64().relocate(*insn, slot);
          ASSERT_LE(image.bytes.size(), core::SlotImage::max_bytes);
          ASSERT_EQ(image.bytes.empty(), insn->form == core::Form::OwnTrap);
          for (const auto& point : image.points) ASSERT_LE(point.offset, image.bytes.size());
          ASSERT_EQ(image.twin_offset != 0, insn->finish == core::Finish::Twin) << insn->mnemonic;
        }
      }
    }
  }
}

}  // namespace
}  // namespace sidestep::test
