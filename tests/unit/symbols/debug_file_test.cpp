// Debug files that only a build id leads to: on this machine, and from a server, which is asked
// only by those who want it.
#include <fcntl.h>
#include <gelf.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "loaded_file.hpp"

namespace sidestep::symbols::test {
namespace {

std::string contents(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

/// In hexadecimal digits.
std::string build_id_of(const std::string& path) {
  elf_version(EV_CURRENT);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  Elf* elf = elf_begin(fd, ELF_C_READ, nullptr);
  std::string id;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (!gelf_getshdr(section, &header) || header.sh_type != SHT_NOTE) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    GElf_Nhdr note;
    std::size_t name = 0, text = 0;
    for (std::size_t at = 0; (at = gelf_getnote(data, at, &note, &name, &text)) > 0;) {
      if (note.n_type != NT_GNU_BUILD_ID) continue;
      const auto* bytes = static_cast<const unsigned char*>(data->d_buf) + text;
      char digits[3];
      for (unsigned i = 0; i < note.n_descsz; ++i) {
        std::snprintf(digits, sizeof digits, "%02x", bytes[i]);
        id += digits;
      }
    }
  }
  elf_end(elf);
  ::close(fd);
  return id;
}

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "debug-files-XXXXXX").string();
    if (::mkdtemp(name.data())) path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

const core::Module module = module_of(fixture("names-by-id"), fixed_base);

TEST(DebugFile, IsFoundByBuildId) {
  const std::string id = build_id_of(fixture("names-by-id"));
  ASSERT_EQ(id.size(), 40u);
  ASSERT_EQ(find(module, "beta").count(), 0u) << "else this test shows nothing";
  // The folder for such files is the system's: for this process one more is laid over it.
  const Folder folder;
  const auto place = folder.path / "debug" / ".build-id" / id.substr(0, 2);
  std::filesystem::create_directories(place);
  std::filesystem::copy_file(fixture("names-by-id.debug"), place / (id.substr(2) + ".debug"));
  const std::string layers = "lowerdir=" + folder.path.string() + ":/usr/lib";
  const bool own = ::unshare(::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
                   ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  if (!own || ::mount("overlay", "/usr/lib", "overlay", MS_RDONLY, layers.c_str()) != 0)
    GTEST_SKIP() << "no file systems of one's own here: " << std::strerror(errno);
  const Found found = find(module, "beta");
  ::umount2("/usr/lib", MNT_DETACH);
  ASSERT_EQ(found.count(), 1u);
  EXPECT_EQ(found.only().address, fixed_base + truth_of("names-by-id").at("beta"));
}

/// A port on this machine whose only page is `page`.
class Server {
 public:
  Server() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, generic, &length) != 0)
      return;
    const std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    ::setenv("DEBUGINFOD_URLS", url.c_str(), 1);
    ::setenv("DEBUGINFOD_CACHE_PATH", cache_.path.c_str(), 1);
    ::setenv("no_proxy", "127.0.0.1", 1);
  }
  ~Server() { ::close(listener_); }
  /// Nobody comes any more.
  void shut() { ::shutdown(listener_, SHUT_RDWR); }

  /// Whoever connects stays in the queue until it is accepted, also after it has gone.
  bool was_asked() const {
    pollfd waiting{listener_, POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 1;
  }

  /// Answers the first request with `page`; what it was.
  std::string serve(const std::string& page) {
    const int client = ::accept(listener_, nullptr, nullptr);
    std::string request;
    char part[1024];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(client, part, sizeof part, 0);
      if (got <= 0) break;
      request.append(part, static_cast<std::size_t>(got));
    }
    const std::string answer =
        "HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n"
        "Content-Length: " +
        std::to_string(page.size()) + "\r\n\r\n" + page;
    for (std::size_t sent = 0; sent < answer.size();) {
      const ssize_t now = ::send(client, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) break;
      sent += static_cast<std::size_t>(now);
    }
    ::shutdown(client, SHUT_WR);
    while (::recv(client, part, sizeof part, 0) > 0) continue;
    ::close(client);
    return request;
  }

 private:
  const Folder cache_;
  const int listener_;
};

TEST(DebugFile, NoServerIsAskedUnlessThatIsWanted) {
  const Server server;
  EXPECT_EQ(find(*make_resolver(), module, "beta").count(), 0u);
  EXPECT_EQ(find(*make_resolver(Debuginfod::Off), module, "beta").count(), 0u);
  EXPECT_FALSE(server.was_asked());
}

TEST(DebugFile, IsFetchedByBuildIdIfThatIsWanted) {
  Server server;
  std::string request;
  std::thread answering([&] { request = server.serve(contents(fixture("names-by-id.debug"))); });
  const Found found = find(*make_resolver(Debuginfod::On), module, "beta");
  server.shut();
  answering.join();
  EXPECT_TRUE(
      request.starts_with("GET /buildid/" + build_id_of(fixture("names-by-id")) + "/debuginfo "))
      << request;
  ASSERT_EQ(found.count(), 1u);
  EXPECT_EQ(found.only().address, fixed_base + truth_of("names-by-id").at("beta"));
}

}  // namespace
}  // namespace sidestep::symbols::test
