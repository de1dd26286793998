#include "symbols/relocations.hpp"

namespace sidestep::symbols {
namespace {

/// The dynamic symbol that a relocation of this section is against; nullopt: it is another
/// module's.
std::optional<LinkAddress> defined_symbol(const ElfFile& file, const Section& relocations,
                                          std::uint64_t index) {
  Elf_Data* data = elf_getdata(elf_getscn(file.elf(), relocations.header.sh_link), nullptr);
  GElf_Sym symbol;
  if (!data || !gelf_getsym(data, static_cast<int>(index), &symbol)) return std::nullopt;
  if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS) return std::nullopt;
  return symbol.st_value;
}

std::optional<LinkAddress> target(const ElfFile& file, const Section& section,
                                  const GElf_Rela& entry) {
  const auto addend = static_cast<std::uint64_t>(entry.r_addend);
  switch (GELF_R_TYPE(entry.r_info)) {
    case R_X86_64_RELATIVE:
      return addend;
    case R_X86_64_64:
    case R_X86_64_GLOB_DAT:
      if (const auto symbol = defined_symbol(file, section, GELF_R_SYM(entry.r_info)))
        return *symbol + addend;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

Relocations::Relocations(const ElfFile& file) {
  for (const Section& section : file.sections()) {
    const bool loaded = section.header.sh_flags & SHF_ALLOC;
    if (section.header.sh_type != SHT_RELA || !loaded) continue;
    Elf_Data* data = elf_getdata(section.scn, nullptr);
    if (!data || !data->d_buf) continue;
    const auto count = static_cast<int>(data->d_size / sizeof(Elf64_Rela));
    for (int i = 0; i < count; ++i) {
      GElf_Rela entry;
      if (!gelf_getrela(data, i, &entry)) break;
      if (const auto there = target(file, section, entry)) pointers_[entry.r_offset] = *there;
    }
  }
}

std::optional<LinkAddress> Relocations::pointer_at(LinkAddress slot) const {
  const auto found = pointers_.find(slot);
  return found == pointers_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace sidestep::symbols
