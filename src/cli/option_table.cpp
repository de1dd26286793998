#include "cli/option_table.hpp"

#include <algorithm>

namespace sidestep::cli {
namespace {

constexpr unsigned kTrace = static_cast<unsigned>(Verb::Trace);
constexpr unsigned kList = static_cast<unsigned>(Verb::List);
constexpr unsigned kCompare = static_cast<unsigned>(Verb::Compare);
constexpr unsigned kDoctor = static_cast<unsigned>(Verb::Doctor);
constexpr unsigned kAll = kTrace | kList | kCompare | kDoctor;

constexpr std::string_view kNotYet = "it comes in a later one; see 'sidestep --help'";

constexpr OptionSpec kTable[] = {
    {'x', "", Argument::Required, kTrace | kList | kCompare},
    {'X', "", Argument::Required, kTrace | kList | kCompare},
    {'p', "", Argument::Required, kTrace | kList | kDoctor},
    {'f', "", Argument::None, kTrace},
    {0, "mode", Argument::Required, kTrace},
    {0, "step", Argument::Required, kTrace},
    {'o', "", Argument::Required, kTrace},
    {0, "format", Argument::Required, kTrace | kCompare},
    {'c', "", Argument::None, kTrace},
    {'C', "", Argument::None, kTrace},
    {'k', "", Argument::Optional, kTrace},
    {'t', "", Argument::None, kTrace},
    {'r', "", Argument::None, kTrace},
    {'T', "", Argument::None, kTrace},
    {'s', "", Argument::Required, kTrace},
    {0, "min-time", Argument::Required, kTrace},
    {0, "limit", Argument::Required, kTrace},
    {0, "duration", Argument::Required, kTrace},
    {0, "strict", Argument::None, kTrace},
    {0, "wait", Argument::Required, kTrace | kCompare},
    {0, "kill-on-exit", Argument::None, kTrace},
    {0, "no-guardian", Argument::None, kTrace},
    {0, "trap-handler", Argument::None, kTrace},
    {0, "no-eintr-repair", Argument::None, kTrace | kCompare},
    {0, "debuginfod", Argument::None, kTrace | kList},
    {0, "lossy", Argument::None, kTrace, kNotYet},
    {'q', "", Argument::None, kTrace},
    {'v', "", Argument::None, kTrace | kList},
    {0, "debug", Argument::Required, kTrace},
    {0, "journal", Argument::Required, kTrace},
    {0, "color", Argument::Required, kTrace | kList},
    {0, "modes", Argument::Required, kCompare},
    {0, "truth", Argument::Required, kCompare},
    {0, "help", Argument::None, kAll},
    {0, "version", Argument::None, kAll},
};

template <class Matches>
const OptionSpec* find_where(Matches matches) {
  const auto* found = std::find_if(std::begin(kTable), std::end(kTable), matches);
  return found != std::end(kTable) ? found : nullptr;
}

}  // namespace

std::string_view verb_name(Verb verb) {
  switch (verb) {
    case Verb::Trace:
      return "";
    case Verb::List:
      return "list";
    case Verb::Compare:
      return "compare";
    case Verb::Doctor:
      return "doctor";
  }
  return "";
}

std::string OptionSpec::spelled() const {
  return letter != 0 ? std::string{'-', letter} : "--" + std::string(name);
}

std::span<const OptionSpec> option_table() {
  return kTable;
}

const OptionSpec* find_option(char letter) {
  if (letter == 0) return nullptr;
  return find_where([&](const OptionSpec& spec) { return spec.letter == letter; });
}

const OptionSpec* find_option(std::string_view name) {
  if (name.empty()) return nullptr;
  return find_where([&](const OptionSpec& spec) { return spec.name == name; });
}

}  // namespace sidestep::cli
