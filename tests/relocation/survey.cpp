#include "survey.hpp"

#include <algorithm>

namespace sidestep::test {
namespace {

/// An operand that ModRM names and that could be relative to RIP as well: not one of several
/// addresses (VSIB), nor one that has to have a SIB byte (MIB, tiles); bndmk raises #UD for it.
bool is_addressable(const Decoded& decoded) {
  const auto operands = decoded.operands();
  const bool tiles =
      decoded.insn.meta.isa_ext == ZYDIS_ISA_EXT_AMX_TILE && decoded.has(ZYDIS_ATTRIB_HAS_SIB);
  const bool refuses = tiles || decoded.insn.mnemonic == ZYDIS_MNEMONIC_BNDMK;
  return !refuses && std::any_of(operands.begin(), operands.end(), [](const auto& operand) {
    return operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
           operand.encoding == ZYDIS_OPERAND_ENCODING_MODRM_RM &&
           (operand.mem.type == ZYDIS_MEMOP_TYPE_MEM || operand.mem.type == ZYDIS_MEMOP_TYPE_AGEN);
  });
}

void add(MnemonicRecord& record, const Encoding& encoding, const Result& result) {
  const auto decoded = decode(encoding.bytes());
  record.forms.insert(encoding.form);
  ++record.encodings;
  record.situations += result.situations;
  record.runs += result.runs;
  // A transaction always comes back to its fallback, if only because of what follows here.
  record.conditional |= decoded->insn.meta.category == ZYDIS_CATEGORY_COND_BR &&
                        encoding.mnemonic != ZYDIS_MNEMONIC_XBEGIN;
  record.addressable |= is_addressable(*decoded);
  record.pc_relative |= encoding.pc_relative;
  if (!result.refusal.empty()) {
    ++record.refused;
    record.refusals.insert(result.refusal);
    return;
  }
  record.native = std::min(record.native, result.native);
  record.jumped |= result.jumped;
  record.went_on |= result.went_on;
  if (result.native > Native::Faults) return;
  record.forms_run.insert(encoding.form);
  record.pc_relative_ran |= encoding.pc_relative;
}

}  // namespace

Survey survey(const core::Architecture& arch, const SurveyOptions& options) {
  Survey out;
  out.seed = options.corpus.seed;
  Tester tester(arch);
  for (const Encoding& encoding : make_corpus(options.corpus)) {
    if (!options.only.empty() && ZydisMnemonicGetString(encoding.mnemonic) != options.only)
      continue;
    const Result result = tester.test(encoding, options.extent);
    add(out.mnemonics[encoding.mnemonic], encoding, result);
    ++out.encodings;
    out.situations += result.situations;
    out.runs += result.runs;
    out.differences.insert(out.differences.end(), result.differences.begin(),
                           result.differences.end());
  }
  return out;
}

}  // namespace sidestep::test
