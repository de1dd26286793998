#include "output/bytes.hpp"

#include <gtest/gtest.h>

namespace sidestep::output {
namespace {

using namespace std::string_literals;

TEST(Utf8, AcceptsWellFormedText) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("worker-3"));
  EXPECT_TRUE(is_utf8("\0"s));
  EXPECT_TRUE(is_utf8("\xc2\x80"));          // U+0080
  EXPECT_TRUE(is_utf8("\xdf\xbf"));          // U+07FF
  EXPECT_TRUE(is_utf8("\xe0\xa0\x80"));      // U+0800
  EXPECT_TRUE(is_utf8("\xed\x9f\xbf"));      // U+D7FF
  EXPECT_TRUE(is_utf8("\xee\x80\x80"));      // U+E000
  EXPECT_TRUE(is_utf8("\xf0\x90\x80\x80"));  // U+10000
  EXPECT_TRUE(is_utf8("\xf4\x8f\xbf\xbf"));  // U+10FFFF
}

TEST(Utf8, RejectsEverythingElse) {
  EXPECT_FALSE(is_utf8("\x80"));              // a continuation alone
  EXPECT_FALSE(is_utf8("\xc0\x80"));          // overlong NUL
  EXPECT_FALSE(is_utf8("\xc1\xbf"));          // overlong
  EXPECT_FALSE(is_utf8("\xe0\x9f\xbf"));      // overlong
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));      // a surrogate
  EXPECT_FALSE(is_utf8("\xf0\x8f\xbf\xbf"));  // overlong
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(is_utf8("\xf5\x80\x80\x80"));
  EXPECT_FALSE(is_utf8("ok\xff"));
  EXPECT_FALSE(is_utf8("\xe2\x82"));   // cut short
  EXPECT_FALSE(is_utf8("\xe2\x82 "));  // third byte missing
  EXPECT_FALSE(is_utf8("caf\xe9"));    // Latin-1
}

TEST(Base64, MatchesRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe\x00"s), "//4A");
}

TEST(Printable, LeavesTextAlone) {
  EXPECT_EQ(printable("redis-server"), "redis-server");
  EXPECT_EQ(printable("caf\xc3\xa9"), "caf\xc3\xa9");
}

TEST(Printable, LetsNoControlCharacterThrough) {
  EXPECT_EQ(printable("a\nb"), "a\\nb");
  EXPECT_EQ(printable("a\tb\r"), "a\\tb\\r");
  EXPECT_EQ(printable("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(printable("\x7f"), "\\x7f");
  EXPECT_EQ(printable("\0"s), "\\x00");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b31m");  // CSI as a C1 control
  EXPECT_EQ(printable("\xff\xc3\xa9"), "\\xff\xc3\xa9");
}

}  // namespace
}  // namespace sidestep::output
