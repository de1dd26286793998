// Arguments and conditions of probes: what the user's expressions mean at a function's entry, at a
// place inside it and at its return, with a real program's registers and memory
// (fixtures/asked.cpp).
#include <gtest/gtest.h>

#include <fstream>

#include "loaded_file.hpp"
#include "traced_calls.hpp"

namespace sidestep::symbols::test {
namespace {

Sight ask(const std::string& text, const std::string& file = "asked") {
  auto probe = parse_probe(text);
  if (!probe) return {"", false, "unparsable: " + probe.error().message};
  return look(fixture(file), *probe);
}

std::string seen(const std::string& wanted) {
  const Sight sight = ask("parse " + wanted);
  return sight.error.empty() ? sight.values : "error: " + sight.error;
}

/// "yes", "no", or what is wrong.
std::string holds(const std::string& condition, const std::string& place = "parse") {
  const Sight sight = ask(place + " if " + condition);
  if (!sight.error.empty()) return sight.error;
  return sight.holds ? "yes" : "no";
}

/// The line of the fixture where all its variables are set.
std::string inside() {
  std::ifstream source(fixture_source("asked.cpp"));
  unsigned number = 0;
  for (std::string line; std::getline(source, line);)
    if (++number && line.find("here everything is set") != std::string::npos) break;
  return "asked.cpp:" + std::to_string(number);
}

TEST(Asked, ParametersByName) {
  EXPECT_EQ(seen("len"), "len=-12");
  EXPECT_EQ(seen("buf"), "buf=\"hello\"");
  EXPECT_EQ(seen("ratio factor flags"), "ratio=2.5, factor=0.25, flags=2147483649");
  EXPECT_EQ(seen("view numbers"), "view=\"seen\", numbers=[4, 5, 6]");
}

TEST(Asked, MembersAndElements) {
  EXPECT_EQ(seen("request->len"), "request->len=70000");
  EXPECT_EQ(seen("request.path"), "request.path=\"/index.html\"");
  EXPECT_EQ(seen("request->next->tag"), "request->next->tag=\"two\"");
  EXPECT_EQ(seen("request->inner.small"), "request->inner.small=-7");
  EXPECT_EQ(seen("request->low request->high"), "request->low=-2, request->high=17");
  EXPECT_EQ(seen("other.owner other.state"), "other.owner=\"second owner\", other.state=Idle");
  EXPECT_EQ(seen("request->numbers[2] numbers[1]"), "request->numbers[2]=30, numbers[1]=5");
  EXPECT_EQ(seen("buf[1]"), "buf[1]='e'");
  EXPECT_EQ(seen("*request->link"), "*request->link={small=-2, real=0.5}");
  EXPECT_EQ(seen("request->numbers"), "request->numbers=[10, 20, 30, 40]");
}

TEST(Asked, Arithmetic) {
  EXPECT_EQ(seen("len+5"), "len+5=-7");
  EXPECT_EQ(seen("len*2-1"), "len*2-1=-25");
  EXPECT_EQ(seen("flags+flags"), "flags+flags=2") << "wraps at 32 bits";
  EXPECT_EQ(seen("-len/5"), "-len/5=2");
  EXPECT_EQ(seen("len%5"), "len%5=-2");
  EXPECT_EQ(seen("len>>1"), "len>>1=-6");
  EXPECT_EQ(seen("~len"), "~len=11");
  EXPECT_EQ(seen("ratio*len"), "ratio*len=-30");
  EXPECT_EQ(seen("factor+1"), "factor+1=1.25");
  EXPECT_EQ(seen("*(request->numbers+1)"), "*(request->numbers+1)=20");
  EXPECT_EQ(seen("&request->numbers[3]-&request->numbers[1]"),
            "&request->numbers[3]-&request->numbers[1]=2");
}

TEST(Asked, Casts) {
  EXPECT_EQ(seen("len:u8"), "len=244");
  EXPECT_EQ(seen("len:x16"), "len=0xfff4");
  EXPECT_EQ(seen("flags:i32"), "flags=-2147483647");
  EXPECT_EQ(seen("ratio:i32"), "ratio=2");
  EXPECT_EQ(seen("len:f64"), "len=-12");
  EXPECT_EQ(seen("len:bool"), "len=true");
  EXPECT_EQ(seen("$arg1:string"), "arg1=\"hello\"");
  EXPECT_EQ(seen("%edx:u32"), "edx=2147483649");
  EXPECT_EQ(seen("%sil:i8"), "sil=-12");
  EXPECT_EQ(seen("%xmm0:f64 %xmm1:f32"), "xmm0=2.5, xmm1=0.25");
  EXPECT_EQ(seen("((Request*)$arg4)->path"), "((Request*)$arg4)->path=\"/index.html\"");
  EXPECT_EQ(seen("((struct Inner*)request->link)->real"),
            "((struct Inner*)request->link)->real=0.5");
}

TEST(Asked, RegistersAndTheThread) {
  EXPECT_EQ(seen("$arg2"), "arg2=" + std::to_string(0xfffffff4u));
  EXPECT_EQ(seen("%esi"), "esi=0xfffffff4");
  EXPECT_EQ(seen("$comm"), "comm=\"called\"");
  EXPECT_EQ(holds("$comm == \"called\" && $tid > 0"), "yes");
  EXPECT_EQ(holds("$comm == \"other\""), "no");
}

TEST(Asked, Globals) {
  EXPECT_EQ(seen("global_count"), "global_count=3");
  EXPECT_EQ(seen("hidden_name"), "hidden_name=\"hidden\"");
  EXPECT_EQ(seen("global_request.owner"), "global_request.owner=\"root\"");
  EXPECT_EQ(seen("of_thread"), "of_thread=<thread-local>");
}

TEST(Asked, NoMoreIsCopiedThanTheBound) {
  const std::string shown = seen("huge");
  EXPECT_EQ(shown.substr(0, 36), "huge={first=\"big\", many=[1, 2, 0, 0,");
  EXPECT_TRUE(shown.ends_with("0, ...], ...=<beyond the first 512 bytes>}")) << shown;
  EXPECT_EQ(seen("huge.also huge.many[1]"), "huge.also=4, huge.many[1]=2");
}

TEST(Asked, LocalsAreNotSetAtTheEntry) {
  EXPECT_EQ(seen("twice"), "twice=<not set yet where the function begins>");
  EXPECT_EQ(seen("calls"), "calls=5") << "static: set from the beginning";
  EXPECT_EQ(holds("twice == 1"), "-x 'parse if twice == 1': not set yet where the function begins");
}

TEST(Asked, InsideTheFunction) {
  const Sight all = ask(inside() + " twice size len request->len view numbers other.len factor");
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.values,
            "twice=-24, size=7, len=-12, request->len=70000, view=\"seen\", numbers=[4, 5, 6], "
            "other.len=11, factor=0.25");
  EXPECT_EQ(holds("twice == 2 * len && size == 7", inside()), "yes");
}

TEST(Asked, Conditions) {
  EXPECT_EQ(holds("len < 0"), "yes");
  EXPECT_EQ(holds("len >= 0"), "no");
  EXPECT_EQ(holds("flags > len"), "no") << "as in C: -12 becomes 0xfffffff4";
  EXPECT_EQ(holds("ratio > 2.25 && ratio <= 2.5"), "yes");
  EXPECT_EQ(holds("ratio != 2.5"), "no");
  EXPECT_EQ(holds("flags & 0x80000000"), "yes");
  EXPECT_EQ(holds("!(flags & 2)"), "yes");
  EXPECT_EQ(holds("request->state == Busy"), "yes");
  EXPECT_EQ(holds("Done == request->state"), "no");
  EXPECT_EQ(holds("request->low == -2 && request->high == 17"), "yes");
  EXPECT_EQ(holds("request->link && request->link->real == 0.5"), "yes");
  EXPECT_EQ(holds("factor < ratio"), "yes");
}

TEST(Asked, OneSideDecides) {
  // What can't be read makes a condition false; but it isn't read where it doesn't matter.
  EXPECT_EQ(holds("global_request.link->real > 0"), "no");
  EXPECT_EQ(holds("len == -12 || global_request.link->real > 0"), "yes");
  EXPECT_EQ(holds("global_request.link == 0 || global_request.link->real > 0"), "yes");
  EXPECT_EQ(holds("!(global_request.link && global_request.link->real > 0)"), "yes");
  EXPECT_EQ(holds("(len == 1 || len == -12) && (len == 2 || flags)"), "yes");
}

TEST(Asked, Texts) {
  EXPECT_EQ(holds("buf == \"hello\""), "yes");
  EXPECT_EQ(holds("buf == \"hell\""), "no");
  EXPECT_EQ(holds("buf != \"hello!\""), "yes");
  EXPECT_EQ(holds("request->tag == \"first\""), "yes");
  EXPECT_EQ(holds("other.owner == \"second owner\""), "yes");
  EXPECT_EQ(holds("other.owner == \"second\""), "no");
  EXPECT_EQ(holds("view == \"seen\" && \"seen\" == view"), "yes");
  EXPECT_EQ(holds("$arg1:string == \"hello\""), "yes");
}

TEST(Asked, Returns) {
  const Sight sight = ask("parse%return len request->tag");
  EXPECT_EQ(sight.error, "");
  EXPECT_EQ(sight.values.substr(0, sight.values.find(')')),
            "parse(len=-12, request->tag=\"first\"");
  EXPECT_EQ(ask("parse%return $latency $net").values.substr(0, 10), "parse() = ");
  EXPECT_NE(ask("parse%return $latency").values.find(", 1000"), std::string::npos);
  EXPECT_EQ(ask("returns_nothing%return alone").values, "returns_nothing(alone=1)");
  EXPECT_EQ(holds("$retval != 0 && $latency == 1000 && $net < $latency", "parse%return"), "yes");
  EXPECT_EQ(holds("$retval == 0", "parse%return"), "no");
}

std::string complaint(const std::string& probe) {
  const std::string error = ask(probe).error;
  const std::string before = "-x '" + probe + "': ";
  return error.starts_with(before) ? error.substr(before.size()) : "not this: " + error;
}

TEST(AskedInVain, Names) {
  EXPECT_EQ(
      complaint("parse lenn"),
      "no parameter or variable 'lenn' in parse(); there are: len, buf, flags, ratio, factor, "
      "request, other, view, numbers, twice, size, calls");
  EXPECT_EQ(complaint("parse if lenn > 3").substr(0, 41),
            "no parameter or variable 'lenn' in parse(");
  EXPECT_EQ(complaint("parse request->lem"),
            "no member 'lem' in Request; there are: len, path, tag, state, low, high, inner, link, "
            "owner, next, numbers");
  EXPECT_EQ(complaint("parse len.x"), "'len' is not a struct: it has no member 'x'");
  EXPECT_EQ(complaint("parse if request->state == Bussy"),
            "no value 'Bussy' of 'state'; there are: Busy, Idle, Done");
  EXPECT_EQ(complaint("parse (Requst*)buf").substr(0, 17), "no type 'Requst*'");
}

TEST(AskedInVain, Kinds) {
  EXPECT_EQ(complaint("parse if len == \"12\""),
            "'len' is a number, not text: it can't be compared with \"12\" (a cast makes it text: "
            ":string)");
  EXPECT_EQ(complaint("parse if buf < \"12\""),
            "text can only be compared, with == or !=, not by '<'");
  EXPECT_EQ(complaint("parse if other > 3"), "'other' is a struct: name a member of it");
  EXPECT_EQ(complaint("parse *len"), "'len' is not a pointer: add a cast, such as (u32 *)");
  EXPECT_EQ(complaint("parse ratio%2"), "'%' needs whole numbers");
  EXPECT_EQ(complaint("parse request*2"), "'*' means nothing for pointers");
  EXPECT_EQ(complaint("parse if of_thread == 9"), "thread-local");
}

TEST(AskedInVain, Returns) {
  EXPECT_EQ(complaint("returns_nothing%return if $retval == 1"),
            "returns_nothing() returns nothing: there is no $retval");
  EXPECT_EQ(complaint("parse%return if $retval == len").substr(0, 67),
            "'len' is not known any more where parse() has returned: $retval, $l");
}

TEST(AskedInVain, WithoutDebugInformation) {
  const Sight name = ask("mix len", "called-c-none");
  EXPECT_EQ(name.error,
            "-x 'mix len': no debug information for mix(): use $arg1 to $arg6, a register such as "
            "%rdi, or a cast: $arg1:string");
  EXPECT_EQ(ask("mix $params", "called-c-none").error.substr(0, 50),
            "-x 'mix $params': no debug information for mix(): ");
  EXPECT_EQ(ask("mix%return $arg1:i32 $arg2:string", "called-c-none").values,
            "mix(arg1=-5, arg2=\"text\") = 0x13");
  EXPECT_EQ(ask("mix calls_made:u64", "called-c-none").values, "calls_made=0");
  EXPECT_EQ(
      ask("mix calls_made+1", "called-c-none").error,
      "-x 'mix calls_made+1': the type of 'calls_made' is not known: add a cast such as :u32");
}

TEST(AskedInVain, APatternForManyGoesOn) {
  const Sight sight = ask("pars* len lenn");
  EXPECT_EQ(sight.error, "");
  EXPECT_EQ(sight.values.substr(0, 49), "len=-12, lenn=<no parameter or variable 'lenn' in");
  EXPECT_NE(ask("pars* if lenn == 3").error, "") << "but a condition has to be evaluated";
}

TEST(AskedInVain, IsGo) {
  const auto resolver = make_resolver();
  EXPECT_FALSE(resolver->is_go(module_of(fixture("asked"))));
  if (!std::ifstream(fixture("called-go"))) GTEST_SKIP() << "Go is not installed";
  EXPECT_TRUE(resolver->is_go(module_of(fixture("called-go"))));
}

}  // namespace
}  // namespace sidestep::symbols::test
