#include "cli/split_argv.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

#include "cli/option_table.hpp"

namespace sidestep::cli {
namespace {

class Splitter {
 public:
  explicit Splitter(std::span<const std::string> arguments) : left_(arguments) {}

  SplitArguments run() {
    while (!left_.empty()) {
      const std::string word = left_.front();
      if (word.size() < 2 || word[0] != '-') break;  // "-" alone is no option either
      left_ = left_.subspan(1);
      if (word == "--") break;
      if (word[1] == '-') {
        long_option(word);
      } else {
        letters(std::string_view(word).substr(1));
      }
    }
    split_.rest.assign(left_.begin(), left_.end());
    return std::move(split_);
  }

 private:
  void long_option(const std::string& word) {
    const OptionSpec* spec = find_option(std::string_view(word).substr(2));
    std::optional<std::string> value;
    if (spec != nullptr && spec->argument == Argument::Required) value = next_word();
    split_.ours.push_back(value ? word + "=" + *value : word);
  }

  /// `-qqx malloc`: flags may share a dash, and the last may have a value.
  void letters(std::string_view letters) {
    for (std::size_t i = 0; i < letters.size(); ++i) {
      const OptionSpec* spec = find_option(letters[i]);
      std::string word{'-', letters[i]};
      if (spec != nullptr && spec->argument == Argument::None) {
        split_.ours.push_back(std::move(word));
        continue;
      }
      word += letters.substr(i + 1);
      if (spec != nullptr && spec->argument == Argument::Required && word.size() == 2) {
        const std::string value = next_word().value_or("");
        if (value.empty() && split_.valueless.empty()) split_.valueless = word;
        word += value;
      }
      split_.ours.push_back(std::move(word));
      return;
    }
  }

  /// An option at the end, or right before `--`, has no value.
  std::optional<std::string> next_word() {
    if (left_.empty() || left_.front() == "--") return {};
    const std::string word = left_.front();
    left_ = left_.subspan(1);
    return word;
  }

  std::span<const std::string> left_;
  SplitArguments split_;
};

}  // namespace

SplitArguments split_argv(std::span<const std::string> arguments) {
  return Splitter(arguments).run();
}

}  // namespace sidestep::cli
