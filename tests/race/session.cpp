#include "race/session.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "support/run.hpp"

namespace sidestep::test {
namespace {

constexpr int kPatience_ms = 30000;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::string make_directory() {
  std::string name = std::filesystem::temp_directory_path() / "sidestep-session-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) fail("mkdtemp");
  return name;
}

pid_t start(std::vector<std::string> argv, const std::string& out, const std::string& err) {
  std::vector<char*> pointers;
  for (std::string& one : argv) pointers.push_back(one.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_APPEND, 0);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_APPEND, 0);
  pid_t child = -1;
  const int error = posix_spawnp(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), argv[0]);
  return child;
}

int wait_for(pid_t child) {
  int status = -1;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return status;
}

}  // namespace

std::optional<std::int64_t> json_number(const std::string& record, const std::string& key) {
  const auto at = record.find("\"" + key + "\":");
  if (at == std::string::npos) return std::nullopt;
  return std::strtoll(record.c_str() + at + key.size() + 3, nullptr, 10);
}

std::optional<std::uint64_t> json_hex(const std::string& record, const std::string& key) {
  const auto at = record.find("\"" + key + "\":\"0x");
  if (at == std::string::npos) return std::nullopt;
  return std::strtoull(record.c_str() + at + key.size() + 4, nullptr, 16);
}

Session::Session(const std::vector<std::string>& sidestep_args,
                 const std::vector<std::string>& command)
    : directory_(make_directory()) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::string path = directory_ + "/events";
  if (mkfifo(path.c_str(), 0600) != 0) fail("mkfifo");
  fifo_ = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fifo_ < 0) fail("open");
  std::vector<std::string> argv = {binary("sidestep"), "--format", "jsonl", "-o", path};
  argv.insert(argv.end(), sidestep_args.begin(), sidestep_args.end());
  argv.push_back("--");
  argv.insert(argv.end(), command.begin(), command.end());
  sidestep_ = start(argv, out_.path(), err_.path());
  sidestep_alive_ = true;
  while (tracee_ == 0 && next()) continue;
}

Session::~Session() {
  if (tracee_alive_ && tracee_ > 0) kill(tracee_, SIGKILL);
  if (sidestep_alive_) {
    kill(sidestep_, SIGKILL);
    wait_for(sidestep_);
  }
  if (tracee_alive_ && tracee_ > 0) wait_for(tracee_);
  if (fifo_ >= 0) close(fifo_);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void Session::note(const std::string& record) {
  if (record.find("\"type\":\"hit\"") != std::string::npos) ++hits_;
  if (record.find("\"type\":\"summary\"") != std::string::npos) {
    ++summaries_;
    summary_ = parse_summary(record);
  }
  if (record.find("\"type\":\"start\"") != std::string::npos && tracee_ == 0) {
    tracee_ = static_cast<pid_t>(json_number(record, "pid").value_or(0));
    site_ = json_hex(record, "ip").value_or(0);
    tracee_alive_ = true;
  }
}

std::optional<std::string> Session::next() {
  for (;;) {
    const auto end = pending_.find('\n');
    if (end != std::string::npos) {
      std::string record = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      note(record);
      return record;
    }
    pollfd ready{fifo_, POLLIN, 0};
    const int count = poll(&ready, 1, kPatience_ms);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    char buffer[4096];
    const ssize_t got = read(fifo_, buffer, sizeof buffer);
    if (got == 0) return std::nullopt;
    if (got > 0) pending_.append(buffer, static_cast<std::size_t>(got));
  }
}

bool Session::read_hits(std::uint64_t wanted) {
  while (hits_ < wanted)
    if (!next()) return false;
  return true;
}

int Session::finish() {
  while (next()) continue;
  const int status = wait_for(sidestep_);
  sidestep_alive_ = false;
  tracee_alive_ = kill(tracee_, 0) == 0;
  return status;
}

int Session::finish_tracee() {
  const int status = wait_for(tracee_);
  tracee_alive_ = false;
  return status;
}

}  // namespace sidestep::test
