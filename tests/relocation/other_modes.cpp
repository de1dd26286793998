// Mnemonics that 64-bit mode doesn't have.
#include <set>

#include "coverage.hpp"
#include "enumerate.hpp"

namespace sidestep::test {
namespace {

class Names {
 public:
  explicit Names(const ZydisDecoder& decoder) : decoder_(decoder) {}

  Verdict judge(Candidate candidate) {
    const auto decoded = decode(candidate, decoder_);
    if (!decoded) return {};
    names_.insert(decoded->insn.mnemonic);
    return {true, decoded->has(ZYDIS_ATTRIB_HAS_MODRM)};
  }
  const std::set<ZydisMnemonic>& all() const { return names_; }

 private:
  const ZydisDecoder& decoder_;
  std::set<ZydisMnemonic> names_;
};

std::set<ZydisMnemonic> in_mode(ZydisMachineMode mode, ZydisStackWidth width) {
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, mode, width);
  Names names(decoder);
  enumerate_legacy(1, [&](Candidate candidate) { return names.judge(candidate); });
  return names.all();
}

std::set<ZydisMnemonic> of_knights_corner() {
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  ZydisDecoderEnableMode(&decoder, ZYDIS_DECODER_MODE_KNC, ZYAN_TRUE);
  Names names(decoder);
  // EVEX with its fixed bit clear is MVEX, which has a bit more where EVEX says what to zero.
  const Judge judge = [&](Candidate candidate) {
    if (candidate[0] != 0x62) return names.judge(candidate);
    Bytes other(candidate.begin(), candidate.end());
    other[2] ^= 4;
    const Verdict verdict = names.judge(other);
    other[3] ^= 0x80;
    return names.judge(other).decodes ? Verdict{true, true} : verdict;
  };
  for (std::uint64_t seed = 1; seed < 4; ++seed) enumerate_vectors(seed, judge);
  return names.all();
}

}  // namespace

std::string why_not_generated(ZydisMnemonic mnemonic) {
  static const auto legacy = in_mode(ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
  static const auto real = in_mode(ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
  static const auto knights_corner = of_knights_corner();
  if (legacy.contains(mnemonic)) return "32-bit mode only";
  if (real.contains(mnemonic)) return "16-bit mode only";
  if (knights_corner.contains(mnemonic)) return "Knights Corner only, which ran no Linux like this";
  return "";
}

}  // namespace sidestep::test
