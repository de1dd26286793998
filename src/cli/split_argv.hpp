// Where our options end and the command begins, before any parser sees them: the command's options
// are never ours. Boost.Program_options by itself takes `-l` of `sidestep -x f ls -l` for its own,
// throws on `-tt`, and lets an option with an optional value eat the command's name. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace sidestep::cli {

struct SplitArguments {
  /// Our options, one a word, nothing left to interpretation: `-q -q -xmalloc --mode=lift`.
  std::vector<std::string> ours;
  /// The command and its arguments, exactly as given.
  std::string valueless;  ///< the first -X that has no value, or an empty one; "" none
  std::vector<std::string> rest;
};

/// `arguments` without the program's name and without the verb. They are split at the first `--`,
/// which is dropped, or before the first word that is neither an option nor an option's value.
/// Does not fail: what is wrong with `ours` (unknown options, missing values) is the parser's to
/// say.
SplitArguments split_argv(std::span<const std::string> arguments);

}  // namespace sidestep::cli
