// The grammar of arguments and conditions: each text as the tree it becomes, written with brackets
// around every operation; and the exact text of each refusal.
#include <gtest/gtest.h>

#include "symbols/expression_parser.hpp"
#include "symbols/probe_spec.hpp"

namespace sidestep::symbols {
namespace {

using core::Expression;

std::string written(const Expression& tree) {
  const auto operand = [&](std::size_t i) { return written(tree.operands.at(i)); };
  switch (tree.kind) {
    case Expression::Kind::Number:
      return std::to_string(tree.number);
    case Expression::Kind::Real:
      return "real " + tree.text;
    case Expression::Kind::Text:
      return '"' + tree.text + '"';
    case Expression::Kind::Name:
      return tree.text;
    case Expression::Kind::Register:
      return '%' + tree.text;
    case Expression::Kind::Argument:
      return "$arg" + std::to_string(tree.number);
    case Expression::Kind::Special:
      return '$' + tree.text;
    case Expression::Kind::Unary:
      return '(' + tree.text + operand(0) + ')';
    case Expression::Kind::Binary:
      return '(' + operand(0) + ' ' + tree.text + ' ' + operand(1) + ')';
    case Expression::Kind::Member:
      return '(' + operand(0) + " . " + tree.text + ')';
    case Expression::Kind::Index:
      return '(' + operand(0) + '[' + operand(1) + "])";
    case Expression::Kind::Cast:
      return '(' + operand(0) + " as " + tree.text + ')';
  }
  return "?";
}

struct Good {
  const char* text;
  const char* tree;
};

void PrintTo(const Good& good, std::ostream* out) {
  *out << good.text;
}

class Condition : public testing::TestWithParam<Good> {};

TEST_P(Condition, BecomesATree) {
  const auto tree = parse_condition(GetParam().text);
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_EQ(written(*tree), GetParam().tree);
}

INSTANTIATE_TEST_SUITE_P(
    Values, Condition,
    testing::Values(
        Good{"12", "12"}, Good{"0x1f", "31"}, Good{"017", "15"}, Good{"0", "0"}, Good{"0b101", "5"},
        Good{"18446744073709551615", "18446744073709551615"}, Good{"7ul", "7"},
        Good{"1.5", "real 1.5"}, Good{".5", "real .5"}, Good{"1e3", "real 1e3"},
        Good{"2.5e-3", "real 2.5e-3"}, Good{"10ms", "10000000"}, Good{"2s", "2000000000"},
        Good{"50us", "50000"}, Good{"7ns", "7"}, Good{"1.5ms", "1500000"},
        Good{"1m", "60000000000"}, Good{"'a'", "97"}, Good{"'\\n'", "10"}, Good{"'\\''", "39"},
        Good{"'\\x41'", "65"}, Good{"'\\0'", "0"}, Good{"'\\xff'", "18446744073709551615"},
        Good{"\"\"", "\"\""}, Good{R"("a b")", "\"a b\""}, Good{R"("q\"\\\t\101")", "\"q\"\\\tA\""},
        Good{"$arg1", "$arg1"}, Good{"$arg6", "$arg6"}, Good{"$comm", "$comm"},
        Good{"$tid", "$tid"}, Good{"$latency", "$latency"}, Good{"%rdi", "%rdi"},
        Good{"%RDI", "%rdi"}, Good{"%r10d", "%r10d"}, Good{"%xmm0", "%xmm0"}, Good{"a::b", "a::b"},
        Good{"::a", "a"}, Good{"a::b<int, T*>::c", "a::b<int, T*>::c"},
        Good{"(anonymous namespace)::x", "(anonymous namespace)::x"}));

INSTANTIATE_TEST_SUITE_P(
    Precedence, Condition,
    testing::Values(Good{"a || b && c", "(a || (b && c))"}, Good{"a && b | c", "(a && (b | c))"},
                    Good{"a | b ^ c", "(a | (b ^ c))"}, Good{"a ^ b & c", "(a ^ (b & c))"},
                    Good{"a & b == c", "(a & (b == c))"}, Good{"a == b < c", "(a == (b < c))"},
                    Good{"a != b >= c", "(a != (b >= c))"}, Good{"a < b << c", "(a < (b << c))"},
                    Good{"a >> b + c", "(a >> (b + c))"}, Good{"a + b * c", "(a + (b * c))"},
                    Good{"a - b - c", "((a - b) - c)"}, Good{"a / b % c", "((a / b) % c)"},
                    Good{"a <= b > c", "((a <= b) > c)"}, Good{"(a || b) && c", "((a || b) && c)"},
                    Good{"-a * b", "((-a) * b)"}, Good{"!a == b", "((!a) == b)"},
                    Good{"~a & b", "((~a) & b)"}, Good{"a - -b", "(a - (-b))"},
                    Good{"!!a", "(!(!a))"}, Good{"+1", "(+1)"}, Good{"a * *b", "(a * (*b))"},
                    Good{"a & &b", "(a & (&b))"}));

INSTANTIATE_TEST_SUITE_P(
    Members, Condition,
    testing::Values(Good{"p->len", "(p . len)"}, Good{"p->a.b->c", "(((p . a) . b) . c)"},
                    Good{"a[2].b", "((a[2]) . b)"}, Good{"a[i + 1][j]", "((a[(i + 1)])[j])"},
                    Good{"*p->q", "(*(p . q))"}, Good{"(*p).q", "((*p) . q)"},
                    Good{"&a[0]", "(&(a[0]))"}, Good{"a.b == 0.5", "((a . b) == real 0.5)"},
                    Good{"$arg1->len", "($arg1 . len)"}));

INSTANTIATE_TEST_SUITE_P(
    Casts, Condition,
    testing::Values(
        Good{"x:u32", "(x as u32)"}, Good{"p->len:u32 > 3", "(((p . len) as u32) > 3)"},
        Good{"*p:u32 == 3", "(((*p) as u32) == 3)"}, Good{"a + b:u8", "(a + (b as u8))"},
        Good{"x:u32*2", "((x as u32) * 2)"}, Good{"p:node* == 0", "((p as node*) == 0)"},
        Good{"x:unsigned long == 1", "((x as unsigned long) == 1)"},
        Good{"x:ns::T", "(x as ns::T)"}, Good{"s:string == \"a\"", "((s as string) == \"a\")"},
        Good{"x:u32:i8", "((x as u32) as i8)"}, Good{"(u32)x", "(x as u32)"},
        Good{"(u32)-1", "((-1) as u32)"}, Good{"(a)-1", "(a - 1)"}, Good{"(a)*b", "(a * b)"},
        Good{"(foo)x", "(x as foo)"}, Good{"(foo)(x + 1)", "((x + 1) as foo)"},
        Good{"(const char *)p", "(p as char*)"}, Good{"(struct node **)p", "(p as node**)"},
        Good{"(unsigned long)p + 1", "((p as unsigned long) + 1)"},
        Good{"((node*)$arg1)->next", "(($arg1 as node*) . next)"},
        Good{"(node*)$arg1->next", "(($arg1 . next) as node*)"},
        Good{"(std::vector<int>*)p", "(p as std::vector<int>*)"}, Good{"(u8)%rdi", "(%rdi as u8)"},
        Good{"-(u8)x", "(-(x as u8))"}, Good{"(size_t) - 1", "((-1) as size_t)"}));

INSTANTIATE_TEST_SUITE_P(
    Whole, Condition,
    testing::Values(Good{"$comm == \"worker\" && $tid != 3 || %rdi % 2",
                         "((($comm == \"worker\") && ($tid != 3)) || (%rdi % 2))"},
                    Good{"$latency > 10ms", "($latency > 10000000)"}, Good{"a %rdi", "(a % rdi)"},
                    Good{"a<b", "(a < b)"}, Good{"a<b && c>d", "((a < b) && (c > d))"}));

struct Bad {
  const char* text;
  const char* message;
};

void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.text;
}

