#include "support/run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <sstream>
#include <system_error>

#include "support/temporary_file.hpp"

namespace sidestep::test {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& one : strings) result.push_back(one.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> result;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string entry(*one);
    if (!added.contains(entry.substr(0, entry.find('=')))) result.push_back(entry);
  }
  for (const auto& [name, value] : added) result.push_back(name + "=" + value);
  return result;
}

// How the child starts: its streams on files (a pipe would be held open by whatever it leaves
// behind), a process group of its own, no signal blocked or ignored on our account.
class Spawn {
 public:
  Spawn(const std::string& input, const TemporaryFile& out, const TemporaryFile& err) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, 0, input.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, 1, out.path().c_str(), O_WRONLY | O_APPEND, 0);
    posix_spawn_file_actions_addopen(&actions_, 2, err.path().c_str(), O_WRONLY | O_APPEND, 0);
    sigset_t none, reset;
    sigemptyset(&none);
    sigfillset(&reset);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &reset);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  pid_t start(std::vector<std::string> argv, std::vector<std::string> environment) const {
    pid_t child = -1;
    const int error = posix_spawnp(&child, argv[0].c_str(), &actions_, &attributes_,
                                   pointers(argv).data(), pointers(environment).data());
    if (error != 0) throw std::system_error(error, std::generic_category(), argv[0]);
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// True when the child ended before its time was up.
bool ends_within(pid_t child, double timeout_s) {
  // By number: glibc 2.36 declares pidfd_open without extern "C".
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "pidfd_open");
  const auto deadline = Clock::now() + std::chrono::duration<double>(timeout_s);
  int ready = 0;
  do {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd ended{fd, POLLIN, 0};
    ready = poll(&ended, 1, std::max(0, static_cast<int>(left.count())));
  } while (ready < 0 && errno == EINTR);
  close(fd);
  return ready > 0;
}

}  // namespace

RunResult run(const std::vector<std::string>& argv, const RunOptions& options) {
  const TemporaryFile input(options.input), out, err;
  const Spawn spawn(options.input.empty() ? "/dev/null" : input.path(), out, err);
  const auto began = Clock::now();
  const pid_t child = spawn.start(argv, environment_with(options.environment));
  RunResult result;
  result.timed_out = !ends_within(child, options.timeout_s);
  if (result.timed_out) kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.out = out.read();
  result.err = err.read();
  return result;
}

std::string binary(const std::string& name) {
  return SIDESTEP_BIN_DIR "/" + name;
}
std::string tracee(const std::string& name) {
  return SIDESTEP_BIN_DIR "/tracee/" + name;
}

std::map<std::string, std::string> key_values(const std::string& text) {
  std::map<std::string, std::string> result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos && line.find(' ') == std::string::npos)
      result[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return result;
}

std::optional<std::uint64_t> number(const std::string& text, const std::string& key) {
  const auto values = key_values(text);
  const auto found = values.find(key);
  if (found == values.end()) return std::nullopt;
  std::uint64_t value = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [stopped, error] = std::from_chars(found->second.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> arrivals(const RunResult& result) {
  const auto found = number(result.out, "arrivals");
  return found ? found : number(result.err, "arrivals");
}

bool checks_held(const RunResult& result) {
  return result.exit_code == 0 &&
         (number(result.out, "ok") == 1U || number(result.err, "ok") == 1U);
}

}  // namespace sidestep::test
