// The parts of C++ names.
#include "symbols/cxx_name.hpp"

#include <gtest/gtest.h>

namespace sidestep::symbols {
namespace {

TEST(CxxName, Splits) {
  const struct {
    const char *text, *name, *parameters;
  } cases[] = {
      {"f", "f", ""},
      {"f()", "f", "()"},
      {"ns::S::f(int, char*) const", "ns::S::f", "(int, char*)"},
      {"void ns::f<int>(int)", "ns::f<int>", "(int)"},
      {"std::vector<int, std::allocator<int> > g<int>()", "g<int>", "()"},
      {"(anonymous namespace)::f(int)", "(anonymous namespace)::f", "(int)"},
      {"(anonymous namespace)::f", "(anonymous namespace)::f", ""},
      {"S::operator()(int)", "S::operator()", "(int)"},
      {"S::operator()", "S::operator()", ""},
      {"S::operator unsigned long() const", "S::operator unsigned long", "()"},
      {"operator<<(A&, B)", "operator<<", "(A&, B)"},
      {"bool operator< <int>(A<int>, A<int>)", "operator< <int>", "(A<int>, A<int>)"},
      {"f(int)::{lambda(char)#1}::operator()(char) const", "f(int)::{lambda(char)#1}::operator()",
       "(char)"},
      {"main.(*T).Method", "main.(*T).Method", ""},
      {"f(int) [clone .isra.0]", "f", "(int)"},
      {"f((", "f((", ""},
  };
  for (const auto& c : cases) {
    const CxxName parts = split_name(c.text);
    EXPECT_EQ(parts.name, c.name) << c.text;
    EXPECT_EQ(parts.parameters, c.parameters) << c.text;
  }
}

TEST(CxxName, DropsDecoration) {
  EXPECT_EQ(without_decoration("f<int, g<3> >"), "f");
  EXPECT_EQ(without_decoration("S<int>::f"), "S<int>::f");
  EXPECT_EQ(without_decoration("f[abi:cxx11]"), "f");
  EXPECT_EQ(without_decoration("shop::twice::<u32>"), "shop::twice");
  EXPECT_EQ(without_decoration("S::operator>"), "S::operator>");
  EXPECT_EQ(without_decoration("S::operator->"), "S::operator->");
}

TEST(CxxName, ClonesAndColdParts) {
  EXPECT_EQ(base_length("f"), 1u);
  EXPECT_EQ(base_length("f.constprop.0"), 1u);
  EXPECT_EQ(base_length("f.isra.0.constprop.12"), 1u);
  EXPECT_EQ(base_length("f.part.0"), 1u);
  EXPECT_EQ(base_length("f.lto_priv.3"), 1u);
  EXPECT_EQ(base_length("f.cold"), 6u);
  EXPECT_EQ(base_length("f.constprop.0.cold"), 18u);
  EXPECT_EQ(base_length("fmt.Printf"), 10u);
  EXPECT_EQ(base_length(".part.0"), 7u);
  EXPECT_TRUE(is_cold_part("f.part.0.cold"));
  EXPECT_TRUE(is_cold_part("f.cold.3"));
  EXPECT_FALSE(is_cold_part("f.colder"));
}

TEST(CxxName, Demangles) {
  EXPECT_EQ(display_name("_ZN4shop6Server6handleEi"), "shop::Server::handle(int)");
  EXPECT_EQ(display_name("_ZN4shop5twiceIiEET_S1_"), "shop::twice<int>(int)");
  EXPECT_EQ(display_name("_Z7computei.constprop.0"), "compute(int) [clone .constprop.0]");
  EXPECT_EQ(display_name("malloc"), "malloc");
  EXPECT_EQ(display_name("_Zebra"), "_Zebra");
}

TEST(CxxName, Squeezes) {
  EXPECT_EQ(squeeze("f(char *, unsigned  int) const"), "f(char*,unsigned int)const");
  EXPECT_EQ(squeeze(" a "), "a");
}

}  // namespace
}  // namespace sidestep::symbols
