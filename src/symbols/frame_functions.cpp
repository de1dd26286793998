#include "symbols/frame_functions.hpp"

#include <dwarf.h>
#include <elfutils/libdw.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <unordered_map>

namespace sidestep::symbols {
namespace {

/// The bytes of .eh_frame and where they are at link addresses.
struct Frame {
  const unsigned char* begin = nullptr;
  std::size_t size = 0;
  LinkAddress address = 0;
};

template <class Integer>
std::optional<std::int64_t> read(const std::uint8_t*& at, const std::uint8_t* end) {
  if (end < at || static_cast<std::size_t>(end - at) < sizeof(Integer)) return std::nullopt;
  Integer value;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return static_cast<std::int64_t>(value);
}

/// The fixed-size pointer formats; nobody writes FDE addresses as LEB128.
std::optional<std::int64_t> read_pointer(unsigned format, const std::uint8_t*& at,
                                         const std::uint8_t* end) {
  switch (format & 0x0f) {
    case DW_EH_PE_absptr:
    case DW_EH_PE_udata8:
    case DW_EH_PE_sdata8:
      return read<std::int64_t>(at, end);
    case DW_EH_PE_udata4:
      return read<std::uint32_t>(at, end);
    case DW_EH_PE_sdata4:
      return read<std::int32_t>(at, end);
    case DW_EH_PE_udata2:
      return read<std::uint16_t>(at, end);
    case DW_EH_PE_sdata2:
      return read<std::int16_t>(at, end);
    default:
      return std::nullopt;
  }
}

/// The letter R of a CIE's augmentation says how its FDEs' addresses are written.
unsigned pointer_encoding(const Dwarf_CIE& cie) {
  if (!cie.augmentation || cie.augmentation[0] != 'z' || !cie.augmentation_data)
    return DW_EH_PE_absptr;
  const std::uint8_t* at = cie.augmentation_data;
  const std::uint8_t* end = at + cie.augmentation_data_size;
  for (const char* letter = cie.augmentation + 1; *letter && at < end; ++letter) {
    if (*letter == 'R') return *at;
    if (*letter == 'L') ++at;
    if (*letter == 'P') {
      const unsigned format = *at++;
      if (!read_pointer(format, at, end)) return DW_EH_PE_omit;
    }
  }
  return DW_EH_PE_absptr;
}

std::optional<LinkRange> range_of(const Dwarf_FDE& fde, unsigned encoding, const Frame& frame) {
  const std::uint8_t* at = fde.start;
  if (encoding == DW_EH_PE_omit || at < frame.begin) return std::nullopt;
  const LinkAddress here = frame.address + static_cast<std::uint64_t>(at - frame.begin);
  const auto start = read_pointer(encoding, at, fde.end);
  const auto size = read_pointer(encoding & 0x0f, at, fde.end);
  if (!start || !size) return std::nullopt;
  const unsigned relative = encoding & 0x70;
  if (relative != DW_EH_PE_absptr && relative != DW_EH_PE_pcrel) return std::nullopt;
  const LinkAddress begin =
      static_cast<LinkAddress>(*start) + (relative == DW_EH_PE_pcrel ? here : 0);
  const LinkAddress end = begin + static_cast<std::uint64_t>(*size);
  if (end <= begin) return std::nullopt;
  return LinkRange{begin, end};
}

std::vector<LinkRange> read_all(const ElfFile& file, const Frame& frame, Elf_Data* data) {
  std::vector<LinkRange> found;
  std::unordered_map<Dwarf_Off, unsigned> encodings;  // by the CIE's offset
  const char* ident_text = elf_getident(file.elf(), nullptr);
  const auto* ident = reinterpret_cast<const unsigned char*>(ident_text);
  Dwarf_Off offset = 0;
  while (ident && offset < frame.size) {
    Dwarf_CFI_Entry entry;
    Dwarf_Off next = offset;
    const int status = dwarf_next_cfi(ident, data, true, offset, &next, &entry);
    if (status > 0 || next <= offset) break;
    if (status == 0 && dwarf_cfi_cie_p(&entry)) {
      encodings[offset] = pointer_encoding(entry.cie);
    } else if (status == 0) {
      const auto cie = encodings.find(entry.fde.CIE_pointer);
      if (cie != encodings.end())
        if (auto range = range_of(entry.fde, cie->second, frame)) found.push_back(*range);
    }
    offset = next;
  }
  return found;
}

}  // namespace

std::vector<LinkRange> frame_functions(const ElfFile& file) {
  const Section* section = file.section(".eh_frame");
  if (!section || section->header.sh_type == SHT_NOBITS) return {};
  Elf_Data* data = elf_rawdata(section->scn, nullptr);
  if (!data || !data->d_buf) return {};
  const Frame frame{static_cast<const unsigned char*>(data->d_buf), data->d_size,
                    section->header.sh_addr};
  std::vector<LinkRange> found = read_all(file, frame, data);
  std::vector<LinkRange> stubs;
  for (const Section& s : file.sections())
    if (s.name.starts_with(".plt"))
      stubs.push_back({s.header.sh_addr, s.header.sh_addr + s.header.sh_size});
  std::erase_if(found, [&](const LinkRange& range) {
    return !file.is_code(range.begin) ||
           std::any_of(stubs.begin(), stubs.end(),
                       [&](const LinkRange& s) { return s.contains(range.begin); });
  });
  std::sort(found.begin(), found.end(),
            [](const LinkRange& a, const LinkRange& b) { return a.begin < b.begin; });
  return found;
}

}  // namespace sidestep::symbols
