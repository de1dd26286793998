// The whole corpus through the tester, and what there is to say of each mnemonic.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tester.hpp"

namespace sidestep::test {

struct MnemonicRecord {
  std::set<std::uint64_t> forms, forms_run;
  std::size_t encodings = 0, refused = 0, situations = 0, runs = 0;
  Native native = Native::NotRun;  ///< the best case
  std::set<std::string> refusals;  ///< why, each reason once
  bool conditional = false, jumped = false, went_on = false;
  bool addressable = false;      ///< an operand in memory that ModRM chooses freely
  bool pc_relative = false;      ///< the corpus has such an encoding
  bool pc_relative_ran = false;  ///< and this processor knows it

  bool refused_only() const { return refused == encodings; }
};

struct Survey {
  std::map<ZydisMnemonic, MnemonicRecord> mnemonics;
  std::vector<Difference> differences;
  std::size_t encodings = 0, situations = 0, runs = 0;
  std::uint64_t seed = 0;
};

struct SurveyOptions {
  CorpusOptions corpus;
  Extent extent;
  std::string only;  ///< a mnemonic; empty: all
};

Survey survey(const core::Architecture& arch, const SurveyOptions& options);

}  // namespace sidestep::test
