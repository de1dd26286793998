#include "symbols/debug_strings.hpp"

#include <dwarf.h>
#include <gelf.h>

#include <cstring>
#include <string_view>

namespace sidestep::symbols {
namespace {

bool strings_elsewhere(Dwarf* dwarf) {
  if (dwarf_getalt(dwarf)) return true;
  Dwarf_CU* next = nullptr;
  std::uint8_t type = 0;
  Dwarf_Die unit{}, split{};
  if (dwarf_get_units(dwarf, nullptr, &next, nullptr, &type, &unit, &split) != 0) return false;
  return type == DW_UT_skeleton;
}

bool section_holds(Elf_Scn* section, const GElf_Shdr& header, const std::string& word) {
  if (header.sh_type == SHT_NOBITS) return false;
  if (header.sh_flags & SHF_COMPRESSED) return true;
  Elf_Data* data = elf_rawdata(section, nullptr);
  if (!data || !data->d_buf) return false;
  return ::memmem(data->d_buf, data->d_size, word.data(), word.size()) != nullptr;
}

}  // namespace

bool may_name(Dwarf* dwarf, const std::string& word) {
  if (word.empty() || strings_elsewhere(dwarf)) return true;
  Elf* elf = dwarf_getelf(dwarf);
  std::size_t names = 0;
  if (!elf || elf_getshdrstrndx(elf, &names) != 0) return true;
  // Names are in .debug_str, or among the DIEs (Go writes all of them there, GCC the shortest).
  for (const std::string_view wanted : {".debug_str", ".debug_info"}) {
    Elf_Scn* section = nullptr;
    while ((section = elf_nextscn(elf, section))) {
      GElf_Shdr header;
      if (!gelf_getshdr(section, &header)) continue;
      const char* name = elf_strptr(elf, names, header.sh_name);
      if (!name) continue;
      const bool old_compression =
          std::string_view(name) == ".zdebug" + std::string(wanted.substr(6));
      if (old_compression) return true;
      if (wanted == name && section_holds(section, header, word)) return true;
    }
  }
  return false;
}

}  // namespace sidestep::symbols
