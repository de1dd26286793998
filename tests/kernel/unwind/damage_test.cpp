// Whatever call frame information and stacks hold: a backtrace ends, within its bound, and reads
// nothing that is not there. A failing round prints its number, which is its seed.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "stopped_program.hpp"
#include "symbols/unwinder.hpp"

namespace sidestep::test {
namespace {

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Where .eh_frame_hdr and the .eh_frame behind it lie in the file.
std::pair<std::size_t, std::size_t> frame_bytes(const std::string& file) {
  Elf64_Ehdr header;
  std::memcpy(&header, file.data(), sizeof header);
  Elf64_Shdr names;
  const auto section = [&](unsigned i) {
    Elf64_Shdr found;
    std::memcpy(&found, file.data() + header.e_shoff + i * sizeof found, sizeof found);
    return found;
  };
  names = section(header.e_shstrndx);
  std::size_t begin = file.size(), end = 0;
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    const Elf64_Shdr one = section(i);
    if (!std::string(file.data() + names.sh_offset + one.sh_name).starts_with(".eh_frame"))
      continue;
    begin = std::min<std::size_t>(begin, one.sh_offset);
    end = std::max<std::size_t>(end, one.sh_offset + one.sh_size);
  }
  return {begin, end};
}

TEST(Damage, CallFrameInformation) {
  StoppedProgram deep("handler");
  const std::string whole = bytes_of(DEEP);
  ASSERT_GT(whole.size(), sizeof(Elf64_Ehdr)) << DEEP << " is not there";
  const auto [begin, end] = frame_bytes(whole);
  ASSERT_LT(begin, end);
  const std::size_t right = deep.addresses(*symbols::make_unwinder()).size();
  const std::string path = testing::TempDir() + "/sidestep-damaged";
  int different = 0;
  for (unsigned round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    std::mt19937 random(round);
    std::string damaged = whole;
    const std::uint64_t places = 1 + random() % 40;
    for (std::uint64_t i = 0; i < places; ++i) {
      damaged[begin + random() % (end - begin)] = static_cast<char>(random());
    }
    std::ofstream(path, std::ios::binary) << damaged;
    for (core::Module& module : deep.modules()) {
      if (module.main) module.file = path;
    }
    const auto found = deep.addresses(*symbols::make_unwinder());
    EXPECT_GE(found.size(), 1u);
    EXPECT_LE(found.size(), 64u);
    if (found.size() != right) ++different;
  }
  ::remove(path.c_str());
  EXPECT_GT(different, 10) << "the damage was not where it matters";
}

TEST(Damage, Stacks) {
  StoppedProgram deep("callback");
  const auto unwinder = symbols::make_unwinder();
  ASSERT_GT(deep.addresses(*unwinder).size(), 5u);
  std::vector<std::uint64_t> code;
  for (const core::Mapping& m : deep.mappings()) {
    if (m.executable) code.push_back(m.range.begin.value);
  }
  std::size_t longest = 0;
  for (unsigned round = 0; round < 20000; ++round) {
    std::mt19937_64 random(round);
    constexpr std::uint64_t stack = 0x7ffd00000000;
    const auto somewhere = [&] {
      switch (random() % 3) {
        case 0:
          return stack + random() % 0x10000 / 8 * 8;
        case 1:
          return code[random() % code.size()] + random() % 0x4000;
        default:
          return std::uint64_t{random()};
      }
    };
    const auto value = [&](unsigned number) {
      if (number == 7) return stack + 0x1000;
      return number == 16 ? code[random() % code.size()] + random() % 0x4000 : somewhere();
    };
    const core::Unwinder::Read read = [&](Address, std::span<std::uint8_t> to) {
      for (std::size_t i = 0; i + 8 <= to.size(); i += 8) {
        const std::uint64_t word = somewhere();
        std::memcpy(to.data() + i, &word, sizeof word);
      }
      return to.size();
    };
    std::vector<Address> found;
    unwinder->unwind(deep.pid(), value, read, 100, found);
    ASSERT_GE(found.size(), 1u) << round;
    ASSERT_LE(found.size(), 100u) << round;
    longest = std::max(longest, found.size());
  }
  EXPECT_GT(longest, 3u) << "no round got anywhere";
}

}  // namespace
}  // namespace sidestep::test
