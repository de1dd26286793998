#include "coverage.hpp"

#include <cpuid.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ostream>
#include <sstream>

namespace sidestep::test {
namespace {

enum class Account : std::uint8_t { Completes, FaultsOnly, NotHere, Refused, MustNotRun };

Account account_of(const MnemonicRecord& record) {
  if (record.refused_only()) return Account::Refused;
  switch (record.native) {
    case Native::Completes:
      return Account::Completes;
    case Native::Faults:
      return Account::FaultsOnly;
    case Native::Illegal:
      return Account::NotHere;
    default:
      return Account::MustNotRun;
  }
}

std::string text_of(ZydisMnemonic mnemonic, const MnemonicRecord& record) {
  switch (account_of(record)) {
    case Account::Completes:
      return "tested";
    case Account::FaultsOnly:
      return "tested: faults alike";
    case Account::NotHere:
      return "not runnable here: slot decoded, #UD alike";
    case Account::Refused:
      return "refused";
    default:
      return std::string("slot decoded, not run: ") + reason_not_to_run(mnemonic);
  }
}

std::string pc_relative_text(const MnemonicRecord& record) {
  if (!record.pc_relative) return "has none";
  return record.pc_relative_ran ? "run" : "decoded";
}

/// The name that the processor gives itself (CPUID leaves 8000_0002h to 8000_0004h).
std::string cpu_model() {
  std::array<unsigned, 12> words{};
  for (unsigned i = 0; i < 3; ++i) {
    unsigned* const at = words.data() + std::size_t{4} * i;
    __get_cpuid(0x8000'0002 + i, at, at + 1, at + 2, at + 3);
  }
  char text[sizeof words + 1] = {};
  std::memcpy(text, words.data(), sizeof words);
  const char* begin = text;
  while (*begin == ' ') ++begin;
  return begin;
}

std::string joined(const std::set<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : "; ") + item;
  return out;
}

std::size_t count(const Survey& survey, Account account) {
  return static_cast<std::size_t>(
      std::count_if(survey.mnemonics.begin(), survey.mnemonics.end(),
                    [&](const auto& entry) { return account_of(entry.second) == account; }));
}

std::vector<ZydisMnemonic> missing(const Survey& survey) {
  std::vector<ZydisMnemonic> out;
  for (int i = 1; i <= ZYDIS_MNEMONIC_MAX_VALUE; ++i) {
    const auto mnemonic = static_cast<ZydisMnemonic>(i);
    if (!survey.mnemonics.contains(mnemonic)) out.push_back(mnemonic);
  }
  return out;
}

void write_summary(const Survey& survey, std::ostream& out) {
  const auto row = [&](const char* what, std::size_t number) {
    out << "| " << what << " | " << number << " |\n";
  };
  out << "| on " << cpu_model() << " | |\n|---|---|\n";
  row("encodings", survey.encodings);
  row("situations (runs in place)", survey.situations);
  row("runs from a slot", survey.runs);
  row("differences", survey.differences.size());
  row("mnemonics of the decoder", ZYDIS_MNEMONIC_MAX_VALUE);
  row("tested, at least one form completes", count(survey, Account::Completes));
  row("tested, each form faults (privileged, or wants a state that is not made)",
      count(survey, Account::FaultsOnly));
  row("not runnable here (SIGILL): slot decoded, and the fault is the same",
      count(survey, Account::NotHere));
  row("refused in all forms", count(survey, Account::Refused));
  row("must not be run: slot decoded only", count(survey, Account::MustNotRun));
  row("no encoding in 64-bit mode", missing(survey).size());
}

void write_masks(std::ostream& out) {
  out << "\n## Not compared\n\nWhat differs from one run in place to the next:\n\n"
      << "| mnemonic | what | why |\n|---|---|---|\n";
  out << "| all | the XSAVE header's bits for components in use | tracked as the processor likes "
         "(seen: "
         "vzeroall); the components are compared |\n"
      << "| all but popf and iret | the ID flag | tracers can't set it |\n";
  for (const Mask& each : masks()) {
    static const char* const names[] = {"RAX", "RCX", "RDX"};
    std::string what;
    for (unsigned i = 0; i < std::size(names); ++i)
      if ((each.registers >> i & 1) != 0)
        what += (what.empty() ? "" : ", ") + std::string(names[i]);
    if (each.first_operand) what = "the destination";
    if (each.carry) what += ", CF";
    out << "| " << ZydisMnemonicGetString(each.mnemonic) << " | " << what << " | " << each.reason
        << " |\n";
  }
}

void write_table(const Survey& survey, std::ostream& out) {
  out << "\n## By mnemonic\n\n"
      << "Forms: those run here, of those in the corpus.\n\n"
      << "| mnemonic | forms | RIP-relative | account | refused forms, because |\n"
      << "|---|---|---|---|---|\n";
  for (const auto& [mnemonic, record] : survey.mnemonics) {
    out << "| " << ZydisMnemonicGetString(mnemonic) << " | " << record.forms_run.size() << "/"
        << record.forms.size() << " | " << pc_relative_text(record) << " | "
        << text_of(mnemonic, record) << " | " << joined(record.refusals) << " |\n";
  }
}

void write_missing(const Survey& survey, std::ostream& out) {
  std::map<std::string, std::string> by_reason;
  for (const ZydisMnemonic mnemonic : missing(survey)) {
    std::string& names = by_reason[why_not_generated(mnemonic)];
    names += (names.empty() ? "" : ", ") + std::string(ZydisMnemonicGetString(mnemonic));
  }
  out << "\n## No encoding in 64-bit mode\n\n| because | mnemonics |\n|---|---|\n";
  for (const auto& [reason, names] : by_reason) out << "| " << reason << " | " << names << " |\n";
}

}  // namespace

std::vector<std::string> unaccounted(const Survey& survey) {
  std::vector<std::string> out;
  for (const ZydisMnemonic mnemonic : missing(survey))
    if (why_not_generated(mnemonic).empty())
      out.push_back(std::string(ZydisMnemonicGetString(mnemonic)) + " is not in the corpus");
  for (const auto& [mnemonic, record] : survey.mnemonics)
    if (account_of(record) == Account::MustNotRun && reason_not_to_run(mnemonic) == nullptr)
      out.push_back(std::string(ZydisMnemonicGetString(mnemonic)) + " was not run");
  return out;
}

void write_coverage(const Survey& survey, std::ostream& out) {
  out << "# Instructions tested\n\nGenerated, do not edit:\n\n"
      << "    SIDESTEP_COVERAGE=docs/coverage.md build/bin/relocation_test "
         "--gtest_filter='Relocation.*'\n\n"
      << "What is done to each is in [testing.md](testing.md), what the classes are in "
         "[displaced.md](displaced.md).\n\n";
  write_summary(survey, out);
  write_masks(out);
  write_missing(survey, out);
  write_table(survey, out);
}

std::string summary(const Survey& survey) {
  std::ostringstream out;
  out << survey.encodings << " encodings of " << survey.mnemonics.size() << " mnemonics, "
      << survey.situations << " situations, " << survey.runs << " runs from a slot, "
      << survey.differences.size() << " differences; " << count(survey, Account::Completes)
      << " mnemonics complete, " << count(survey, Account::FaultsOnly) << " only fault, "
      << count(survey, Account::NotHere) << " are not known to " << cpu_model() << "; seed "
      << survey.seed;
  return out.str();
}

}  // namespace sidestep::test
