// Debian's redis-server, stripped and threaded, under load: each command that it processes is one
// hit, by its own statistics; no request fails; it is in good health at the end.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <thread>

#include "race/exactness.hpp"

namespace sidestep::test {
namespace {

// The server's home: its socket, and its log as a FIFO, so that "ready" is a line that we wait for.
class Home {
 public:
  Home() : path_(std::filesystem::temp_directory_path() / "sidestep-redis-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr || mkfifo(log().c_str(), 0600) != 0)
      throw std::runtime_error("no directory for redis");
    // Writable too: then there is always a writer, and no end of file between two lines.
    fifo_ = open(log().c_str(), O_RDWR | O_CLOEXEC);
  }
  ~Home() {
    close(fifo_);
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

  std::string socket() const { return path_ + "/socket"; }
  std::string log() const { return path_ + "/log"; }
  const std::string& path() const { return path_; }

  // What was logged up to the line that says so; empty if it did not come.
  std::string wait_until_ready() const {
    std::string text;
    while (text.find("eady to accept connections") == std::string::npos) {
      pollfd ready{fifo_, POLLIN, 0};
      if (poll(&ready, 1, 30000) != 1) return {};
      char buffer[4096];
      const ssize_t got = read(fifo_, buffer, sizeof buffer);
      if (got > 0) text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  std::string path_;
  int fifo_ = -1;
};

RunResult client(const Home& home, std::vector<std::string> words) {
  words.insert(words.begin(), {"redis-cli", "-s", home.socket()});
  return run(words, {.timeout_s = 30});
}

std::uint64_t field(const std::string& line, const std::string& key) {
  const auto at = line.find(key + "=");
  return at == std::string::npos ? 0 : std::stoull(line.substr(at + key.size() + 1));
}

struct Commands {
  std::uint64_t calls = 0, rejected = 0, failed = 0;
};

Commands commands_in(const std::string& info) {
  Commands all;
  std::istringstream lines(info);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("cmdstat_")) continue;
    all.calls += field(line, ":calls");
    all.rejected += field(line, "rejected_calls");
    all.failed += field(line, "failed_calls");
  }
  return all;
}

struct Load {
  TraceSummary traced;
  RunResult benchmark, ping;
  std::string info;
};

// `cmdstat_NAME:calls=` has the colon in front of the key; the other keys have a comma.
Load under_load(const Mode& mode, const std::string& requests) {
  Home home;
  Load load;
  std::vector<std::string> args = mode.args;
  args.insert(args.end(), {"-x", "processCommand"});
  std::thread server([&] {
    load.traced = trace(args,
                        {"redis-server", "--port", "0", "--unixsocket", home.socket(), "--save", "",
                         "--appendonly", "no", "--dir", home.path(), "--logfile", home.log()},
                        {.timeout_s = 150});
  });
  if (home.wait_until_ready().empty()) {
    ADD_FAILURE() << "the server never was ready";
  } else {
    load.benchmark = run({"redis-benchmark", "-s", home.socket(), "-n", requests, "-c", "20", "-t",
                          "set,get", "--csv"},
                         {.timeout_s = 120});
    load.ping = client(home, {"PING"});
    load.info = client(home, {"INFO", "commandstats"}).out;
    client(home, {"SHUTDOWN", "NOSAVE"});
  }
  server.join();
  return load;
}

void expect_equal(const Load& load, std::uint64_t requests) {
  const std::string all = load.info + load.benchmark.out + load.benchmark.err + story(load.traced);
  ASSERT_TRUE(load.traced.valid) << all;
  const Commands commands = commands_in(load.info);
  EXPECT_GE(commands.calls, requests) << all;
  EXPECT_EQ(commands.failed, 0U) << all;
  EXPECT_EQ(commands.rejected, 0U) << all;
  // INFO counts itself when it has answered, and SHUTDOWN comes after it.
  EXPECT_EQ(load.traced.hits, commands.calls + commands.rejected + 2) << all;
  EXPECT_EQ(load.traced.missed, 0U) << all;
  EXPECT_EQ(load.traced.lost, 0U) << all;
  EXPECT_EQ(load.traced.audit, "held") << all;
  EXPECT_EQ(load.benchmark.exit_code, 0) << all;
  EXPECT_EQ(load.benchmark.err.find("rror"), std::string::npos) << all;
  EXPECT_EQ(load.ping.out, "PONG\n") << all;
  EXPECT_EQ(load.traced.run.exit_code, 0) << all;
  std::printf("%lu hits, %lu commands by redis\n%s", load.traced.hits, commands.calls + 2,
              load.benchmark.out.c_str());
}

// -n is for each of the two tests.
TEST(Redis, EveryCommandIsAHit) {
  const Load load = under_load(exact_modes()[0], "50000");
  expect_equal(load, 100000);
  EXPECT_EQ(load.traced.bystander_stops, 0U) << story(load.traced);
}

TEST(Redis, EveryCommandIsAHitSingleStepped) {
  expect_equal(under_load(exact_modes()[1], "10000"), 20000);
}

TEST(Redis, EveryCommandIsAHitWithAllStopped) {
  expect_equal(under_load(exact_modes()[2], "2000"), 4000);
}

}  // namespace
}  // namespace sidestep::test
