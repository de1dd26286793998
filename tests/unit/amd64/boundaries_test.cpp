// Where instructions begin, by control flow and by what the module says; and where it stays in
// doubt. Each case is code as it is met: jump tables, constants between functions, calls over data.
#include "core/code_map.hpp"
#include "core/function_sweep.hpp"
#include "disassembly.hpp"

namespace sidestep::test {
namespace {

using core::CodeReferences;
using core::Sweep;

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Sweep sweep(const Bytes& code, const CodeReferences& others = {}) {
  return core::sweep(amd64(), {site, site + code.size()}, code, others);
}

/// Offsets from the function's start.
std::vector<std::uint64_t> offsets(const Sweep& sweep) {
  std::vector<std::uint64_t> all;
  for (const Address address : sweep.instructions) all.push_back(address.value - site.value);
  return all;
}

std::string doubts(const Sweep& sweep) {
  std::string all;
  for (const auto& [where, reason] : sweep.doubts)
    all += std::to_string(where.begin.value - site.value) + "-" +
           std::to_string(where.end.value - site.value) + " " + std::string(reason) + "\n";
  return all;
}

using Offsets = std::vector<std::uint64_t>;

const Bytes nop = {0x90};
const Bytes ret = {0xc3};
const Bytes ud2 = {0x0f, 0x0b};
const Bytes mov = {0x48, 0x89, 0xd8};            // mov rax, rbx
const Bytes mov_imm = {0xb8, 1, 0, 0, 0};        // mov eax, 1
const Bytes jmp_rax = {0xff, 0xe0};              // jmp rax
const Bytes call_far_away = {0xe8, 0, 0, 1, 0};  // to another function
const Bytes no_instruction = {0x06, 0x06};

TEST(Boundaries, StraightCode) {
  const auto found = sweep(joined({mov, mov_imm, ret}));
  EXPECT_EQ(offsets(found), (Offsets{0, 3, 8}));
  EXPECT_EQ(doubts(found), "");
}

TEST(Boundaries, BothSidesOfABranchAreFollowed) {
  // je +3 (to the second ret); mov; (falls into) ret
  const auto found = sweep(joined({{0x74, 3}, mov, ret}));
  EXPECT_EQ(offsets(found), (Offsets{0, 2, 5}));
}

TEST(Boundaries, CasesOfAJumpTableCountAsCode) {
  const auto found = sweep(joined({jmp_rax, mov, ret, mov_imm, ret}));
  EXPECT_EQ(offsets(found), (Offsets{0, 2, 5, 6, 11}));
  EXPECT_EQ(doubts(found), "");
}

TEST(Boundaries, ConstantsBehindAJumpAreInDoubt) {
  const auto found = sweep(joined({mov, ret, {0x6e, 0x6f, 0x20, 0x64}, {0, 0, 0, 0}}));
  EXPECT_EQ(offsets(found), (Offsets{0, 3}));
  EXPECT_EQ(doubts(found), "4-12 in doubt: nothing leads here, and it does not decode as code\n");
}

/// Bytes that decode well, but that an instruction loads.
TEST(Boundaries, WhatIsReadAsDataIsInDoubt) {
  const Bytes code = joined({mov, ret, mov_imm, mov_imm});
  EXPECT_EQ(offsets(sweep(code)), (Offsets{0, 3, 4, 9}));
  const auto found = sweep(code, {{}, {site + 6}});
  EXPECT_EQ(offsets(found), (Offsets{0, 3}));
  EXPECT_EQ(doubts(found), "4-14 in doubt: nothing leads here, and other code reads it as data\n");
}

/// `lea rax, [rip+label]` of a label that control reaches: its address is taken, it stays code.
TEST(Boundaries, ReachedCodeWhoseAddressIsTakenStaysCode) {
  const auto found = sweep(joined({mov, ret}), {{}, {site + 3}});
  EXPECT_EQ(offsets(found), (Offsets{0, 3}));
}

TEST(Boundaries, CodeThatDoesNotMeetWhatIsCertainIsInDoubt) {
  // jmp over one byte, the first of a five-byte instruction, into what is certain.
  const auto found = sweep(joined({{0xeb, 1}, {0xb8}, mov, ret}));
  EXPECT_EQ(offsets(found), (Offsets{0, 3, 6}));
  EXPECT_EQ(doubts(found), "2-3 in doubt: nothing leads here, and it does not decode as code\n");
}

TEST(Boundaries, ASecondEntryDecides) {
  // Behind the jump: one byte of data, then code that another function branches to.
  const Bytes code = joined({jmp_rax, {0xb8}, mov, ret});
  const auto alone = sweep(code);
  EXPECT_EQ(offsets(alone), (Offsets{0, 2}));  // b8 makes one instruction of all the rest
  const auto found = sweep(code, {{site + 3}, {}});
  EXPECT_EQ(offsets(found), (Offsets{0, 3, 6}));
  EXPECT_EQ(doubts(found), "2-3 in doubt: nothing leads here, and it does not decode as code\n");
}

/// je over a lock prefix: both are reached, and only the outer one gets a trap.
TEST(Boundaries, TheInnerOneOfTwoThatOverlapIsInDoubt) {
  const Bytes lock_inc = {0xf0, 0xff, 0x00};
  const auto found = sweep(joined({{0x74, 1}, lock_inc, ret}));
  EXPECT_EQ(offsets(found), (Offsets{0, 2, 5}));
  EXPECT_EQ(doubts(found),
            "3-5 in doubt: it begins inside another instruction that is reached too\n");
}

/// Whoever runs the outer one from its start has the inner one's first byte as an operand, trap or
/// no trap: also if the outer one has none itself.
TEST(Boundaries, AChainOfOverlapsHasOneTrap) {
  // 0: jmp to 3; 2: b8 eb 00 c3 .. : reached by branches to 2, 3 and 4.
  const Bytes code = {0xeb, 1, 0xb8, 0xeb, 0x00, 0xc3, 0x90, 0xc3};
  const auto found = sweep(code, {{site + 2, site + 4}, {}});
  EXPECT_EQ(offsets(found).front(), 0u);
  for (const std::uint64_t inner : {3u, 4u, 5u, 6u})
    EXPECT_EQ(std::count(found.instructions.begin(), found.instructions.end(), site + inner), 0)
        << inner;
}

TEST(Boundaries, ACallOverDataIsNotRunInto) {
  // call +4; "abcd"; pop rax; ret
  const auto found = sweep(joined({{0xe8, 4, 0, 0, 0}, {'o', 'u', 't', 's'}, {0x58}, ret}));
  EXPECT_EQ(offsets(found), (Offsets{0, 9, 10}));
  EXPECT_EQ(doubts(found), "5-9 in doubt: nothing leads here, and it does not decode as code\n");
}

/// Bytes that would be good code: only that a call goes over them tells.
TEST(Boundaries, ACallOverWhatDecodesIsNotRunIntoEither) {
  // call +4; push, push, pop, pop; pop rax; ret
  const auto found = sweep(joined({{0xe8, 4, 0, 0, 0}, {0x50, 0x51, 0x59, 0x58}, {0x58}, ret}));
  EXPECT_EQ(offsets(found), (Offsets{0, 9, 10}));
  EXPECT_EQ(doubts(found), "5-9 in doubt: a call goes over it, which may be to push its address\n");
}

/// A call to a subroutine of the same function, which others call too.
TEST(Boundaries, ACallBackIntoItsFunctionDoubtsNothing) {
  // call -8 (to the mov); ret, in a gap behind a jump
  const auto found =
      sweep(joined({mov_imm, mov, ret, {0xe8, 0xf7, 0xff, 0xff, 0xff}, ret}), {{site + 9}, {}});
  EXPECT_EQ(offsets(found), (Offsets{0, 5, 8, 9, 14}));
  EXPECT_EQ(doubts(found), "");
}

TEST(Boundaries, ACallToASubroutineFurtherOnDoubtsNothing) {
  // call +6, to the last ret: what lies between is more than a call would go over.
  const auto found = sweep(joined({{0xe8, 6, 0, 0, 0}, mov, ret, nop, ret, ret}), {{site + 8}, {}});
  EXPECT_EQ(offsets(found), (Offsets{0, 5, 8, 9, 10, 11}));
}

TEST(Boundaries, ConstantsBehindACallThatOthersReadAreInDoubt) {
  const Bytes code = joined({mov, call_far_away, nop, mov_imm, ret});
  EXPECT_EQ(offsets(sweep(code)), (Offsets{0, 3, 8, 9, 14}));
  const auto found = sweep(code, {{}, {site + 10}});
  EXPECT_EQ(offsets(found), (Offsets{0, 3}));
  EXPECT_EQ(doubts(found),
            "8-14 in doubt: behind a call that may not come back, and other code reads it as data\n"
            "14-15 in doubt: nothing leads here, and where it begins is in doubt too\n");
}

/// A branch to it is proof enough.
TEST(Boundaries, CodeBehindACallThatIsBranchedToStaysCode) {
  const Bytes code = joined({{0x74, 8}, mov, call_far_away, mov_imm, ret});
  const auto found = sweep(code, {{}, {site + 10}});
  EXPECT_EQ(offsets(found), (Offsets{0, 2, 5, 10, 15}));
}

TEST(Boundaries, ARecursiveCallComesBack) {
  const auto found = sweep(joined({mov, {0xe8, 0xf8, 0xff, 0xff, 0xff}, ret}));
  EXPECT_EQ(offsets(found), (Offsets{0, 3, 8}));
}

TEST(Boundaries, ACallThatNeverReturnsLeadsToNothing) {
  const auto found = sweep(joined({mov, call_far_away, no_instruction}));
  EXPECT_EQ(offsets(found), (Offsets{0, 3}));
  EXPECT_EQ(doubts(found).substr(0, 59),
            "8-9 in doubt: this leads to bytes that are no instruction\n9");
}

TEST(Boundaries, WhatRunsIntoNoInstructionIsInDoubt) {
  const auto found = sweep(joined({mov, mov_imm, no_instruction}));
  EXPECT_EQ(offsets(found), Offsets{});
  EXPECT_EQ(doubts(found).substr(0, 4), "0-9 ");
}

TEST(Boundaries, UnreadableBytesAreInDoubt) {
  const Bytes code = joined({mov, ret});
  const auto found = core::sweep(amd64(), {site, site + 100}, code, {});
  EXPECT_EQ(offsets(found), (Offsets{0, 3}));
  EXPECT_EQ(doubts(found), "4-100 its bytes can't be read\n");
}

TEST(Boundaries, TrapsNeverLieInDoubt) {
  // Random bytes, seeded: whatever they are, what is armed and what is in doubt are apart, and
  // nothing armed lies within another instruction that is.
  std::uint32_t state = 20240611;
  for (int round = 0; round < 2000; ++round) {
    Bytes code(64);
    for (auto& byte : code)
      byte = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
    const auto found = sweep(code, {{site + 20}, {site + 40}});
    Address reach = site;
    for (const Address at : found.instructions) {
      EXPECT_GE(at, reach);
      const auto flow = amd64().flow(std::span(code).subspan(at.value - site.value), at);
      ASSERT_TRUE(flow);
      reach = at + flow->length;
    }
  }
}

/// Two functions and constants between them, as the module sees them.
TEST(CodeMap, ReferencesOfOneFunctionDecideInAnother) {
  // f at 0: mov eax, [rip+to 14]; ret    g at 8: jmp rax; <14: two instructions or data>; ret
  const Bytes code = joined(
      {{0x8b, 0x05, 0x08, 0, 0, 0}, ret, nop, jmp_rax, {0x90, 0x90, 0x90, 0x90}, mov_imm, ret});
  const auto read = [&](AddressRange range) {
    return Bytes(code.begin() + (range.begin - site), code.begin() + (range.end - site));
  };
  core::CodeLayout layout;
  layout.functions = {{site, site + 7}, {site + 8, site + code.size()}};
  const core::CodeMap map(amd64(), layout, read);
  EXPECT_FALSE(map.has_extent(site + 1));
  ASSERT_TRUE(map.has_extent(site + 8));
  EXPECT_EQ(offsets(map.instructions_of(site)), (Offsets{0, 6}));
  EXPECT_EQ(offsets(map.instructions_of(site + 8)), (Offsets{8}));
}

}  // namespace
}  // namespace sidestep::test
