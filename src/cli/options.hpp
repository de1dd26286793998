// What the command line asks for, checked. Boost.Program_options parses; where our options end is
// split_argv's to say. All errors are of kind Usage, one line: what, where, why, what to try.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/option_table.hpp"
#include "sidestep/options.hpp"
#include "sidestep/output_options.hpp"
#include "sidestep/result.hpp"

namespace sidestep::cli {

/// A row of `compare`: a mode and how it steps.
struct ComparedMode {
  std::string_view name;  ///< as --modes spells it
  Mode mode{};
  Step step{};
  bool exact = false;  ///< claims to miss nothing
};

std::span<const ComparedMode> compared_modes();

enum class Ask : unsigned char { Work, Help, Version };
enum class Guardian : unsigned char { Yes, No };
enum class Strictness : unsigned char { Lenient, Strict };

struct Options {
  Verb verb = Verb::Trace;
  Ask ask = Ask::Work;
  SessionOptions session;
  OutputOptions output;
  Strictness strictness = Strictness::Lenient;
  Guardian guardian = Guardian::Yes;
  std::vector<ComparedMode> modes;  ///< compare: in the order given
  std::string file;                 ///< list
};

/// `arguments` without the program's name.
Result<Options> parse_options(std::span<const std::string> arguments);

}  // namespace sidestep::cli
