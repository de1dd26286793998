#include "symbols/register_name.hpp"

#include <array>
#include <charconv>
#include <string>

#include "symbols/place.hpp"

namespace sidestep::symbols {
namespace {

/// In the order of their DWARF numbers: 64, 32, 16 and 8 bits.
constexpr std::array<std::array<std::string_view, 4>, 8> old_registers = {
    {{"rax", "eax", "ax", "al"},
     {"rdx", "edx", "dx", "dl"},
     {"rcx", "ecx", "cx", "cl"},
     {"rbx", "ebx", "bx", "bl"},
     {"rsi", "esi", "si", "sil"},
     {"rdi", "edi", "di", "dil"},
     {"rbp", "ebp", "bp", "bpl"},
     {"rsp", "esp", "sp", "spl"}}};

std::optional<unsigned> number_after(std::string_view prefix, std::string_view& name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  unsigned number = 0;
  const char* begin = name.data() + prefix.size();
  const auto [end, error] = std::from_chars(begin, name.data() + name.size(), number);
  if (error != std::errc{} || (*begin == '0' && end - begin > 1)) return std::nullopt;
  name.remove_prefix(static_cast<std::size_t>(end - name.data()));
  return number;
}

}  // namespace

std::optional<RegisterName> register_named(std::string_view name) {
  for (unsigned number = 0; number < old_registers.size(); ++number) {
    for (unsigned part = 0; part < 4; ++part)
      if (old_registers[number][part] == name) return RegisterName{number, 8u >> part, 0};
    const std::string_view word = old_registers[number][2];
    const bool has_high = number < 4 && name.size() == 2 && name[1] == 'h' && name[0] == word[0];
    if (has_high) return RegisterName{number, 1, 1};
  }
  std::string_view rest = name;
  if (const auto number = number_after("xmm", rest))
    return *number < 16 && rest.empty() ? std::optional(RegisterName{xmm0 + *number, 16, 0})
                                        : std::nullopt;
  const auto number = number_after("r", rest);
  if (!number || *number < 8 || *number > 15) return std::nullopt;
  if (rest.empty()) return RegisterName{*number, 8, 0};
  if (rest == "d") return RegisterName{*number, 4, 0};
  if (rest == "w") return RegisterName{*number, 2, 0};
  if (rest == "b") return RegisterName{*number, 1, 0};
  return std::nullopt;
}

}  // namespace sidestep::symbols
