// Half of the changes hit a field: of the ELF header, of a program or section header, or a word of
// some section's contents, and set it to a value that is likely to be an edge. Bytes changed at
// random are mostly code, which nobody reads.
#include <elf.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max);

namespace sidestep::fuzz {
namespace {

class Fields {
 public:
  Fields(std::span<std::uint8_t> file, unsigned seed) : file_(file), random_(seed) {
    std::memcpy(&header_, file.data(), sizeof header_);
  }

  void change() {
    switch (pick(8)) {
      case 0:
        return change_within(EI_NIDENT, sizeof header_ - EI_NIDENT);
      case 1:
      case 2:
        return change_entry(header_.e_phoff, header_.e_phnum, sizeof(Elf64_Phdr));
      case 3:
      case 4:
        return change_entry(header_.e_shoff, header_.e_shnum, sizeof(Elf64_Shdr));
      default:
        return change_contents();
    }
  }

 private:
  std::uint64_t pick(std::uint64_t below) { return below ? random_() % below : 0; }

  void change_entry(std::uint64_t table, std::uint64_t entries, std::uint64_t size) {
    change_within(table + pick(entries) * size, size);
  }

  void change_contents() {
    const std::uint64_t at = header_.e_shoff + pick(header_.e_shnum) * sizeof(Elf64_Shdr);
    Elf64_Shdr section{};
    if (at < file_.size() && file_.size() - at >= sizeof section)
      std::memcpy(&section, file_.data() + at, sizeof section);
    change_within(section.sh_offset, section.sh_size);
  }

  /// One field of 1, 2, 4 or 8 bytes, aligned as it would be.
  void change_within(std::uint64_t begin, std::uint64_t size) {
    const std::uint64_t width = std::uint64_t{1} << pick(4);
    const std::uint64_t at = begin + pick(size) / width * width;
    if (at >= file_.size() || file_.size() - at < width) return;
    std::uint64_t value = 0;
    std::memcpy(&value, file_.data() + at, width);
    value = edge(value);
    std::memcpy(file_.data() + at, &value, width);
  }

  std::uint64_t edge(std::uint64_t old) {
    const std::array<std::uint64_t, 12> values = {0,
                                                  1,
                                                  ~std::uint64_t{0},
                                                  file_.size(),
                                                  file_.size() - 1,
                                                  pick(256),
                                                  0x7fffffff,
                                                  0x8000'0000,
                                                  0xffff'ffff'ffff'0000,
                                                  old + 1,
                                                  old - 1,
                                                  old ^ 1u << pick(32)};
    return values[pick(values.size())];
  }

  std::span<std::uint8_t> file_;
  std::minstd_rand random_;
  Elf64_Ehdr header_{};
};

}  // namespace
}  // namespace sidestep::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max, unsigned seed) {
  if (size < sizeof(Elf64_Ehdr) || seed % 2 == 0) return LLVMFuzzerMutate(data, size, max);
  sidestep::fuzz::Fields fields({data, size}, seed / 2 + 1);
  for (unsigned i = seed % 5; i < 5; ++i) fields.change();
  return size;
}
