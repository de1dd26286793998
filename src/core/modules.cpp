#include "core/modules.hpp"

#include <algorithm>

namespace sidestep::core {
namespace {

bool same_file(const Mapping& a, const Mapping& b) {
  return a.device == b.device && a.inode == b.inode && a.path == b.path;
}

/// The linker maps a file's segments in ascending order of address and of file offset; a mapping
/// that starts over at the file's beginning belongs to a second copy.
bool continues(const Module& module, const Mapping& m) {
  const Mapping& last = module.mappings.back();
  return same_file(last, m) && m.file_offset >= module.mappings.front().file_offset &&
         !(m.file_offset == 0 && last.file_offset > 0);
}

}  // namespace

std::vector<Module> modules_from(std::span<const Mapping> mappings, const std::string& executable) {
  std::vector<Module> modules;
  for (const Mapping& m : mappings) {
    if (!m.inode || m.path.empty() || m.path.front() != '/') continue;
    const auto known = std::find_if(modules.rbegin(), modules.rend(),
                                    [&](const Module& module) { return continues(module, m); });
    if (known != modules.rend()) {
      known->mappings.push_back(m);
    } else {
      modules.push_back({m.path, m.path, m.range.begin, m.path == executable, {m}});
    }
  }
  std::erase_if(modules, [](const Module& module) {
    return std::none_of(module.mappings.begin(), module.mappings.end(),
                        [](const Mapping& m) { return m.executable; });
  });
  return modules;
}

}  // namespace sidestep::core
