#include "system/torture/workload.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace sidestep::test {

std::vector<Workload> workloads(Scale scale) {
  std::vector<Workload> table;
  for (const auto part : {packers, ciphers, interpreters, compiled})
    for (Workload& one : part(scale)) table.push_back(std::move(one));
  return table;
}

std::string sample_text(unsigned lines) {
  std::string text;
  std::uint32_t value = 1;
  for (unsigned n = 0; n < lines; ++n) {
    value = value * 1'664'525 + 1'013'904'223;
    text += "line " + std::to_string(n) + " holds " + std::to_string(value >> 8) +
            (value & 0x1000000 ? " and a longer tail\n" : "\n");
  }
  return text;
}

std::string script(const std::string& name) {
  std::ifstream file(std::string(SIDESTEP_TORTURE_SCRIPTS) + "/" + name, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read the script " + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace sidestep::test
