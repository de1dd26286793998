#include "symbols/indirect.hpp"

#include <algorithm>
#include <vector>

namespace sidestep::symbols {
namespace {

/// `memcpy_avx`, `__memcpy_avx_unaligned`, `memcpy.avx2` for `memcpy` or `__memcpy`.
bool implements(std::string_view candidate, std::string_view name) {
  const auto stem = [](std::string_view text) {
    const std::size_t start = text.find_first_not_of('_');
    return start == std::string_view::npos ? text : text.substr(start);
  };
  const std::string_view rest = stem(candidate), wanted = stem(name);
  if (rest.size() <= wanted.size() || !rest.starts_with(wanted)) return false;
  return rest[wanted.size()] == '_' || rest[wanted.size()] == '.';
}

}  // namespace

std::string why_indirect(const FunctionTable& functions, const Function& indirect) {
  constexpr std::size_t shown = 4;
  std::vector<std::string_view> names;
  for (const Function& f : functions.all()) {
    if (f.indirect || f.unnamed || !implements(f.name, indirect.name)) continue;
    // `memcpy_chk` is another IFUNC's, `memcpy_ifunc` the code that chooses.
    if (f.name.find("_chk") != std::string_view::npos || f.name.ends_with("_ifunc")) continue;
    names.push_back(f.name);
  }
  std::sort(names.begin(), names.end());
  const std::size_t count = names.size();
  names.resize(std::min(count, shown));
  std::string why =
      "it is an IFUNC (chosen when the program starts), and its code does not show what it may "
      "choose: probe its implementation";
  if (names.empty()) return why + ", which has no symbol here, by address";
  why += " (";
  for (const std::string_view name : names) why.append(why.back() == '(' ? "" : ", ").append(name);
  if (count > shown) why += ", and " + std::to_string(count - shown) + " more";
  return why + ")";
}

}  // namespace sidestep::symbols
