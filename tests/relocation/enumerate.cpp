#include "enumerate.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "random.hpp"

namespace sidestep::test {
namespace {

constexpr std::size_t longest = 15;

/// A candidate under construction.
class Bytes15 {
 public:
  explicit Bytes15(Random& random) { random.fill(bytes_); }
  void put(unsigned byte) { bytes_[size_++] = static_cast<std::uint8_t>(byte); }
  void put(std::initializer_list<unsigned> more) {
    for (const unsigned byte : more) put(byte);
  }
  void skip(std::size_t count) { size_ += count; }
  Candidate all() const { return bytes_; }

 private:
  std::array<std::uint8_t, longest> bytes_{};
  std::size_t size_ = 0;
};

using Head = std::function<void(Bytes15&)>;

class Enumerator {
 public:
  Enumerator(std::uint64_t seed, const Judge& judge) : random_(seed), judge_(judge) {}

  void legacy();
  void amd_3dnow();
  void vex();
  void xop();
  void evex();

 private:
  enum class Registers { All, Some };

  /// All ModRM bytes of interest behind `head`.
  void with_modrm(const Head& head, Registers registers, Registers fields);
  Verdict memory(const Head& head, unsigned reg, unsigned kind);
  Verdict try_modrm(const Head& head, std::initializer_list<unsigned> modrm_and_sib);
  void legacy_opcode(unsigned map, unsigned opcode);

  Random random_;
  const Judge& judge_;
};

Verdict Enumerator::try_modrm(const Head& head, std::initializer_list<unsigned> bytes) {
  Bytes15 out(random_);
  head(out);
  out.put(bytes);
  return judge_(out.all());
}

constexpr unsigned modrm(unsigned mod, unsigned reg, unsigned rm) {
  return mod << 6 | reg << 3 | rm;
}

/// [reg], [reg+disp8], [reg+disp32], a SIB byte in all three, [rsp], [rsp+disp8], [rip+disp32].
Verdict Enumerator::memory(const Head& head, unsigned reg, unsigned kind) {
  constexpr unsigned plain[] = {0, 1, 2, 3, 6, 7};  // 4: SIB, 5: RIP if mod is 0
  const unsigned rm = random_.one_of(plain);
  switch (kind) {
    case 0:
    case 1:
    case 2:
      return try_modrm(head, {modrm(kind, reg, rm)});
    case 3:
    case 4:
    case 5:
      return try_modrm(head, {modrm(kind - 3, reg, 4), random_.byte()});
    case 6:
    case 7:
      return try_modrm(head, {modrm(kind - 6, reg, 4), 0x24});
    default:
      return try_modrm(head, {modrm(0, reg, 5)});
  }
}

void Enumerator::with_modrm(const Head& head, Registers registers, Registers fields) {
  constexpr unsigned memory_kinds = 9;
  for (unsigned reg = 0; reg < 8; ++reg) {
    if (fields == Registers::Some && reg > 1) break;
    const auto field = fields == Registers::Some ? static_cast<unsigned>(random_.below(8)) : reg;
    for (unsigned rm = 0; rm < 8; ++rm) {
      if (registers == Registers::Some && rm > 0) break;
      const auto operand =
          registers == Registers::Some ? static_cast<unsigned>(random_.below(8)) : rm;
      const Verdict verdict = try_modrm(head, {modrm(3, field, operand)});
      if (verdict.decodes && !verdict.has_modrm) return;
    }
    for (unsigned kind = 0; kind < memory_kinds; ++kind) {
      const Verdict verdict = memory(head, field, kind);
      if (verdict.decodes && !verdict.has_modrm) return;
    }
  }
}

/// One-byte, 0F, 0F 38 and 0F 3A; 66, F2, F3 or none; no REX, REX with and without W.
void Enumerator::legacy_opcode(unsigned map, unsigned opcode) {
  for (const unsigned mandatory : {0u, 0x66u, 0xf2u, 0xf3u}) {
    for (const unsigned rex : {0u, 0x40u, 0x48u}) {
      const Head head = [&](Bytes15& out) {
        if (mandatory != 0) out.put(mandatory);
        if (rex != 0) out.put(rex | static_cast<unsigned>(random_.below(8)));
        if (map > 0) out.put(0x0f);
        if (map > 1) out.put(map == 2 ? 0x38 : 0x3a);
        out.put(opcode);
      };
      with_modrm(head, map < 2 && rex == 0 ? Registers::All : Registers::Some, Registers::All);
    }
  }
}

void Enumerator::legacy() {
  for (const unsigned vector : {3u, 4u, 0x80u})
    try_modrm([](Bytes15& out) { out.put(0xcd); }, {vector});
  for (unsigned map = 0; map < 4; ++map)
    for (unsigned opcode = 0; opcode < 256; ++opcode) legacy_opcode(map, opcode);
}

/// 0F 0F, ModRM, and the opcode behind the operand.
void Enumerator::amd_3dnow() {
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    for (const unsigned kind : {0u, 1u, 2u, 3u}) {
      constexpr unsigned displacement[] = {0, 0, 1, 4};
      Bytes15 out(random_);
      const auto reg = static_cast<unsigned>(random_.below(8));
      constexpr unsigned forms[] = {modrm(3, 0, 2), modrm(0, 0, 3), modrm(1, 0, 3), modrm(0, 0, 5)};
      out.put({0x0f, 0x0f, forms[kind] | reg << 3});
      out.skip(displacement[kind]);
      out.put(opcode);
      judge_(out.all());
    }
  }
}

/// Opcodes whose ModRM.reg is part of them, in any of the maps.
bool is_group(unsigned opcode) {
  constexpr unsigned groups[] = {0x01, 0x02, 0x12, 0x49, 0x71, 0x72, 0x73, 0xae, 0xc6, 0xc7, 0xf3};
  return std::find(std::begin(groups), std::end(groups), opcode) != std::end(groups);
}

/// The register that VEX, XOP and EVEX add, inverted: none, or any.
unsigned second_source(Random& random, bool some) {
  return some ? static_cast<unsigned>(random.below(16)) : 15;
}

void Enumerator::vex() {
  for (unsigned at = 0; at < 3u * 4 * 2 * 2 * 2 * 256; ++at) {
    const unsigned opcode = at & 255, source = at >> 8 & 1, w = at >> 9 & 1, l = at >> 10 & 1;
    const unsigned pp = at >> 11 & 3, map = 1 + (at >> 13);
    const Head head = [&](Bytes15& out) {
      const unsigned last = second_source(random_, source != 0) << 3 | l << 2 | pp;
      const auto rxb = static_cast<unsigned>(random_.below(8));
      const bool two_bytes = map == 1 && w == 0 && random_.one_in(2);
      if (two_bytes) {
        out.put({0xc5, (rxb & 4) << 5 | last, opcode});
      } else {
        out.put({0xc4, rxb << 5 | map, w << 7 | last, opcode});
      }
    };
    const Registers which = is_group(opcode) ? Registers::All : Registers::Some;
    with_modrm(head, which, which);
  }
}

void Enumerator::xop() {
  for (unsigned at = 0; at < 3u * 2 * 2 * 2 * 256; ++at) {
    const unsigned opcode = at & 255, source = at >> 8 & 1, w = at >> 9 & 1, l = at >> 10 & 1;
    const unsigned map = 8 + (at >> 11);
    const Head head = [&](Bytes15& out) {
      const auto rxb = static_cast<unsigned>(random_.below(8));
      out.put({0x8f, rxb << 5 | map});
      out.put({w << 7 | second_source(random_, source != 0) << 3 | l << 2, opcode});
    };
    with_modrm(head, Registers::Some, Registers::All);
  }
}

void Enumerator::evex() {
  constexpr unsigned maps[] = {1, 2, 3, 5, 6};
  for (unsigned at = 0; at < 5u * 3 * 2 * 4 * 2 * 2 * 256; ++at) {
    const unsigned opcode = at & 255, source = at >> 8 & 1, w = at >> 9 & 1, pp = at >> 10 & 3;
    const unsigned masked = at >> 12 & 1, ll = (at >> 13) % 3, map = maps[(at >> 13) / 3];
    const Head head = [&](Bytes15& out) {
      const auto rxbr = static_cast<unsigned>(random_.below(16));
      const auto mask = masked != 0 ? 1 + static_cast<unsigned>(random_.below(7)) : 0;
      out.put({0x62, rxbr << 4 | map});
      out.put({w << 7 | second_source(random_, source != 0) << 3 | 4 | pp});
      const unsigned high_source = source != 0 ? random_.next() & 8u : 8u;
      out.put({ll << 5 | high_source | mask, opcode});
    };
    const Registers which = is_group(opcode) ? Registers::All : Registers::Some;
    with_modrm(head, which, which);
  }
}

}  // namespace

