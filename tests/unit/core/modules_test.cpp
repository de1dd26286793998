// From lines of /proc/PID/maps to modules.
#include "core/modules.hpp"

#include <gtest/gtest.h>

namespace sidestep::core {
namespace {

struct Line {
  std::uint64_t from, size, offset;
  const char* rights;  ///< as in maps: "r-xp"
  std::uint64_t inode;
  const char* path;
};

std::vector<Mapping> maps(std::initializer_list<Line> lines) {
  std::vector<Mapping> all;
  for (const Line& l : lines)
    all.push_back({{{l.from}, {l.from + l.size}},
                   l.offset,
                   l.rights[0] == 'r',
                   l.rights[1] == 'w',
                   l.rights[2] == 'x',
                   l.rights[3] == 's',
                   l.inode ? 8u : 0u,
                   l.inode,
                   l.path});
  return all;
}

TEST(Modules, AProgramAndALibrary) {
  const auto mappings = maps({{0x400000, 0x1000, 0, "r--p", 5, "/bin/prog"},
                              {0x401000, 0x1000, 0x1000, "r-xp", 5, "/bin/prog"},
                              {0x402000, 0x1000, 0x2000, "rw-p", 5, "/bin/prog"},
                              {0x500000, 0x1000, 0, "rw-p", 0, "[heap]"},
                              {0x7f0000, 0x1000, 0, "r--p", 6, "/lib/libc.so.6"},
                              {0x7f1000, 0x1000, 0x1000, "r-xp", 6, "/lib/libc.so.6"},
                              {0x7f8000, 0x1000, 0, "r-xp", 0, "[vdso]"},
                              {0x7f9000, 0x1000, 0, "r-xp", 0, ""}});
  const auto modules = modules_from(mappings, "/bin/prog");
  ASSERT_EQ(modules.size(), 2u);
  EXPECT_EQ(modules[0].path, "/bin/prog");
  EXPECT_EQ(modules[0].base, Address{0x400000});
  EXPECT_TRUE(modules[0].main);
  EXPECT_EQ(modules[0].mappings.size(), 3u);
  EXPECT_EQ(modules[1].base, Address{0x7f0000});
  EXPECT_FALSE(modules[1].main);
}

TEST(Modules, DlmopenMapsAFileTwice) {
  const auto mappings = maps({{0x10000, 0x1000, 0, "r--p", 6, "/lib/a.so"},
                              {0x11000, 0x1000, 0x1000, "r-xp", 6, "/lib/a.so"},
                              {0x12000, 0x1000, 0x2000, "rw-p", 6, "/lib/a.so"},
                              {0x20000, 0x1000, 0, "r--p", 6, "/lib/a.so"},
                              {0x21000, 0x1000, 0x1000, "r-xp", 6, "/lib/a.so"},
                              {0x22000, 0x1000, 0x2000, "rw-p", 6, "/lib/a.so"}});
  const auto modules = modules_from(mappings, "/bin/prog");
  ASSERT_EQ(modules.size(), 2u);
  EXPECT_EQ(modules[0].base, Address{0x10000});
  EXPECT_EQ(modules[1].base, Address{0x20000});
  EXPECT_EQ(modules[0].mappings.size(), 3u);
  EXPECT_EQ(modules[1].mappings.size(), 3u);
}

TEST(Modules, ADeletedFileIsAModuleOfItsOwn) {
  const auto mappings = maps({{0x10000, 0x1000, 0, "r-xp", 6, "/lib/a.so (deleted)"},
                              {0x20000, 0x1000, 0, "r-xp", 7, "/lib/a.so"}});
  const auto modules = modules_from(mappings, "/lib/a.so (deleted)");
  ASSERT_EQ(modules.size(), 2u);
  EXPECT_EQ(modules[0].path, "/lib/a.so (deleted)");
  EXPECT_TRUE(modules[0].main);
  EXPECT_FALSE(modules[1].main);
}

TEST(Modules, TheSamePathWithAnotherInodeIsAnotherFile) {
  const auto mappings = maps({{0x10000, 0x1000, 0, "r--p", 6, "/lib/a.so"},
                              {0x11000, 0x1000, 0x1000, "r-xp", 7, "/lib/a.so"}});
  const auto modules = modules_from(mappings, "");
  ASSERT_EQ(modules.size(), 1u);  // the first one has no code
  EXPECT_EQ(modules[0].base, Address{0x11000});
}

TEST(Modules, FilesWithoutCodeAndMemfdsByName) {
  const auto mappings = maps({{0x10000, 0x1000, 0, "r--p", 6, "/usr/share/locale"},
                              {0x20000, 0x1000, 0, "r-xp", 9, "/memfd:jit (deleted)"},
                              {0x30000, 0x1000, 0, "r-xp", 0, "anon_inode:x"}});
  const auto modules = modules_from(mappings, "");
  ASSERT_EQ(modules.size(), 1u);
  EXPECT_EQ(modules[0].path, "/memfd:jit (deleted)");
}

TEST(Modules, SegmentsKeepTogetherAroundOthersMappings) {
  const auto mappings = maps({{0x10000, 0x1000, 0, "r--p", 6, "/lib/a.so"},
                              {0x11000, 0x1000, 0, "rw-p", 0, ""},
                              {0x12000, 0x1000, 0, "r-xp", 8, "/lib/b.so"},
                              {0x13000, 0x1000, 0x3000, "r-xp", 6, "/lib/a.so"}});
  const auto modules = modules_from(mappings, "");
  ASSERT_EQ(modules.size(), 2u);
  EXPECT_EQ(modules[0].path, "/lib/a.so");
  EXPECT_EQ(modules[0].mappings.size(), 2u);
}

}  // namespace
}  // namespace sidestep::core
