#include "core/code_map.hpp"

#include <algorithm>

namespace sidestep::core {
namespace {

void append(std::vector<Address>& to, const std::vector<Address>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

void order(std::vector<Address>& addresses) {
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
}

}  // namespace

CodeMap::CodeMap(const Architecture& arch, CodeLayout layout, ReadCode read)
    : arch_(arch), layout_(std::move(layout)), read_(std::move(read)) {
  CodeReferences found;
  for (const AddressRange& function : layout_.functions) {
    const Sweep alone = sweep(arch_, function, read_(function), {});
    append(found.branches, alone.references.branches);
    append(found.data, alone.references.data);
    found.branches.push_back(function.begin);  // an entry, if it lies in another function
  }
  order(found.branches);
  order(found.data);
  references_ = std::move(found);
}

const AddressRange* CodeMap::extent(Address function) const {
  const auto found = std::lower_bound(layout_.functions.begin(), layout_.functions.end(), function,
                                      [](const AddressRange& f, Address a) { return f.begin < a; });
  return found != layout_.functions.end() && found->begin == function ? &*found : nullptr;
}

Sweep CodeMap::instructions_of(Address function) const {
  const AddressRange* range = extent(function);
  if (!range) return {};
  return sweep(arch_, *range, read_(*range), references_);
}

}  // namespace sidestep::core