void enumerate(std::uint64_t seed, const Judge& judge) {
  Enumerator enumerator(seed, judge);
  enumerator.legacy();
  enumerator.amd_3dnow();
  enumerator.vex();
  enumerator.xop();
  enumerator.evex();
}

void enumerate_legacy(std::uint64_t seed, const Judge& judge) {
  Enumerator(seed, judge).legacy();
}

void enumerate_vectors(std::uint64_t seed, const Judge& judge) {
  Enumerator enumerator(seed, judge);
  enumerator.vex();
  enumerator.evex();
}

void vary_prefixes(Candidate instruction, const Judge& judge) {
  for (const unsigned prefix :
       {0x67u, 0xf0u, 0x64u, 0x65u, 0x2eu, 0x3eu, 0x26u, 0x36u, 0x66u, 0xf2u, 0xf3u}) {
    std::array<std::uint8_t, longest> bytes{};
    bytes[0] = static_cast<std::uint8_t>(prefix);
    if (instruction.size() == longest) continue;
    std::copy(instruction.begin(), instruction.end(), bytes.begin() + 1);
    judge({bytes.data(), instruction.size() + 1});
  }
}

void vary_evex(Candidate instruction, std::uint64_t seed, const Judge& judge) {
  constexpr std::size_t last = 3;  // z, L'L, b, V', aaa; bytes before it: 62, P0, P1
  if (instruction.size() <= last || instruction[0] != 0x62) return;
  Random random(seed);
  for (unsigned variant = 0; variant < 16; ++variant) {
    std::array<std::uint8_t, longest> bytes{};
    std::copy(instruction.begin(), instruction.end(), bytes.begin());
    const auto mask = static_cast<unsigned>(1 + random.below(7));
    unsigned value = bytes[last] & 0x68u;
    if ((variant & 1) != 0) value |= 0x10;
    if ((variant & 2) != 0) value |= mask;
    if ((variant & 4) != 0) value |= 0x80;
    if ((variant & 8) != 0) value ^= 0x20;
    bytes[last] = static_cast<std::uint8_t>(value);
    judge({bytes.data(), instruction.size()});
  }
}

}  // namespace sidestep::test
