// What the survey has covered, as a page of documentation.
#pragma once

#include <iosfwd>

#include "survey.hpp"

namespace sidestep::test {

/// Every mnemonic of the decoder that nothing can be said about, with the reason for the complaint.
std::vector<std::string> unaccounted(const Survey& survey);
void write_coverage(const Survey& survey, std::ostream& out);
/// One line: how much, on what, and how it came out.
std::string summary(const Survey& survey);

/// Why the mnemonic has no encoding in 64-bit mode; empty: that is not known.
std::string why_not_generated(ZydisMnemonic mnemonic);

}  // namespace sidestep::test