class BadCondition : public testing::TestWithParam<Bad> {};

TEST_P(BadCondition, SaysWhereAndWhatToWrite) {
  const auto tree = parse_condition(GetParam().text);
  ASSERT_FALSE(tree) << written(*tree);
  EXPECT_EQ(tree.error().kind, ErrorKind::Usage);
  EXPECT_EQ(tree.error().message, GetParam().message);
}

const char* const no_name =
    ": write one (and the probe in single quotes, or the shell takes $names away)";
const std::string missing_behind =
    "at the end: a value is missing behind '>'" + std::string(no_name);
const std::string missing_before = "at '> 3': a value is missing" + std::string(no_name);
const std::string missing_if = "at 'if b': a value is missing behind '&&'" + std::string(no_name);

INSTANTIATE_TEST_SUITE_P(
    Refused, BadCondition,
    testing::Values(
        Bad{"", "at the end: a value is missing"}, Bad{"a >", missing_behind.c_str()},
        Bad{"> 3", missing_before.c_str()}, Bad{"a && if b", missing_if.c_str()},
        Bad{"a = 3", "at '= 3': '=' would assign: write '==' to compare"},
        Bad{"a += 3", "at '+= 3': nothing is assigned here: write '+'"},
        Bad{"a++", "at '++': nothing is changed here: write + 1 or - 1"},
        Bad{"--a", "at '--a': nothing is changed here: write + 1 or - 1"},
        Bad{"a ? b : c", "at '? b : c': there is no '?:': write two probes, or use && and ||"},
        Bad{"f(x)", "at '(x)': functions can't be called: leave the call out"},
        Bad{"(a", "at '(a': ')' is missing: close the bracket"},
        Bad{"a[1", "at '[1': ']' is missing: close the bracket"},
        Bad{"a)", "at ')': there is no bracket for it to close: leave it out"},
        Bad{"a b", "at 'b': an operator is missing before it: write e.g. == or &&"},
        Bad{"a if b", "at 'if b': there is an 'if' already: join conditions by &&"},
        Bad{"a, b", "at ', b': ',' can't stand here: leave it out"},
        Bad{"a @ b", "at '@ b': '@' means nothing here: leave it out"},
        Bad{"p->", "at the end: the name of a member is missing behind '->': write e.g. p->len"},
        Bad{"p.5x", "at '5x': '5x' is no number: write 12, 0x1f, or a time such as 10ms"},
        Bad{"x:", "at the end: a type is missing behind ':': write e.g. :u32 or :string"},
        Bad{"x:3", "at '3': a type is missing behind ':': write e.g. :u32 or :string"},
        Bad{"x:unsigned foo",
            "at 'unsigned foo': it is no type: write e.g. :u32, :string or :long"},
        Bad{"12q", "at '12q': '12q' is no number: write 12, 0x1f, or a time such as 10ms"},
        Bad{"08", "at '08': '08' is no number: write 12, 0x1f, or a time such as 10ms"},
        Bad{"1.2.3", "at '1.2.3': '1.2.3' is no number: write 12, 0x1f or 1.5"},
        Bad{"1.2.3ms",
            "at '1.2.3ms': '1.2.3ms' is no time: write a number and its unit, such as 10ms or "
            "1.5s"},
        Bad{"18446744073709551616",
            "at '18446744073709551616': '18446744073709551616' does not fit in 64 bits: check the "
            "number"},
        Bad{"\"ab", "at '\"ab': the string has no end: close it with '\"'"},
        Bad{"\"a\\q\"", "at '\\q\"': no such escape: write \\n, \\t, \\\\, \\\", \\x1f or \\037"},
        Bad{"''", "at '''': a character is missing: write 'x' for one, \"x\" for a string"},
        Bad{"'ab'",
            "at ''ab'': a character is one byte between quotes: write 'x', \"text\" for a string"},
        Bad{"$foo > 1",
            "at '$foo > 1': there is no $foo: $params, $retval, $latency, $net, $comm, $tid, "
            "$arg1 to $arg6"},
        Bad{"$arg7",
            "at '$arg7': only $arg1 to $arg6 are in registers: name the parameter, or use %rsp"},
        Bad{"%isn",
            "at '%isn': there is no register %isn: %rax to %r15, their parts (%edi, %al), %rip, "
            "%xmm0 to %xmm15"},
        Bad{"$params == 1", "$params is all parameters: write it alone, as one of the arguments"}));

