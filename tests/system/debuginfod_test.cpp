// --debuginfod: debug files that are not on this machine come from the servers of $DEBUGINFOD_URLS,
// and without it nobody is asked, whatever that says.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "race/exactness.hpp"
#include "support/temporary_file.hpp"

namespace sidestep::test {
namespace {

/// A port on this machine where somebody listens.
class Server {
 public:
  Server() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, generic, length), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, generic, &length), 0);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~Server() { ::close(listener_); }

  const std::string& url() const { return url_; }
  /// Whoever connects stays in the queue until it is accepted, also when it has gone.
  bool was_asked() const {
    pollfd waiting{listener_, POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 1;
  }
  /// Nobody comes any more.
  void shut() { ::shutdown(listener_, SHUT_RDWR); }

  /// Answers the first request with `page` and others with nothing, until shut(); what the first
  /// was.
  std::string serve(const std::string& page) {
    std::string first;
    for (int client = 0; (client = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(client)) {
      const std::string request = read_request(client);
      if (first.empty())
        answer(client, "200 OK", page);
      else
        answer(client, "404 Not Found", "");
      if (first.empty()) first = request;
    }
    return first;
  }

 private:
  static std::string read_request(int client) {
    std::string request;
    char part[1024];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(client, part, sizeof part, 0);
      if (got <= 0) break;
      request.append(part, static_cast<std::size_t>(got));
    }
    return request;
  }
  static void answer(int client, const std::string& status, const std::string& page) {
    const std::string all = "HTTP/1.0 " + status +
                            "\r\nContent-Length: " + std::to_string(page.size()) + "\r\n\r\n" +
                            page;
    for (std::size_t sent = 0; sent < all.size();) {
      const ssize_t now = ::send(client, all.data() + sent, all.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) break;
      sent += static_cast<std::size_t>(now);
    }
    ::shutdown(client, SHUT_WR);
    char rest[1024];
    while (::recv(client, rest, sizeof rest, 0) > 0) continue;
  }

  const int listener_;
  std::string url_;
};

/// A program whose `main` only its debug file names, and that is not where anybody would look.
class Debuginfod : public testing::Test {
 protected:
  void SetUp() override {
    const std::string whole = tracee("inlined");
    ASSERT_EQ(run({"objcopy", "--only-keep-debug", whole, debug_.path()}).exit_code, 0);
    ASSERT_EQ(run({"strip", "-s", "-o", stripped_.path(), whole}).exit_code, 0);
    ASSERT_EQ(chmod(stripped_.path().c_str(), 0700), 0);
    std::string folder = (std::filesystem::temp_directory_path() / "debuginfod-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    cache_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(cache_); }

  RunResult sidestep(std::vector<std::string> args) {
    args.insert(args.begin(), binary("sidestep"));
    return run(args, {.environment = {{"DEBUGINFOD_URLS", server_.url()},
                                      {"DEBUGINFOD_CACHE_PATH", cache_.string()},
                                      {"DEBUGINFOD_VERBOSE", ""},
                                      {"no_proxy", "127.0.0.1"}}});
  }
  RunResult served(const std::vector<std::string>& args, std::string& request) {
    std::thread answering([&] { request = server_.serve(debug_.read()); });
    RunResult result = sidestep(args);
    server_.shut();
    answering.join();
    return result;
  }

  Server server_;
  const TemporaryFile debug_, stripped_;
  std::filesystem::path cache_;
};

TEST_F(Debuginfod, NobodyIsAskedWithoutIt) {
  EXPECT_EQ(sidestep({"list", "-x", "main", stripped_.path()}).exit_code, 2);
  EXPECT_EQ(sidestep({"-x", "main", stripped_.path()}).exit_code, 2);
  EXPECT_EQ(sidestep({"list", "-x", "inlined.c:20", stripped_.path()}).exit_code, 2);
  EXPECT_FALSE(server_.was_asked());
}

TEST_F(Debuginfod, ListAsks) {
  std::string request;
  const RunResult result =
      served({"list", "--debuginfod", "-x", "main@MAIN", stripped_.path()}, request);
  EXPECT_TRUE(request.starts_with("GET /buildid/")) << request;
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("(int argc, char **argv)"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("inlined.c:"), std::string::npos) << result.out;
}

TEST_F(Debuginfod, TracingAsks) {
  std::string request;
  const RunResult result =
      served({"--debuginfod", "-x", "main@MAIN argc", stripped_.path(), "3"}, request);
  EXPECT_TRUE(request.starts_with("GET /buildid/")) << request;
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("main(argc=2)"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace sidestep::test
