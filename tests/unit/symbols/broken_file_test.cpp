// Broken files: cut at many lengths, and with bytes flipped by a fixed seed. Whatever comes out, it
// must come out: an error or some findings, never a crash, a hang, or a location outside the file's
// code. Most worth running under ASan and UBSan.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "loaded_file.hpp"
#include "symbols/executable_kind.hpp"

namespace sidestep::symbols::test {
namespace {

class Broken : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    std::ostringstream out;
    out << std::ifstream(fixture(GetParam()), std::ios::binary).rdbuf();
    whole = out.str();
    ASSERT_GT(whole.size(), 1000u);
  }
  void TearDown() override { std::filesystem::remove(path); }

  /// Asks everything that a resolver can be asked.
  std::string examine(const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    (void)inspect_executable(path);
    auto resolver = make_resolver();
    const core::Module module = module_of(path);
    for (const char* probe : {"alpha", "inlined_only", "shop::Server::handle", "*"}) {
      const Found found = find(*resolver, module, probe);
      EXPECT_TRUE(found.error.empty() || found.error.starts_with("'")) << found.error;
      if (!found.error.empty()) return found.error;
      (void)resolver->nearest(*parse_probe(probe), 3);
    }
    (void)resolver->symbol(module, "counter");
    (void)resolver->symbol(module, "hidden_counter_");
    (void)resolver->describe(module, pie_base + 0x1200);
    return "";
  }

  std::string path = fixture("broken-") + std::to_string(::getpid());
  std::string whole;
};

TEST_P(Broken, CutShort) {
  for (std::size_t size : {0u, 1u, 4u, 16u, 63u, 64u, 65u, 120u, 500u})
    EXPECT_NE(examine(whole.substr(0, size)), "") << size;
  for (int part = 1; part < 60; ++part)
    EXPECT_NE(examine(whole.substr(0, whole.size() * part / 60)), "") << part;
  EXPECT_EQ(examine(whole), "");
}

TEST_P(Broken, WithFlippedBytes) {
  std::mt19937 random(20240607);
  for (int round = 0; round < 150; ++round) {
    std::string bytes = whole;
    // Half of the rounds hit the headers, where a byte does most harm.
    const std::size_t reach = round % 2 ? bytes.size() : 2048;
    for (int flips = 0; flips < 8; ++flips) bytes[random() % reach] = static_cast<char>(random());
    (void)examine(bytes);
  }
}

TEST_P(Broken, WithBrokenSectionHeaders) {
  std::mt19937 random(7);
  for (int round = 0; round < 150; ++round) {
    std::string bytes = whole;
    const std::size_t table = std::min<std::size_t>(2600, bytes.size() / 2);
    for (int flips = 0; flips < 6; ++flips)
      bytes[bytes.size() - 1 - random() % table] = static_cast<char>(random());
    (void)examine(bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Broken, testing::Values("names-pie", "names-dynsym", "libshop.so"),
                         [](const auto& file) {
                           std::string name = file.param;
                           std::erase_if(name, [](char c) { return !std::isalnum(c); });
                           return name;
                         });

}  // namespace
}  // namespace sidestep::symbols::test
