// Which addresses are refused as sites, and with which reason.
#include "core/examine.hpp"

#include <gtest/gtest.h>

#include "sim_architecture.hpp"

namespace sidestep::core::test {
namespace {

constexpr Address code_at{0x10000}, data_at{0x11000}, shared_at{0x12000};

Mapping mapping(Address from, const char* rights, const std::string& path) {
  return {{from, from + 0x1000},
          0,
          rights[0] == 'r',
          rights[1] == 'w',
          rights[2] == 'x',
          rights[3] == 's',
          8,
          1,
          path};
}

Module module_of(const std::string& path = "/bin/prog") {
  return {path,
          path,
          code_at,
          true,
          {mapping(code_at, "r-xp", path), mapping(data_at, "rw-p", path),
           mapping(shared_at, "rwxs", path)}};
}

const std::vector<std::uint8_t> code = {op_work, 1, op_call, 2, 0, op_one | 3};

/// The reason, or "" if the address may be a site. The function starts at `from`.
std::string reason(Address at, const Module& module, Address from,
                   std::span<const AddressRange> rseq = {}) {
  const SimArchitecture arch;
  const Location where{ProbeId{}, at, "f", {}, "", 0};
  const auto found = examine(arch, where, module, rseq, {from, code});
  auto* refusal = std::get_if<Refusal>(&found);
  return refusal ? refusal->text : "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Examine, ABoundaryInPrivateCodeIsASite) {
  EXPECT_EQ(reason(code_at, module_of(), code_at), "");
  EXPECT_EQ(reason(code_at + 2, module_of(), code_at), "");
  EXPECT_EQ(reason(code_at + 5, module_of(), code_at), "");
  const SimArchitecture arch;
  const Location where{ProbeId{}, code_at + 2, "f", {}, "", 0};
  const auto found = examine(arch, where, module_of(), {}, {code_at, code});
  const auto& insn = std::get<Instruction>(found);
  EXPECT_EQ(insn.site, code_at + 2);
  EXPECT_EQ(insn.bytes.size(), 3u);
}

TEST(Examine, NotMapped) {
  EXPECT_EQ(reason({0x20000}, module_of(), {0x20000}), "not mapped");
  EXPECT_EQ(reason(shared_at + 0x1000, module_of(), shared_at), "not mapped");
}

TEST(Examine, Vsyscall) {
  EXPECT_TRUE(contains(reason(code_at, module_of("[vsyscall]"), code_at), "vsyscall"));
}

TEST(Examine, Data) {
  EXPECT_TRUE(contains(reason(data_at, module_of(), data_at), "in data"));
}

TEST(Examine, SharedMapping) {
  EXPECT_TRUE(contains(reason(shared_at, module_of(), shared_at), "shared mapping"));
}

TEST(Examine, HugePages) {
  EXPECT_TRUE(
      contains(reason(code_at, module_of("/anon_hugepage (deleted)"), code_at), "huge-page"));
  EXPECT_TRUE(contains(reason(code_at, module_of("/dev/hugepages/x"), code_at), "huge-page"));
}

TEST(Examine, RestartableSequence) {
  const std::vector<AddressRange> rseq = {{code_at + 2, code_at + 5}};
  EXPECT_TRUE(contains(reason(code_at + 2, module_of(), code_at, rseq), "rseq"));
  EXPECT_EQ(reason(code_at, module_of(), code_at, rseq), "");
  EXPECT_EQ(reason(code_at + 5, module_of(), code_at, rseq), "");  // the range's end is outside
}

TEST(Examine, InsideAnInstruction) {
  for (const unsigned inside : {1u, 3u, 4u})
    EXPECT_TRUE(contains(reason(code_at + inside, module_of(), code_at), "inside an instruction"));
}

TEST(Examine, BytesThatCannotBeRead) {
  EXPECT_TRUE(contains(reason(code_at + 6, module_of(), code_at), "can't be read"));
  EXPECT_TRUE(contains(reason(code_at, module_of(), code_at + 4), "can't be read"));
}

TEST(Examine, TheArchitecturesOwnRefusal) {
  const SimArchitecture arch;
  const Location where{ProbeId{}, code_at, "f", {}, "", 0};
  const std::vector<std::uint8_t> bad = {0x00, 0x00};
  const auto found = examine(arch, where, module_of(), {}, {code_at, bad});
  ASSERT_TRUE(std::holds_alternative<Refusal>(found));
  EXPECT_EQ(std::get<Refusal>(found).text, "no instruction");
}

}  // namespace
}  // namespace sidestep::core::test
