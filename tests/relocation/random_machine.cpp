#include "random_machine.hpp"

#include <cpuid.h>

#include <array>
#include <cstring>

namespace sidestep::test {
namespace {

constexpr std::uint64_t arithmetic_flags = 0x8d5;  // CF, PF, AF, ZF, SF, OF
constexpr std::uint64_t direction = 0x400, alignment_check = 0x4'0000;
constexpr std::uint64_t always_set = 0x202;  // and interrupts on

/// Of all magnitudes, as instructions see them differently.
std::uint64_t number(Random& random) {
  const std::uint64_t all = random.next();
  switch (random.below(6)) {
    case 0:
      return all & 0xff;
    case 1:
      return all & 0xffff'ffff;
    case 2:
      return ~(all & 0xffff);
    case 3:
      return all & 0x7fff'ffff'ffff;  // a canonical address
    default:
      return all;
  }
}

void set_registers(Machine& out, Flavour flavour, Random& random) {
  for (unsigned i = 0; i < 16; ++i) gpr(out.regs, i) = number(random);
  constexpr std::uint64_t counts[] = {0, 1, 2, 3, 7, 40, 0x1'0000'0000, 0x1'0000'0001};
  if (!random.one_in(3)) out.regs.rcx = random.one_of(counts);
  out.regs.rip = layout::site.value;
  out.regs.fs_base = random.next() & 0x7ff8;
  out.regs.gs_base = random.next() & 0x7ff8;
  if (flavour != Flavour::WildStack) {
    const std::uint64_t offset =
        random.below(0x400) & (flavour == Flavour::Aligned ? ~7ull : ~0ull);
    out.regs.rsp = layout::stack.value + 0x600 + offset;
  }
  out.regs.eflags = always_set | (random.next() & arithmetic_flags);
  if (random.one_in(3)) out.regs.eflags |= direction;
  if (flavour == Flavour::Unaligned && random.one_in(4)) out.regs.eflags |= alignment_check;
}

void store(Bytes& area, std::size_t at, std::uint64_t value, std::size_t size) {
  std::memcpy(area.data() + at, &value, size);
}

/// Half of the x87 registers hold numbers, the others anything at all.
void set_x87(Machine& out, bool exceptions, Random& random) {
  Bytes& area = out.xstate;
  const std::uint64_t masks = exceptions ? random.below(64) : 63;
  store(area, xsave::control_word, masks | (random.next() & 0xf00) | 0x40, 2);
  store(area, xsave::status_word, random.next() & 0x7f00 & ~0x3ful, 2);
  store(area, xsave::tags, random.byte(), 1);
  store(area, xsave::fpu_ip, random.next() & 0x7fff'ffff'ffff, 8);
  const std::uint64_t sse_masks = exceptions ? random.next() & 0x1f80 : 0x1f80;
  store(area, xsave::mxcsr, sse_masks | (random.next() & 0xe040), 4);
  for (std::size_t i = 0; i < 8; ++i) {
    random.fill(std::span(area).subspan(xsave::st + 16 * i, 10));
    if (random.one_in(2)) continue;
    store(area, xsave::st + 16 * i + 7, 0x3fff80u | (random.next() & 0x807f), 3);
  }
}

struct Component {
  std::size_t offset, size;
};

/// Masks, upper halves of ZMM0-15, ZMM16-31: where this processor keeps them (CPUID leaf 0Dh).
const std::array<Component, 3>& avx512_components() {
  static const auto found = [] {
    std::array<Component, 3> out{};
    for (unsigned i = 0; i < out.size(); ++i) {
      unsigned size = 0, offset = 0, c = 0, d = 0;
      __get_cpuid_count(0xd, 5 + i, &size, &offset, &c, &d);
      out[i] = {offset, size};
    }
    return out;
  }();
  return found;
}

std::uint64_t enabled_components(const Bytes& xstate) {
  constexpr std::size_t xcr0 = 464;  // in the bytes that are the software's (asm/sigcontext.h)
  std::uint64_t value = 0;
  std::memcpy(&value, xstate.data() + xcr0, sizeof value);
  return value;
}

constexpr std::uint64_t avx = 4, avx512 = 0xe0;

bool has_avx512(const Bytes& xstate) {
  return (enabled_components(xstate) & avx512) == avx512;
}
bool has_avx(const Bytes& xstate) {
  return (enabled_components(xstate) & avx) != 0 && xstate.size() >= xsave::extended + 256;
}

/// All vector registers, and the masks: whatever of the usual components there is.
void set_vectors(Machine& out, Random& random) {
  Bytes& area = out.xstate;
  random.fill(std::span(area).subspan(xsave::xmm, 256));
  std::uint64_t in_use = 3;
  if (has_avx(area)) {
    random.fill(std::span(area).subspan(xsave::extended, 256));
    in_use |= avx;
  }
  if (has_avx512(area)) {
    for (const Component& component : avx512_components())
      random.fill(std::span(area).subspan(component.offset, component.size));
    in_use |= avx512;
  }
  store(area, xsave::in_use, in_use, 8);
}

}  // namespace

Machine random_machine(Flavour flavour, const Origin& origin, Random& random) {
  Machine out;
  out.regs = origin.regs;
  out.xstate = origin.xstate;
  set_registers(out, flavour, random);
  set_x87(out, flavour == Flavour::Unaligned && random.one_in(2), random);
  set_vectors(out, random);
  random.fill(out.data);
  random.fill(out.stack);
  return out;
}

std::uint8_t* vector_quarter(Machine& machine, unsigned number, unsigned quarter) {
  Bytes& area = machine.xstate;
  if (number < 16 && quarter == 0) return area.data() + xsave::xmm + 16 * number;
  if (number < 16 && quarter == 1)
    return has_avx(area) ? area.data() + xsave::extended + 16 * number : nullptr;
  if (!has_avx512(area)) return nullptr;
  const auto& parts = avx512_components();
  if (number < 16) return area.data() + parts[1].offset + 32 * number + 16 * (quarter - 2);
  return area.data() + parts[2].offset + 64 * (number - 16) + 16 * quarter;
}

}  // namespace sidestep::test
