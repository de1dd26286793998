#include "symbols/rseq_ranges.hpp"

#include <cstring>
#include <unordered_map>

namespace sidestep::symbols {
namespace {

/// struct rseq_cs of <linux/rseq.h>, as it lies in the file.
struct RseqCs {
  std::uint32_t version, flags;
  std::uint64_t start_ip, post_commit_offset, abort_ip;
};
static_assert(sizeof(RseqCs) == 32);

/// In position-independent files the addresses are written by relocation; the linker leaves zeros.
std::unordered_map<LinkAddress, std::uint64_t> relative_relocations(const ElfFile& file,
                                                                    const LinkRange& within) {
  std::unordered_map<LinkAddress, std::uint64_t> values;
  for (const Section& s : file.sections()) {
    if (s.header.sh_type != SHT_RELA || !(s.header.sh_flags & SHF_ALLOC)) continue;
    Elf_Data* data = elf_rawdata(s.scn, nullptr);
    if (!data || !data->d_buf) continue;
    const auto* bytes = static_cast<const unsigned char*>(data->d_buf);
    for (std::size_t at = 0; at + sizeof(Elf64_Rela) <= data->d_size; at += sizeof(Elf64_Rela)) {
      Elf64_Rela rela;
      std::memcpy(&rela, bytes + at, sizeof rela);
      if (ELF64_R_TYPE(rela.r_info) == R_X86_64_RELATIVE && within.contains(rela.r_offset))
        values[rela.r_offset] = static_cast<std::uint64_t>(rela.r_addend);
    }
  }
  return values;
}

}  // namespace

std::vector<LinkRange> rseq_ranges(const ElfFile& file) {
  const Section* section = file.section("__rseq_cs");
  if (!section || section->header.sh_type == SHT_NOBITS) return {};
  Elf_Data* data = elf_rawdata(section->scn, nullptr);
  if (!data || !data->d_buf) return {};
  const LinkAddress begin = section->header.sh_addr;
  const auto relocated = relative_relocations(file, {begin, begin + data->d_size});
  const auto* bytes = static_cast<const unsigned char*>(data->d_buf);
  std::vector<LinkRange> ranges;
  for (std::size_t at = 0; at + sizeof(RseqCs) <= data->d_size; at += sizeof(RseqCs)) {
    RseqCs cs;
    std::memcpy(&cs, bytes + at, sizeof cs);
    const auto fixed = relocated.find(begin + at + offsetof(RseqCs, start_ip));
    const LinkAddress start = fixed != relocated.end() ? fixed->second : cs.start_ip;
    const LinkAddress end = start + cs.post_commit_offset;
    if (end > start && file.is_code(start)) ranges.push_back({start, end});
  }
  return ranges;
}

}  // namespace sidestep::symbols
