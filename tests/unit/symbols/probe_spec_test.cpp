// The grammar of probes: what each form becomes, and the exact text of each refusal.
#include "symbols/probe_spec.hpp"

#include <gtest/gtest.h>

namespace sidestep::symbols {
namespace {

using core::ProbeSpec;

struct Named {
  const char* text;
  const char* pattern;
  bool glob;
  std::uint64_t offset;
  const char* module;
};

class NamedProbe : public testing::TestWithParam<Named> {};

TEST_P(NamedProbe, IsRead) {
  const Named& want = GetParam();
  auto spec = parse_probe(want.text);
  ASSERT_TRUE(spec) << spec.error().message;
  const auto* function = std::get_if<ProbeSpec::Function>(&spec->what);
  ASSERT_NE(function, nullptr);
  EXPECT_EQ(function->pattern, want.pattern);
  EXPECT_EQ(function->glob, want.glob);
  EXPECT_EQ(function->offset, want.offset);
  EXPECT_EQ(spec->module, want.module);
  EXPECT_FALSE(spec->optional);
  EXPECT_EQ(spec->text, want.text);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, NamedProbe,
    testing::Values(
        Named{"malloc", "malloc", false, 0, ""},
        Named{"malloc@libc.so*", "malloc", false, 0, "libc.so*"},
        Named{"malloc@libstdc++.so.6", "malloc", false, 0, "libstdc++.so.6"},
        Named{"main@MAIN", "main", false, 0, "MAIN"}, Named{"http_*", "http_*", true, 0, ""},
        Named{"h?tp", "h?tp", true, 0, ""}, Named{"h[aeiou]tp", "h[aeiou]tp", true, 0, ""},
        Named{"func+0x1c", "func", false, 0x1c, ""}, Named{"func+28", "func", false, 28, ""},
        Named{"func+0x1c@lib?.so", "func", false, 0x1c, "lib?.so"},
        Named{"func@lib.so+0x1c", "func", false, 0x1c, "lib.so"},
        Named{"main.sort+0x10", "main.sort", false, 0x10, ""},
        Named{"ns::Server::handle(int)", "ns::Server::handle(int)", false, 0, ""},
        Named{"ns::f(char const*, int)", "ns::f(char const*, int)", false, 0, ""},
        Named{"ns::f(char *)", "ns::f(char *)", false, 0, ""},
        Named{"ns::f(*)", "ns::f(*)", true, 0, ""},
        Named{"ns::f(*int*)", "ns::f(*int*)", true, 0, ""},
        Named{"ns::get() const", "ns::get() const", false, 0, ""},
        Named{"(anonymous namespace)::f", "(anonymous namespace)::f", false, 0, ""},
        Named{"ns::S::~S", "ns::S::~S", false, 0, ""},
        Named{"ns::S::operator()", "ns::S::operator()", false, 0, ""},
        Named{"ns::S::operator()(int)", "ns::S::operator()(int)", false, 0, ""},
        Named{"ns::operator*", "ns::operator*", false, 0, ""},
        Named{"ns::operator+", "ns::operator+", false, 0, ""},
        Named{"ns::operator++", "ns::operator++", false, 0, ""},
        Named{"ns::operator+=(int)", "ns::operator+=(int)", false, 0, ""},
        Named{"ns::operator+(S, S)+4", "ns::operator+(S, S)", false, 4, ""},
        Named{"ns::S::operator[]", "ns::S::operator[]", false, 0, ""},
        Named{"operator new", "operator new", false, 0, ""},
        Named{"operator delete[](void*)", "operator delete[](void*)", false, 0, ""},
        Named{"S::operator unsigned long", "S::operator unsigned long", false, 0, ""},
        Named{"ns::f<int, 3>", "ns::f<int, 3>", false, 0, ""},
        Named{"<alloc::Vec<T> as Drop>::drop", "<alloc::Vec<T> as Drop>::drop", false, 0, ""},
        Named{"fmt.Printf", "fmt.Printf", false, 0, ""},
        Named{"main.(*T).Method", "main.(*T).Method", false, 0, ""},
        Named{"main.(*T).*", "main.(*T).*", true, 0, ""},
        Named{"main.Map[...]", "main.Map[...]", true, 0, ""},
        Named{"github.com/a-b/c.(*D).E", "github.com/a-b/c.(*D).E", false, 0, ""}));

TEST(ProbeSpec, AddressesAndOffsets) {
  auto absolute = parse_probe("0x401136");
  ASSERT_TRUE(absolute);
  EXPECT_EQ(std::get<ProbeSpec::Absolute>(absolute->what).address, Address{0x401136});
  for (const char* text : {"MAIN+0x1136", "libfoo.so*+0x1136", "libc++.so.1+0x1136", "MAIN+4406"}) {
    auto spec = parse_probe(text);
    ASSERT_TRUE(spec) << text;
    ASSERT_TRUE(std::holds_alternative<ProbeSpec::ModuleOffset>(spec->what)) << text;
    EXPECT_EQ(std::get<ProbeSpec::ModuleOffset>(spec->what).offset, 0x1136u);
    EXPECT_EQ(spec->module, std::string(text).substr(0, std::string(text).rfind('+')));
  }
}

TEST(ProbeSpec, EveryInstructionOfFunctions) {
  for (const char* text :
       {"gzip%insn", "*@libcrypto.so*%insn", "ns::f(int)%insn", "?zip_* %insn"}) {
    const auto spec = parse_probe(text);
    ASSERT_TRUE(spec) << spec.error().message;
    EXPECT_TRUE(spec->every_instruction) << text;
    EXPECT_TRUE(std::holds_alternative<ProbeSpec::Function>(spec->what)) << text;
  }
  const auto spec = parse_probe("*@libcrypto.so*%insn");
  EXPECT_EQ(spec->module, "libcrypto.so*");
  EXPECT_EQ(spec->text, "*@libcrypto.so*%insn");
  EXPECT_EQ(std::get<ProbeSpec::Function>(spec->what).pattern, "*");
  EXPECT_FALSE(parse_probe("main")->every_instruction);
}

TEST(ProbeSpec, AQuestionMarkMakesItOptional) {
  auto spec = parse_probe("?plugin_*@plug.so");
  ASSERT_TRUE(spec);
  EXPECT_TRUE(spec->optional);
  EXPECT_EQ(spec->text, "plugin_*@plug.so");
  EXPECT_EQ(std::get<ProbeSpec::Function>(spec->what).pattern, "plugin_*");
}

struct Refused {
  const char* text;
  const char* message;
};

class RefusedProbe : public testing::TestWithParam<Refused> {};

TEST_P(RefusedProbe, SaysWhatWhyAndWhatToTry) {
  auto spec = parse_probe(GetParam().text);
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().kind, ErrorKind::Usage);
  EXPECT_EQ(spec.error().message, GetParam().message);
}

TEST(ProbeSpec, RegularExpressions) {
  for (const char* text : {"/^http_/", "/^http_/@nginx", "?/^http_/", "/a\\/b%d@e f/@lib.so*",
                           "/^http_/%return", "/^http_/ $arg1 if $arg1"}) {
    const auto spec = parse_probe(text);
    ASSERT_TRUE(spec) << spec.error().message;
    const auto& function = std::get<ProbeSpec::Function>(spec->what);
    EXPECT_TRUE(function.regex);
    EXPECT_FALSE(function.glob);
    const std::string given = text;
    if (given.find("http") != std::string::npos)
      EXPECT_EQ(function.pattern, "^http_");
    else
      EXPECT_EQ(function.pattern, "a\\/b%d@e f");
  }
  EXPECT_EQ(parse_probe("/^http_/@nginx")->module, "nginx");
}

TEST(ProbeSpec, SourceLines) {
  const auto line = [](const char* text) {
    const auto spec = parse_probe(text);
    if (!spec) return spec.error().message;
    const auto& what = std::get<ProbeSpec::Line>(spec->what);
    return what.file + " " + std::to_string(what.line) + " " + spec->module;
  };
  EXPECT_EQ(line("srv.cc:120"), "srv.cc 120 ");
  EXPECT_EQ(line("/src/srv.cc:120"), "/src/srv.cc 120 ");
  EXPECT_EQ(line("net/srv.cc:7@MAIN"), "net/srv.cc 7 MAIN");
  EXPECT_EQ(line("main.go:1@x.so* $arg1 if n > 3"), "main.go 1 x.so*");
  EXPECT_EQ(line("Makefile:3"), "Makefile 3 ");
}

TEST(ProbeSpec, Suffixes) {
  const auto flags = [](const char* text) {
    const auto spec = parse_probe(text);
    if (!spec) return spec.error().message;
    return std::string(spec->at_return ? "return " : "") + (spec->inlined ? "inline " : "") +
           (spec->every_instruction ? "insn" : "");
  };
  EXPECT_EQ(flags("f%return"), "return ");
  EXPECT_EQ(flags("ns::f(int) const%inline"), "inline ");
  EXPECT_EQ(flags("f*@lib.so %insn"), "insn");
  EXPECT_EQ(flags("f"), "");
}

INSTANTIATE_TEST_SUITE_P(
    Suffixes, RefusedProbe,
    testing::Values(
        Refused{"f%isn", "probe 'f%isn': unknown suffix '%isn': write %return, %insn or %inline"},
        Refused{"f%", "probe 'f%': unknown suffix '%': write %return, %insn or %inline"},
        Refused{"f%return%return", "probe 'f%return%return': has %return twice: leave one out"},
        Refused{"%return",
                "probe '%return': no function before '%return': write NAME%return, or "
                "'*@MODULE%return'"},
        Refused{"f%return%insn",
                "probe 'f%return%insn': %return is of a whole call, %insn of each instruction: "
                "leave one out"},
        Refused{"f%inline%return",
                "probe 'f%inline%return': an inlined instance does not return: leave %return or "
                "%inline out"},
        Refused{"f%insn%inline",
                "probe 'f%insn%inline': %insn is of whole functions: leave it or %inline out"},
        Refused{"a.c:3%return",
                "probe 'a.c:3%return': %return takes a function, not a source line: name the "
                "function"},
        Refused{"f+4%return",
                "probe 'f+4%return': %return takes a whole function, not an offset in one: leave "
                "the offset out"},
        Refused{"0x401136%inline",
                "probe '0x401136%inline': %inline takes a function, not an address: name the "
                "function"}));

INSTANTIATE_TEST_SUITE_P(
    RegexAndLine, RefusedProbe,
    testing::Values(
        Refused{"/(/",
                "probe '/(/': the regular expression is none: missing ): (; write it as RE2 and "
                "grep -E know it"},
        Refused{"//", "probe '//': the regular expression is empty: write '*' for all functions"},
        Refused{"/http",
                "probe '/http': the regular expression has no end: write /REGEX/, and '\\/' for a "
                "slash in it"},
        Refused{"/a/@",
                "probe '/a/@': no module after '@': write a file name such as 'libc.so*', or MAIN"},
        Refused{"srv.cc:0", "probe 'srv.cc:0': '0' is no line number: write srv.cc:120"},
        Refused{"srv.cc:12x", "probe 'srv.cc:12x': '12x' is no line number: write srv.cc:120"},
        Refused{"srv.cc:", "probe 'srv.cc:': '' is no line number: write srv.cc:120"},
        Refused{"srv.cc:99999999999",
                "probe 'srv.cc:99999999999': '99999999999' is no line number: write srv.cc:120"},
        Refused{"srv.cc:3@x.so+4",
                "probe 'srv.cc:3@x.so+4': a source line takes no offset: leave it out"}));

INSTANTIATE_TEST_SUITE_P(
    ArgumentsAndConditions, RefusedProbe,
    testing::Values(
        Refused{"f if",
                "probe 'f if': the condition behind 'if' is missing: write e.g. if $arg1 > "
                "3"},
        Refused{"f if x = 3",
                "probe 'f if x = 3': condition: at '= 3': '=' would assign: write '==' to compare"},
        Refused{"f $arg9",
                "probe 'f $arg9': argument '$arg9': at '$arg9': only $arg1 to $arg6 are in "
                "registers: name the parameter, or use %rsp"},
        Refused{"f x > 3",
                "probe 'f x > 3': argument '>': at '>': a value is missing: write one (and the "
                "probe in single quotes, or the shell takes $names away); blanks part arguments, "
                "'if' begins a condition"},
        Refused{"f $retval",
                "probe 'f $retval': $retval is known when a function returns: write f%return"},
        Refused{"f@MAIN if $latency > 1ms",
                "probe 'f@MAIN if $latency > 1ms': $latency is known when a function returns: "
                "write f@MAIN%return"}));

INSTANTIATE_TEST_SUITE_P(
    EveryInstruction, RefusedProbe,
    testing::Values(
        Refused{"%insn",
                "probe '%insn': no function before '%insn': write NAME%insn, or '*@MODULE%insn'"},
        Refused{"0x401136%insn",
                "probe '0x401136%insn': %insn takes a function, not an address: name the function"},
        Refused{"f+4%insn",
                "probe 'f+4%insn': %insn takes a whole function, not an offset in one: leave the "
                "offset out"},
        Refused{"MAIN+0x10%insn",
                "probe 'MAIN+0x10%insn': %insn takes a whole function, not an offset in one: leave "
                "the offset out"}));

INSTANTIATE_TEST_SUITE_P(
    Malformed, RefusedProbe,
    testing::Values(
        Refused{"",
                "probe '': is empty: write a function's name, a glob such as 'http_*', or 0xADDR"},
        Refused{"?",
                "probe '?': is empty: write a function's name, a glob such as 'http_*', or 0xADDR"},
        Refused{"f\n;g",
                "probe 'f\\x0a;g': has a control character in it: give one probe to each -x"},
        Refused{"f@",
                "probe 'f@': no module after '@': write a file name such as 'libc.so*', or MAIN"},
        Refused{
            "@libc.so.6",
            "probe '@libc.so.6': no function before '@': write NAME@MODULE, e.g. '*@libc.so.6' for "
            "all of it"},
        Refused{"memcpy@@GLIBC_2.14",
                "probe 'memcpy@@GLIBC_2.14': '@@' is of symbol versions, which "
                "are no part of a name here: write 'memcpy'"},
        Refused{"f+", "probe 'f+': no offset after '+': write f+0x1c"},
        Refused{"f+1c",
                "probe 'f+1c': the offset '1c' is not a decimal or 0x number: write f+0x1c"},
        Refused{"f+0x",
                "probe 'f+0x': the offset '0x' is not a decimal or 0x number: write f+0x1c"},
        Refused{"f+4@lib.so+4", "probe 'f+4@lib.so+4': has two offsets: leave one out"},
        Refused{"f+0x10000000000000000",
                "probe 'f+0x10000000000000000': '0x10000000000000000' does not "
                "fit in 64 bits: check the number"},
        Refused{"401136",
                "probe '401136': is a number without 0x: write 0x401136 for an address, or "
                "the name of a function"},
        Refused{"0x40zz",
                "probe '0x40zz': '0x40zz' is neither a function's name nor a hex address "
                "(0xADDR)"},
        Refused{"0x401136@MAIN",
                "probe '0x401136@MAIN': an address belongs to no module: write "
                "0x401136, or MAIN+0xOFFSET"},
        Refused{"0x401136+4", "probe '0x401136+4': an address takes no offset: write the sum"},
        Refused{"ns::f(int",
                "probe 'ns::f(int': its parentheses don't pair: put the whole probe into "
                "single quotes, e.g. 'ns::f(int)'"}));

}  // namespace
}  // namespace sidestep::symbols
