#include "cli/list_table.hpp"

#include <gtest/gtest.h>

namespace sidestep::cli {
namespace {

std::vector<ListRow> rows() {
  return {
      {{0x1136}, "spin", "target", 0, "spin.c:12", "*", "boosted", "", "push %rbp"},
      {{0x11150}, "spin", "main", 0x1c, "", "*", "refused", "inside an rseq section", "syscall"},
      {{0x2000}, "spin", "", 0, "", "*", "twin", "may set TF", "popf"},
  };
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

}  // namespace
}  // namespace sidestep::cli
