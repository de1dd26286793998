// What is left out (-X) is named as a probe is, without what only arrivals have.
#include "session/probes.hpp"

#include <gtest/gtest.h>

namespace sidestep::session {
namespace {

TEST(Excluded, TakesWhateverNamesPlaces) {
  const std::vector<std::string> texts = {"f",          "http_*",      "/^http_/", "f@libc.so*",
                                          "srv.cc:120", "MAIN+0x1136", "f%insn",   "f%inline"};
  const auto specs = parse_excluded(texts);
  ASSERT_TRUE(specs) << specs.error().message;
  ASSERT_EQ(specs->size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ((*specs)[i].text, texts[i]);
  EXPECT_TRUE(parse_excluded({})->empty());
}

TEST(Excluded, TakesNothingThatOnlyArrivalsHave) {
  for (const std::string text : {"f%return", "f $arg1", "f if $arg1 > 3", "f%return $retval"}) {
    const auto specs = parse_excluded({"g", text});
    ASSERT_FALSE(specs) << text;
    EXPECT_EQ(specs.error().kind, ErrorKind::Usage);
    EXPECT_EQ(specs.error().message,
              "-X '" + text +
                  "': what is left out takes no %return, arguments or condition: write the place "
                  "alone");
    EXPECT_TRUE(parse_probes({"g", text})) << "but -x does";
  }
}

TEST(Excluded, MistakesAreThoseOfProbes) {
  const auto specs = parse_excluded({"f%isn"});
  ASSERT_FALSE(specs);
  EXPECT_EQ(specs.error().message, parse_probes({"f%isn"}).error().message);
}

}  // namespace
}  // namespace sidestep::session
