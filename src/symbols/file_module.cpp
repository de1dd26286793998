#include "symbols/file_module.hpp"

#include <gelf.h>

#include <algorithm>

#include "symbols/elf_file.hpp"

namespace sidestep::symbols {
namespace {

constexpr std::uint64_t page = 4096;

core::Mapping mapping_of(const GElf_Phdr& segment, const std::string& path) {
  const std::uint64_t skew = segment.p_vaddr % page;
  core::Mapping m;
  m.range = {{segment.p_vaddr - skew}, {segment.p_vaddr + segment.p_filesz}};
  m.file_offset = segment.p_offset - skew;
  m.readable = segment.p_flags & PF_R;
  m.writable = segment.p_flags & PF_W;
  m.executable = segment.p_flags & PF_X;
  m.inode = 1;
  m.path = path;
  return m;
}

}  // namespace

Result<core::Module> file_module(const std::string& path) {
  auto file = ElfFile::open(path, path);
  if (!file) return file.error();
  core::Module module{path, path, {(*file)->first_page()}, true, {}};
  std::size_t count = 0;
  elf_getphdrnum((*file)->elf(), &count);
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr segment;
    if (!gelf_getphdr((*file)->elf(), static_cast<int>(i), &segment)) continue;
    if (segment.p_type == PT_LOAD) module.mappings.push_back(mapping_of(segment, path));
  }
  return module;
}

std::vector<std::uint8_t> FileReader::bytes(AddressRange range) {
  const auto mapping = std::find_if(module_.mappings.begin(), module_.mappings.end(),
                                    [&](const auto& m) { return m.range.contains(range.begin); });
  if (mapping == module_.mappings.end()) return {};
  const AddressRange there{range.begin, std::min(range.end, mapping->range.end)};
  std::vector<std::uint8_t> bytes(there.size());
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(mapping->file_offset +
                                          (range.begin.value - mapping->range.begin.value)));
  file_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file_.gcount(), 0)));
  return bytes;
}

}  // namespace sidestep::symbols
