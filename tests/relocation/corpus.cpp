#include "corpus.hpp"

#include <algorithm>
#include <unordered_map>

#include "enumerate.hpp"
#include "random.hpp"

namespace sidestep::test {
namespace {

std::uint64_t prefixes_of(const Decoded& decoded) {
  std::uint64_t out = 0;
  for (unsigned i = 0; i < decoded.insn.raw.prefix_count; ++i) {
    const auto& prefix = decoded.insn.raw.prefixes[i];
    if (prefix.type == ZYDIS_PREFIX_TYPE_IGNORED) out |= 1;
    if (prefix.type != ZYDIS_PREFIX_TYPE_EFFECTIVE) continue;
    if (prefix.value == 0x67) out |= 2;
    if (prefix.value == 0xf0) out |= 4;
    if (prefix.value == 0xf2) out |= 8;
    if (prefix.value == 0xf3) out |= 16;
    if (prefix.value == 0x64 || prefix.value == 0x65) out |= 32;
  }
  return out;
}

/// What makes an instruction another one to the tracer, though it looks the same: calls that read
/// the stack that they push to; the interrupts that programs may use.
std::uint64_t special(const Decoded& decoded) {
  if (decoded.insn.mnemonic == ZYDIS_MNEMONIC_INT3) return decoded.insn.length;
  const ZydisDecodedOperand& operand = decoded.operands()[0];
  if (decoded.insn.mnemonic == ZYDIS_MNEMONIC_INT) {
    const std::uint64_t vector = operand.imm.value.u;
    return vector == 3 || vector == 4 || vector == 0x80 ? vector : 0;
  }
  if (decoded.insn.mnemonic != ZYDIS_MNEMONIC_CALL) return 0;
  if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER)
    return operand.reg.value == ZYDIS_REGISTER_RSP ? 1 : 2;
  if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) return 0;
  const auto stack = ZydisRegisterGetId(operand.mem.base) == 4;
  const std::int64_t displacement = operand.mem.disp.value;
  const std::uint64_t where = displacement < -16   ? 1
                              : displacement < 0   ? 2
                              : displacement < 120 ? 3
                                                   : 4;
  return stack ? 10 * where + (operand.mem.index != ZYDIS_REGISTER_NONE) : 3;
}

std::uint64_t kind_of(const ZydisDecodedOperand& operand) {
  std::uint64_t out = static_cast<std::uint64_t>(operand.type) << 16 | operand.size;
  if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER)
    out |= static_cast<std::uint64_t>(ZydisRegisterGetClass(operand.reg.value)) << 32;
  if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY)
    out |= static_cast<std::uint64_t>(operand.mem.type) << 32;
  return out;
}

/// Keeps the encodings of each form with the lowest hash: a random choice that doesn't depend on
/// the order in which they are met.
class Collector {
 public:
  Collector(const CorpusOptions& options, const ZydisDecoder& decoder)
      : options_(options), decoder_(decoder) {}

  Verdict judge(Candidate candidate);
  std::vector<Encoding> sorted() const;

 private:
  using Ranked = std::pair<std::uint64_t, Encoding>;

  CorpusOptions options_;
  const ZydisDecoder& decoder_;
  std::unordered_map<std::uint64_t, std::vector<Ranked>> forms_;
};

Verdict Collector::judge(Candidate candidate) {
  const auto decoded = decode(candidate, decoder_);
  if (!decoded) return {};
  Encoding encoding;
  encoding.length = decoded->insn.length;
  std::copy_n(candidate.begin(), encoding.length, encoding.storage.begin());
  encoding.mnemonic = decoded->insn.mnemonic;
  encoding.pc_relative = decoded->pc_relative() != nullptr;
  encoding.form = form_of(*decoded);
  std::vector<Ranked>& kept = forms_[encoding.form];
  const Ranked ranked{hash_of(encoding.bytes(), options_.seed), encoding};
  const auto before = [](const Ranked& a, const Ranked& b) { return a.first < b.first; };
  const auto place = std::lower_bound(kept.begin(), kept.end(), ranked, before);
  const bool known = place != kept.end() && place->first == ranked.first;
  if (!known && (kept.size() < options_.per_form || place != kept.end())) {
    kept.insert(place, ranked);
    if (kept.size() > options_.per_form) kept.pop_back();
  }
  return {true, decoded->has(ZYDIS_ATTRIB_HAS_MODRM)};
}

std::vector<Encoding> Collector::sorted() const {
  std::vector<Encoding> out;
  for (const auto& [form, kept] : forms_)
    for (const auto& [rank, encoding] : kept) out.push_back(encoding);
  std::sort(out.begin(), out.end(), [](const Encoding& a, const Encoding& b) {
    if (a.mnemonic != b.mnemonic) return a.mnemonic < b.mnemonic;
    return a.form != b.form ? a.form < b.form : a.storage < b.storage;
  });
  return out;
}

}  // namespace

std::uint64_t form_of(const Decoded& decoded) {
  std::uint64_t form = mixed(decoded.insn.mnemonic);
  const auto add = [&form](std::uint64_t value) { form = mixed(form ^ value); };
  add(decoded.insn.encoding);
  add(prefixes_of(decoded));
  add(decoded.insn.avx.broadcast.mode);
  add(special(decoded));
  add(decoded.pc_relative() != nullptr);
  add(decoded.insn.raw.imm[0].size != 0 ? 1 + (decoded.insn.raw.imm[0].size == 8) : 0);
  for (unsigned i = 0; i < decoded.insn.operand_count_visible; ++i)
    add(kind_of(decoded.operands()[i]));
  return form;
}

std::vector<Encoding> make_corpus(const CorpusOptions& options, const ZydisDecoder& decoder) {
  Collector base(options, decoder);
  // Some instructions exist with one value of a register field only: several rounds meet them.
  constexpr std::uint64_t rounds = 6;
  for (std::uint64_t round = 0; round < rounds; ++round)
    enumerate(mixed(options.seed + round),
              [&](Candidate candidate) { return base.judge(candidate); });
  Collector all(options, decoder);
  const Judge judge = [&](Candidate candidate) { return all.judge(candidate); };
  for (const Encoding& encoding : base.sorted()) {
    judge(encoding.bytes());
    vary_prefixes(encoding.bytes(), judge);
    vary_evex(encoding.bytes(), encoding.form, judge);
  }
  return all.sorted();
}

std::vector<Encoding> make_corpus(const CorpusOptions& options) {
  return make_corpus(options, long_mode());
}

}  // namespace sidestep::test
