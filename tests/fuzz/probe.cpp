// Arbitrary text as a probe: refused with one line that says why, or read so that what was read,
// written out again, is read the same. Then the text goes through what looks names up, as pattern
// and as name.
#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <string_view>

#include "symbols/cxx_name.hpp"
#include "symbols/name_pattern.hpp"
#include "symbols/nearest.hpp"
#include "symbols/probe_spec.hpp"
#include "target.hpp"

namespace sidestep::fuzz {
namespace {

using core::ProbeSpec;

struct Counts {
  std::uint64_t parsed = 0, refused = 0;
  ~Counts() { std::fprintf(stderr, "parsed %" PRIu64 ", refused %" PRIu64 "\n", parsed, refused); }
} counts;

[[noreturn]] void fail(std::string_view text, const std::string& what) {
  std::fprintf(stderr, "probe '%.*s'\n", static_cast<int>(text.size()), text.data());
  report(what.c_str());
}

void judge_message(std::string_view text, const Error& error) {
  const bool control = std::any_of(error.message.begin(), error.message.end(),
                                   [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (control) fail(text, "a control character in the message: " + error.message);
  if (!error.message.starts_with("probe '")) fail(text, "the message names no probe");
  if (error.message.size() > 1500) fail(text, "an endless message");
  if (error.kind != ErrorKind::Usage) fail(text, "not the user's mistake?");
}

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%" PRIx64, value);
  return text;
}

/// The ways to write NAME, +OFFSET and @MODULE. Not all of them can be had for each probe: an
/// offset of 0 is needed behind a '+' of the name's own, and is misread behind `.so`.
std::array<std::string, 3> written(const ProbeSpec& spec) {
  if (const auto* at = std::get_if<ProbeSpec::Absolute>(&spec.what))
    return {hex(at->address.value)};
  if (const auto* at = std::get_if<ProbeSpec::ModuleOffset>(&spec.what))
    return {spec.module + "+" + hex(at->offset)};
  if (const auto* at = std::get_if<ProbeSpec::Line>(&spec.what)) {
    const std::string line = at->file + ":" + std::to_string(at->line);
    return {spec.module.empty() ? line : line + "@" + spec.module};
  }
  const auto& function = std::get<ProbeSpec::Function>(spec.what);
  const std::string offset = "+" + hex(function.offset);
  const std::string module = spec.module.empty() ? "" : "@" + spec.module;
  if (function.regex) return {"/" + function.pattern + "/" + module};
  return {function.pattern + offset + module, function.pattern + module + offset,
          function.offset != 0 ? "" : function.pattern + module};
}

bool same(const ProbeSpec& a, const ProbeSpec& b) {
  if (a.module != b.module || a.what.index() != b.what.index()) return false;
  const auto* f = std::get_if<ProbeSpec::Function>(&a.what);
  if (f && f->glob != std::get<ProbeSpec::Function>(b.what).glob) return false;
  if (f && f->regex != std::get<ProbeSpec::Function>(b.what).regex) return false;
  return written(a) == written(b);
}

bool reads_as(const std::string& text, const ProbeSpec& wanted) {
  if (text.starts_with('?')) return true;  // of ??x, the second is a glob's
  const auto parsed = symbols::parse_probe(text);
  return parsed && same(*parsed, wanted);
}

/// Deep trees would exhaust the stack of what compiles them.
int depth(const core::Expression& tree) {
  int deepest = 0;
  for (const core::Expression& operand : tree.operands) deepest = std::max(deepest, depth(operand));
  return deepest + 1;
}

/// As many operands as its kind is said to have.
bool well_formed(const core::Expression& tree) {
  using Kind = core::Expression::Kind;
  std::size_t operands = 0;
  if (tree.kind == Kind::Unary || tree.kind == Kind::Member || tree.kind == Kind::Cast)
    operands = 1;
  if (tree.kind == Kind::Binary || tree.kind == Kind::Index) operands = 2;
  return tree.operands.size() == operands &&
         std::all_of(tree.operands.begin(), tree.operands.end(), well_formed);
}

void judge_tree(std::string_view text, const core::Expression& tree) {
  if (depth(tree) > 300) fail(text, "an endless tree");
  if (!well_formed(tree)) fail(text, "an operator without its operands");
}

void judge_spec(std::string_view text, const ProbeSpec& spec) {
  if (!reads_as(spec.text, spec)) fail(text, "its own text is another probe");
  for (const core::Wanted& wanted : spec.wanted) judge_tree(text, wanted.value);
  if (spec.condition) judge_tree(text, *spec.condition);
  const auto ways = written(spec);
  if (std::none_of(ways.begin(), ways.end(), [&](const auto& way) { return reads_as(way, spec); }))
    fail(text, "there is no way to write it, e.g. '" + ways[0] + "'");
}

/// Names as files have them; what matches is not asked, only that the question has an end.
void look_up(const ProbeSpec::Function& function, std::string_view text) {
  symbols::NamePattern pattern(function);
  for (const std::string_view raw :
       {std::string_view("main"), std::string_view("_ZN4shop6Server6handleEi"),
        std::string_view("_ZNK2ns1SclEv.constprop.0"), std::string_view("main.(*T).Method"),
        std::string_view(function.pattern), text}) {
    const std::size_t base = symbols::base_length(raw);
    if (base > raw.size()) fail(text, "a name is longer without its suffix");
    pattern.equals(raw, base);
    pattern.matches(raw, base);
  }
  symbols::NearestNames nearest(symbols::split_name(function.pattern).name, 3);
  for (const char* name : {"main", "http_parse", "ns::f"}) nearest.consider(name);
  if (std::move(nearest).take().size() > 3) fail(text, "more names than were asked for");
}

void as_name(std::string_view text) {
  const symbols::CxxName parts = symbols::split_name(text);
  if (parts.name.size() + parts.parameters.size() > text.size()) fail(text, "more than the whole");
  if (symbols::without_decoration(parts.name).size() > parts.name.size())
    fail(text, "longer without decoration");
  const std::string squeezed = symbols::squeeze(text);
  if (symbols::squeeze(squeezed) != squeezed) fail(text, "squeezed twice it is another name");
  symbols::display_name(text);
  symbols::display_name("_Z" + std::string(text));
}

}  // namespace
}  // namespace sidestep::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidestep;
  using namespace sidestep::fuzz;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  as_name(text);
  const auto spec = symbols::parse_probe(text);
  if (!spec) {
    judge_message(text, spec.error());
    ++counts.refused;
    return 0;
  }
  ++counts.parsed;
  judge_spec(text, *spec);
  if (const auto* function = std::get_if<core::ProbeSpec::Function>(&spec->what))
    look_up(*function, text);
  return 0;
}