TEST(Expression, NestingHasABound) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "a" + std::string(depth, ')');
  };
  EXPECT_TRUE(parse_condition(nested(20)));
  const auto deep = parse_condition(nested(100'000));
  ASSERT_FALSE(deep);
  EXPECT_NE(deep.error().message.find("nested too deeply"), std::string::npos);
  EXPECT_FALSE(parse_condition(std::string(100'000, '!') + "a"));
  std::string indexed;
  for (int i = 0; i < 1000; ++i) indexed += "a[";
  EXPECT_FALSE(parse_condition(indexed));
}

TEST(Expression, LengthHasABound) {
  std::string sum = "a";
  for (int i = 0; i < 100; ++i) sum += "+a";
  EXPECT_TRUE(parse_condition(sum));
  for (int i = 0; i < 1000; ++i) sum += "+a";
  const auto tree = parse_condition(sum);
  ASSERT_FALSE(tree);
  EXPECT_NE(tree.error().message.find("at most 200 operations"), std::string::npos);
}

struct Labelled {
  const char* text;
  const char* label;
  const char* tree;
};

class WantedValue : public testing::TestWithParam<Labelled> {};

TEST_P(WantedValue, IsLabelledAsWritten) {
  const auto wanted = parse_wanted(GetParam().text);
  ASSERT_TRUE(wanted) << wanted.error().message;
  EXPECT_EQ(wanted->label, GetParam().label);
  EXPECT_EQ(written(wanted->value), GetParam().tree);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, WantedValue,
    testing::Values(
        Labelled{"$params", "params", "$params"}, Labelled{"$arg1", "arg1", "$arg1"},
        Labelled{"%rdi", "rdi", "%rdi"}, Labelled{"name", "name", "name"},
        Labelled{"$arg1:string", "arg1", "($arg1 as string)"},
        Labelled{"p->len:u32", "p->len", "((p . len) as u32)"},
        Labelled{"s:string", "s", "(s as string)"}, Labelled{"x:u32:i8", "x", "((x as u32) as i8)"},
        Labelled{"*p", "*p", "(*p)"}, Labelled{"*p:char", "*p", "((*p) as char)"},
        Labelled{"a[2].b", "a[2].b", "((a[2]) . b)"}, Labelled{"(u32)x", "(u32)x", "(x as u32)"},
        Labelled{"a+b:u8", "a+b:u8", "(a + (b as u8))"}, Labelled{"(a:u8)", "(a:u8)", "(a as u8)"},
        Labelled{"a::b:u8", "a::b", "(a::b as u8)"}, Labelled{"(a + b)", "(a + b)", "(a + b)"}));

// What the whole probe becomes, the place aside.
std::string tail_of(const std::string& text) {
  const auto spec = parse_probe(text);
  if (!spec) return spec.error().message;
  std::string out = std::get<core::ProbeSpec::Function>(spec->what).pattern;
  if (!spec->module.empty()) out += " @ " + spec->module;
  if (spec->at_return) out += " %return";
  for (const core::Wanted& wanted : spec->wanted)
    out += " | " + wanted.label + "=" + written(wanted.value);
  if (spec->condition) out += " if " + written(*spec->condition);
  return out;
}

TEST(Probe, ArgumentsAndCondition) {
  EXPECT_EQ(tail_of("f $params"), "f | params=$params");
  EXPECT_EQ(tail_of("f $arg1 s:string"), "f | arg1=$arg1 | s=(s as string)");
  EXPECT_EQ(tail_of("f  a   b"), "f | a=a | b=b");
  EXPECT_EQ(tail_of("f@lib.so* (a + b) if a == \"x y\""),
            "f @ lib.so* | (a + b)=(a + b) if (a == \"x y\")");
  EXPECT_EQ(tail_of("f if $arg1 > 3"), "f if ($arg1 > 3)");
  EXPECT_EQ(tail_of("f if($arg1 > 3)"), "f if ($arg1 > 3)");
  EXPECT_EQ(tail_of("f ifx"), "f | ifx=ifx");
  EXPECT_EQ(tail_of("f &x"), "f | &x=(&x)");
  EXPECT_EQ(tail_of("f constant"), "f | constant=constant");
  EXPECT_EQ(tail_of("f%return $retval $latency if $latency > 1ms"),
            "f %return | retval=$retval | latency=$latency if ($latency > 1000000)");
  EXPECT_EQ(tail_of("f@MAIN%return"), "f @ MAIN %return");
  EXPECT_EQ(tail_of("f%return@MAIN"), "f @ MAIN %return");
  EXPECT_EQ(tail_of("f %return $retval"), "f %return | retval=$retval");
}

TEST(Probe, BlanksOfCxxNamesAreNotArguments) {
  EXPECT_EQ(tail_of("operator new(unsigned long) $arg1"),
            "operator new(unsigned long) | arg1=$arg1");
  EXPECT_EQ(tail_of("operator new $arg1"), "operator new | arg1=$arg1");
  EXPECT_EQ(tail_of("ns::get(int) const x"), "ns::get(int) const | x=x");
  EXPECT_EQ(tail_of("ns::get(int) & if x"), "ns::get(int) & if x");
  EXPECT_EQ(tail_of("ns::f<int, unsigned long> a"), "ns::f<int, unsigned long> | a=a");
  EXPECT_EQ(tail_of("S::operator unsigned long if $arg1"), "S::operator unsigned long if $arg1");
  EXPECT_EQ(tail_of("S::operator%(int)%return"), "S::operator%(int) %return");
  EXPECT_EQ(tail_of("S::operator% %return"), "S::operator% %return");
}

}  // namespace
}  // namespace sidestep::symbols
