#include "symbols/line_files.hpp"

#include <dwarf.h>
#include <gelf.h>

#include <cstdint>
#include <cstring>

namespace sidestep::symbols {
namespace {

template <class Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number value = 0;
  if (at + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// A section's bytes; false: it is compressed.
bool read_section(Elf* elf, std::string_view wanted, std::string_view& bytes) {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return false;
  Elf_Scn* section = nullptr;
  while ((section = elf_nextscn(elf, section))) {
    GElf_Shdr header;
    const char* name =
        gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : nullptr;
    if (!name || wanted != name) continue;
    if (header.sh_flags & SHF_COMPRESSED) return false;
    Elf_Data* data = elf_rawdata(section, nullptr);
    if (data && data->d_buf) bytes = {static_cast<const char*>(data->d_buf), data->d_size};
    return true;
  }
  return true;
}

}  // namespace

LineFiles::LineFiles(Dwarf* dwarf, std::string name) : name_(std::move(name)) {
  Elf* elf = dwarf_getelf(dwarf);
  readable_ = elf && read_section(elf, ".debug_line", lines_) && !lines_.empty() &&
              read_section(elf, ".debug_line_str", strings_);
  begins_it_.resize(strings_.size());
  const std::string whole = name_ + '\0';
  for (std::size_t at = strings_.find(whole); at != std::string_view::npos;
       at = strings_.find(whole, at + 1))
    // Strings are merged with others' ends: a path may begin anywhere before its name.
    for (std::size_t i = at + 1; i-- > 0 && (i == at || strings_[i] != '\0');) begins_it_[i] = true;
}

bool LineFiles::points_at_name(std::string_view header) const {
  for (std::size_t at = 0; at + sizeof(std::uint32_t) <= header.size(); ++at) {
    const auto offset = number_at<std::uint32_t>(header, at);
    if (offset < begins_it_.size() && begins_it_[offset]) return true;
  }
  return false;
}

bool LineFiles::may_be_in(Dwarf_Die* unit) const {
  if (!readable_) return true;
  Dwarf_Attribute attribute;
  Dwarf_Word at = 0;
  if (!dwarf_attr(unit, DW_AT_stmt_list, &attribute) || dwarf_formudata(&attribute, &at) != 0)
    return false;  // there is no line table
  if (at >= lines_.size()) return true;
  // DWARF 5, 6.2.4: unit_length, version, [address_size, segment_selector_size], header_length.
  const std::string_view table = lines_.substr(at);
  if (number_at<std::uint32_t>(table, 0) == 0xffffffff) return true;  // 64-bit DWARF
  const auto version = number_at<std::uint16_t>(table, 4);
  const std::size_t length_at = version >= 5 ? 8 : 6;
  const std::size_t end = length_at + 4 + number_at<std::uint32_t>(table, length_at);
  const std::string_view header = table.substr(0, end);
  if (header.find(name_) != std::string_view::npos) return true;
  return version >= 5 && (strings_.empty() || points_at_name(header));
}

}  // namespace sidestep::symbols
