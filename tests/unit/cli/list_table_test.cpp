#include "cli/list_table.hpp"

#include <gtest/gtest.h>

namespace sidestep::cli {
namespace {

ListRow row(std::uint64_t address, std::string func, std::string verdict) {
  ListRow one;
  one.address = Address{address};
  one.module = "spin";
  one.func = std::move(func);
  one.probe = "*";
  one.verdict = std::move(verdict);
  return one;
}

std::vector<ListRow> rows() {
  ListRow plain = row(0x1136, "target", "boosted");
  plain.src = "spin.c:12";
  plain.instruction = "push %rbp";
  ListRow refused = row(0x11150, "main", "refused");
  refused.func_off = 0x1c;
  refused.reason = "inside an rseq section";
  refused.instruction = "syscall";
  ListRow nameless = row(0x2000, "", "twin");
  nameless.reason = "may set TF";
  nameless.instruction = "popf";
  return {plain, refused, nameless};
}

TEST(ListTable, IsAlignedAndMarksRefusals) {
  EXPECT_EQ(list_table(rows(), Verbosity::Normal, Paint::Plain),
            "   ADDRESS  MODULE  FUNCTION   LINE       VERDICT  REASON\n"
            "    0x1136  spin    target     spin.c:12  boosted\n"
            "!  0x11150  spin    main+0x1c  -          refused  inside an rseq section\n"
            "    0x2000  spin    ?          -          twin     may set TF\n"
            "3 sites: 2 can be armed, 1 refused (!)\n");
}

TEST(ListTable, VerboseShowsTheInstruction) {
  EXPECT_EQ(list_table({rows()[0]}, Verbosity::Verbose, Paint::Plain),
            "  ADDRESS  MODULE  FUNCTION  LINE       PROBE  INSTRUCTION  VERDICT  REASON\n"
            "   0x1136  spin    target    spin.c:12  *      push %rbp    boosted\n"
            "1 site: all can be armed\n");
}

TEST(ListTable, ColorsRefusals) {
  const std::string text = list_table(rows(), Verbosity::Normal, Paint::Colored);
  EXPECT_NE(text.find("\x1b[31m!  0x11150"), std::string::npos);
  EXPECT_NE(text.find("rseq section\x1b[0m\n"), std::string::npos);
  EXPECT_EQ(text.find("\x1b[31m", text.find("\x1b[31m") + 1), std::string::npos) << "only those";
}

TEST(ListTable, ParametersHaveAColumnWhereAnyAreKnown) {
  ListRow known = row(0x1136, "target", "boosted");
  known.params = "(int n)";
  EXPECT_EQ(list_table({known, row(0x2000, "main", "boosted")}, Verbosity::Normal, Paint::Plain),
            "  ADDRESS  MODULE  FUNCTION  PARAMETERS  LINE  VERDICT  REASON\n"
            "   0x1136  spin    target    (int n)     -     boosted\n"
            "   0x2000  spin    main      -           -     boosted\n"
            "2 sites: all can be armed\n");
}

TEST(ListTable, NamesOfOnePlaceStandTogetherAndInlinedCodeIsMarked) {
  ListRow aliased = row(0x1136, "target", "boosted");
  aliased.aliases = {"__target", "target_v1"};
  ListRow inlined = row(0x2004, "step", "boosted");
  inlined.inlined = true;
  EXPECT_EQ(list_table({aliased, inlined}, Verbosity::Normal, Paint::Plain),
            "  ADDRESS  MODULE  FUNCTION                     LINE  VERDICT  REASON\n"
            "   0x1136  spin    target, __target, target_v1  -     boosted\n"
            "   0x2004  spin    step (inlined)               -     boosted\n"
            "2 sites: all can be armed\n"
            "1 site in inlined code\n");
}

TEST(ListTable, EachNoteIsSaidOnceBelow) {
  ListRow one = row(0x1136, "target", "boosted"), other = row(0x1140, "target", "boosted");
  one.note = other.note = "spin.c:11 has no code: line 12, the next that has, is probed";
  const std::string text = list_table({one, other}, Verbosity::Normal, Paint::Plain);
  EXPECT_TRUE(text.ends_with("\n2 sites: all can be armed\n" + one.note + "\n")) << text;
  EXPECT_EQ(text.find(one.note), text.rfind(one.note));
}

}  // namespace
}  // namespace sidestep::cli
