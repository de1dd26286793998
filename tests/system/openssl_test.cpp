// Debian's openssl and its libraries, stripped and without debug information: arguments and
// returned values of exported functions add up to the bytes that were digested, sent and received.
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "race/exactness.hpp"
#include "support/events.hpp"

namespace sidestep::test {
namespace {

constexpr std::size_t kBytes = 1'000'003;

void expect_sound(const TraceSummary& traced) {
  EXPECT_TRUE(traced.valid) << story(traced);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  EXPECT_EQ(traced.lost, 0U) << story(traced);
  EXPECT_EQ(traced.audit, "held") << story(traced);
}

/// Text whose lines no client takes for commands of its own.
std::string text_of(std::size_t bytes) {
  std::string text(bytes, '-');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i * i % 23);
  return text;
}

std::uint64_t sum(const std::vector<Event>& events, const char* name) {
  return std::accumulate(events.begin(), events.end(), std::uint64_t{0},
                         [&](std::uint64_t so_far, const Event& event) {
                           return so_far + value_of(event.args.at(name));
                         });
}

std::string word_behind(const std::string& text, const std::string& what) {
  const auto at = text.find(what) + what.size();
  return text.substr(at, text.find_first_of(" \n", at) - at);
}

class OpenSsl : public testing::TestWithParam<Mode> {
 protected:
  std::vector<std::string> args(const std::vector<std::string>& probes) const {
    std::vector<std::string> all = GetParam().args;
    for (const std::string& probe : probes) all.insert(all.end(), {"-x", probe});
    return all;
  }
};

TEST_P(OpenSsl, DigestedBytesAreTheFiles) {
  const TemporaryFile file(text_of(kBytes));
  const std::vector<std::string> command = {"openssl", "dgst", "-sha256", file.path()};
  const std::string update = "EVP_DigestUpdate%return $arg3:u64 $retval:i32";
  const std::string final = "EVP_DigestFinal_ex%return $retval:i32";
  const Recording run = record(args({update, final}), command);
  expect_sound(run.traced);
  EXPECT_EQ(run.traced.run.out, test::run(command).out);
  EXPECT_EQ(sum(run.of(update), "arg3"), kBytes);
  EXPECT_EQ(run.of(update).size(), (kBytes + 8191) / 8192);
  EXPECT_EQ(run.of(final).size(), 1U);
  for (const Event& event : run.events) EXPECT_EQ(event.ret, "1");
}

/// Every EVP function of the library followed to its return: nothing is left over, no call more or
/// less than without, and all of them come back but those that end the program.
TEST_P(OpenSsl, AllCallsOfAFamilyComeBack) {
  const TemporaryFile file(text_of(kBytes));
  const std::vector<std::string> command = {"openssl", "dgst", "-sha256", file.path()};
  const std::string plain = "EVP_*@libcrypto.so*", followed = plain + "%return";
  const TraceSummary hits = trace(args({plain}), command);
  const TraceSummary calls = trace(args({followed}), command);
  expect_sound(hits);
  expect_sound(calls);
  EXPECT_EQ(calls.run.out, test::run(command).out);
  ASSERT_EQ(calls.probes.size(), 1U) << story(calls);
  const ProbeSummary& all = calls.probes[0];
  EXPECT_GT(all.sites, 700U);
  EXPECT_GT(all.hits, 700U);
  EXPECT_EQ(all.hits, hits.hits);
  EXPECT_EQ(all.returns, all.hits);
  EXPECT_EQ(all.unfinished, 0U);
  EXPECT_EQ(function_hits(calls), function_hits(hits));
}

/// Calls by function name, of a probe alone.
std::map<std::string, std::uint64_t> calls_in(const std::vector<Event>& events) {
  std::map<std::string, std::uint64_t> calls;
  for (const Event& event : events) ++calls[event.func];
  return calls;
}

/// A server and a client of TLS, both traced; the client's whole library besides.
TEST_P(OpenSsl, SentAndReceivedBytesAgree) {
  const TemporaryDirectory home;
  const std::string key = home.file("key"), certificate = home.file("certificate");
  ASSERT_EQ(test::run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                       "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                       "-days", "2", "-subj", "/CN=localhost"})
                .exit_code,
            0);
  const std::string accept = "SSL_accept%return $retval:i32";
  const std::string read = "SSL_read%return $arg3:i32 $retval:i32 if $retval:i32 > 0";
  const std::string write = "SSL_write%return $arg3:i32 $retval:i32 if $arg3:i32 > 0";
  const std::string library = "SSL_*@libssl.so*%return";
  // A port that is free: it says which.
  Recorder server(args({accept, read}), {"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
                                         certificate, "-key", key, "-naccept", "1"});
  ASSERT_TRUE(server.program().wait_for("ACCEPT "));
  const std::string address = word_behind(server.program().said(), "ACCEPT ");
  const std::string text = text_of(200'000) + "\nlast line\n";
  const Recording client = record(
      args({write, library}), {"openssl", "s_client", "-connect", address, "-quiet", "-no_ign_eof"},
      {.timeout_s = 60, .input = text});
  // It ends when its input does, whatever it has still to read.
  EXPECT_TRUE(server.program().wait_for("last line"));
  const Recording served = server.finish();
  expect_sound(client.traced);
  expect_sound(served.traced);
  EXPECT_NE(served.traced.run.out.find(text), std::string::npos) << "not what was sent";
  ASSERT_EQ(served.of(accept).size(), 1U) << story(served.traced);
  EXPECT_EQ(served.of(accept)[0].ret, "1");
  std::uint64_t sent = 0, received = 0;
  for (const Event& event : client.of(write)) {
    EXPECT_EQ(event.ret, event.args.at("arg3"));
    sent += value_of(event.ret);
  }
  for (const Event& event : served.of(read)) received += value_of(event.ret);
  EXPECT_EQ(sent, text.size());
  const ProbeSummary& all = client.summary(library);
  EXPECT_GT(all.sites, 300U);
  EXPECT_EQ(all.returns, all.hits);
  EXPECT_EQ(all.unfinished, 0U);
  EXPECT_EQ(client.of(library).size(), all.hits);
  // The handshake's call writes nothing: the condition drops that one.
  EXPECT_EQ(calls_in(client.of(library))["SSL_write"], client.of(write).size() + 1);
  EXPECT_EQ(received, text.size());
}

INSTANTIATE_TEST_SUITE_P(System, OpenSsl, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

}  // namespace
}  // namespace sidestep::test
