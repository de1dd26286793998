// What the tests of src/symbols share: a module made up for a file that nobody runs, and the truth
// that a fixture prints about itself.
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "symbols/elf_resolver.hpp"
#include "symbols/probe_spec.hpp"

namespace sidestep::symbols::test {

inline std::string fixture_source(const std::string& name) {
  return std::string(FIXTURE_SOURCES "/") + name;
}
inline std::string fixture(const std::string& name) {
  return std::string(FIXTURES "/") + name;
}

constexpr Address pie_base{0x7f1234560000};
constexpr Address fixed_base{0x400000};

/// As if the file were mapped in one piece at `base`.
inline core::Module module_of(const std::string& path, Address base = pie_base) {
  core::Module module;
  module.path = module.file = path;
  module.base = base;
  module.main = path.find(".so") == std::string::npos;
  core::Mapping mapping;
  mapping.range = {base, base + (64 << 20)};
  mapping.readable = mapping.executable = true;
  mapping.path = path;
  module.mappings.push_back(mapping);
  return module;
}

/// "NAME OFFSET" lines of a fixture that prints about itself.
inline std::map<std::string, std::uint64_t> truth_of(const std::string& program) {
  std::map<std::string, std::uint64_t> truth;
  FILE* output = ::popen(fixture(program).c_str(), "r");
  if (!output) return truth;
  char name[64];
  unsigned long offset = 0;
  while (std::fscanf(output, "%63s %lx", name, &offset) == 2) truth[name] = offset;
  ::pclose(output);
  return truth;
}

/// What one probe finds in one module; an error or an unparsable probe shows as `error`.
struct Found {
  core::Findings findings;
  std::string error;

  std::size_t count() const { return findings.locations.size(); }
  const core::Location& only() const { return findings.locations.at(0); }
  std::vector<std::string> functions() const {
    std::vector<std::string> names;
    for (const auto& l : findings.locations) names.push_back(l.function);
    return names;
  }
  std::vector<std::uint64_t> offsets(Address base) const {
    std::vector<std::uint64_t> all;
    for (const auto& l : findings.locations) all.push_back(l.address.value - base.value);
    return all;
  }
};

inline Found find(core::Resolver& resolver, const core::Module& module, const std::string& probe) {
  Found found;
  auto spec = parse_probe(probe);
  if (!spec) {
    found.error = spec.error().message;
    return found;
  }
  auto result = resolver.find(module, std::span(&spec.value(), 1));
  if (result)
    found.findings = std::move(*result);
  else
    found.error = result.error().message;
  return found;
}

inline Found find(const core::Module& module, const std::string& probe) {
  return find(*make_resolver(), module, probe);
}

}  // namespace sidestep::symbols::test
