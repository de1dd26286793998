// Debian's nginx, stripped and without debug information, a master and its workers: each request is
// one hit, and the stack of each leads through the event loop to main, though most functions on the
// way have no name.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <thread>

#include "race/exactness.hpp"
#include "support/events.hpp"

namespace sidestep::test {
namespace {

const std::string kEnd = "end of the page";

/// One kept connection over a socket of the file system.
class Connection {
 public:
  explicit Connection(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Connection() { close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool connected() const { return connected_; }

  /// Asks, and reads on to the end of the page; whether it came.
  bool get(const std::string& page) {
    const std::string request = "GET /" + page + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if (send(socket_, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
      return false;
    std::string answer;
    char buffer[4096];
    while (!answer.ends_with(kEnd)) {
      const ssize_t got = recv(socket_, buffer, sizeof buffer, 0);
      if (got <= 0) return false;
      answer.append(buffer, static_cast<std::size_t>(got));
    }
    return answer.starts_with("HTTP/1.1 200 ");
  }

 private:
  int socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool connected_ = false;
};

class Server {
 public:
  explicit Server(std::vector<std::string> args)
      : recorder_((args.insert(args.begin(), "-f"), args),
                  {"nginx", "-c", configured(), "-e", home_.file("error.log")}) {}

  std::string socket() const { return home_.file("socket"); }
  /// Its socket takes connections: they wait there for its workers.
  bool ready() {
    while (recorder_.program().running())
      if (Connection(socket()).connected()) return true;
    return false;
  }
  Recording stop() {
    pid_t master = 0;
    while (recorder_.program().running() && !(std::ifstream(home_.file("pid")) >> master)) continue;
    if (master > 0) kill(master, SIGQUIT);
    return recorder_.finish();
  }

 private:
  std::string configured() const {
    home_.write("index.html", std::string(3000, 'x') + kEnd);
    std::string temporary;
    for (const char* one : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      temporary += std::string(one) + "_temp_path " + home_.file(one) + "; ";
    return home_.write("nginx.conf", "daemon off; worker_processes 2; user root; pid " +
                                         home_.file("pid") + "; error_log " +
                                         home_.file("error.log") +
                                         " warn; events { worker_connections 256; }\n"
                                         "http { access_log off; " +
                                         temporary + "server { listen unix:" + socket() +
                                         "; root " + home_.path() + "; } }\n");
  }

  const TemporaryDirectory home_;
  Recorder recorder_;
};

constexpr unsigned kClients = 3, kConnections = 5, kRequests = 10;
constexpr std::uint64_t kServed = kClients * kConnections * kRequests;

/// Clients at the same time, connection after connection; how many pages came.
std::uint64_t ask(const std::string& socket) {
  std::vector<std::uint64_t> answered(kClients);
  std::vector<std::thread> clients;
  for (unsigned c = 0; c < kClients; ++c)
    clients.emplace_back([&, c] {
      for (unsigned i = 0; i < kConnections; ++i) {
        Connection connection(socket);
        for (unsigned r = 0; r < kRequests; ++r)
          answered[c] += connection.get("index.html") ? 1 : 0;
      }
    });
  for (std::thread& client : clients) client.join();
  std::uint64_t all = 0;
  for (const std::uint64_t one : answered) all += one;
  return all;
}

/// These functions are on the stack in this order, others between them.
bool leads_through(const std::vector<std::string>& stack, const std::vector<std::string>& names) {
  auto at = stack.begin();
  for (const std::string& name : names) {
    at = std::find(at, stack.end(), name);
    if (at == stack.end()) return false;
  }
  return true;
}

std::string lines(const std::vector<std::string>& stack) {
  std::string all;
  for (const std::string& one : stack) all += one + "\n";
  return all;
}

const std::vector<std::string> kWay = {"ngx_process_events_and_timers",
                                       "ngx_spawn_process",
                                       "ngx_master_process_cycle",
                                       "main",
                                       "__libc_start_main",
                                       "_start"};

class Nginx : public testing::TestWithParam<Mode> {};

TEST_P(Nginx, EachRequestsStackLeadsToMain) {
  const std::string entered = "ngx_http_process_request", called = "ngx_http_handler%return";
  std::vector<std::string> args = GetParam().args;
  args.insert(args.end(), {"-k", "-x", entered, "-x", called});
  Server server(args);
  ASSERT_TRUE(server.ready());
  EXPECT_EQ(ask(server.socket()), kServed);
  const Recording run = server.stop();
  ASSERT_TRUE(run.traced.valid) << story(run.traced);
  EXPECT_EQ(run.traced.missed, 0U) << story(run.traced);
  EXPECT_EQ(run.traced.lost, 0U) << story(run.traced);
  EXPECT_EQ(run.traced.audit, "held") << story(run.traced);
  EXPECT_EQ(run.traced.run.exit_code, 0) << story(run.traced);
  EXPECT_EQ(run.of(entered).size(), kServed);
  EXPECT_EQ(run.summary(called).hits, kServed);
  EXPECT_EQ(run.summary(called).returns, kServed);
  EXPECT_EQ(run.of(called).size(), kServed);
  for (const Event& event : run.events) {
    ASSERT_FALSE(event.stack.empty());
    EXPECT_EQ(event.stack.front(), event.func);
    EXPECT_EQ(event.stack.back(), "_start");
    EXPECT_TRUE(leads_through(event.stack, kWay)) << lines(event.stack);
  }
}

/// By a count of frames: so many of the same stack, and no more.
TEST_P(Nginx, AStackIsNoDeeperThanAsked) {
  std::vector<std::string> args = GetParam().args;
  args.insert(args.end(), {"-k=3", "-x", "ngx_http_process_request"});
  Server server(args);
  ASSERT_TRUE(server.ready());
  EXPECT_EQ(ask(server.socket()), kServed);
  const Recording run = server.stop();
  EXPECT_EQ(run.events.size(), kServed) << story(run.traced);
  std::set<std::vector<std::string>> different;
  for (const Event& event : run.events) {
    EXPECT_EQ(event.stack.size(), 3U) << lines(event.stack);
    different.insert(event.stack);
  }
  EXPECT_LE(different.size(), 2U);  // a connection's first request, and those that follow
}

INSTANTIATE_TEST_SUITE_P(System, Nginx, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

}  // namespace
}  // namespace sidestep::test
