#include "support/background.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace sidestep::test {
namespace {

constexpr int kPatience_ms = 60'000;

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string proc(pid_t pid, const std::string& file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

}  // namespace

Background::Background(const std::vector<std::string>& argv) {
  signal(SIGPIPE, SIG_IGN);  // it may be dead by the time it is told something
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  // As a shell at a terminal would start it: what starts the tests may itself ignore some of these.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t usual;
  sigemptyset(&usual);
  for (const int signal : {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE}) sigaddset(&usual, signal);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int error = posix_spawnp(&pid_, words[0], &actions, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  in_ = in[1];
  out_ = out[0];
  if (error) throw std::system_error(error, std::generic_category(), argv[0]);
}

Background::~Background() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    kill(pid_, SIGCONT);
    waitpid(pid_, nullptr, 0);
  }
  if (in_ >= 0) close(in_);
  if (out_ >= 0) close(out_);
}

void Background::tell(const std::string& line) {
  const std::string text = line + "\n";
  [[maybe_unused]] const ssize_t n = write(in_, text.data(), text.size());
}

bool Background::read_more() {
  pollfd ready{out_, POLLIN, 0};
  if (poll(&ready, 1, kPatience_ms) <= 0) return false;
  char buffer[4096];
  const ssize_t got = read(out_, buffer, sizeof buffer);
  if (got > 0) said_.append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

bool Background::running() const {
  siginfo_t info{};
  return pid_ > 0 &&
         waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

bool Background::wait_for(const std::string& text) {
  for (;;) {
    const auto at = said_.find(text, matched_);
    if (at != std::string::npos && said_.find('\n', at) != std::string::npos) {
      matched_ = at + text.size();
      return true;
    }
    if (!read_more()) return false;
  }
}

RunResult Background::finish() {
  RunResult result;
  close(in_);
  in_ = -1;
  while (read_more()) continue;
  int status = 0;
  if (waitpid(pid_, &status, 0) == pid_) {
    if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    pid_ = -1;
  }
  result.out = said_;
  return result;
}

namespace {

struct Change {
  std::string path;
  unsigned long long offset;
};

/// Every byte of file-backed code that differs from its file.
std::vector<Change> changes(pid_t pid) {
  std::istringstream maps(slurp(proc(pid, "maps")));
  const int memory = open(proc(pid, "mem").c_str(), O_RDONLY | O_CLOEXEC);
  std::vector<Change> all;
  for (std::string line; std::getline(maps, line);) {
    unsigned long long begin = 0, end = 0, offset = 0, inode = 0;
    char rights[8], device[16], path[512] = "";
    if (std::sscanf(line.c_str(), "%llx-%llx %7s %llx %15s %llu %511s", &begin, &end, rights,
                    &offset, device, &inode, path) < 7)
      continue;
    if (inode == 0 || rights[2] != 'x' || rights[1] == 'w') continue;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    std::string now(end - begin, '\0'), then(end - begin, '\0');
    const ssize_t n = pread(file, then.data(), then.size(), static_cast<off_t>(offset));
    const ssize_t m = pread(memory, now.data(), now.size(), static_cast<off_t>(begin));
    close(file);
    for (ssize_t i = 0; i < std::min(n, m); ++i)
      if (now[static_cast<std::size_t>(i)] != then[static_cast<std::size_t>(i)])
        all.push_back({path, offset + static_cast<unsigned long long>(i)});
  }
  close(memory);
  return all;
}

}  // namespace

std::string changed_code(pid_t pid) {
  std::ostringstream text;
  for (const Change& change : changes(pid))
    text << change.path << "+0x" << std::hex << change.offset << '\n';
  return text.str();
}

std::size_t changed_bytes(pid_t pid, const std::string& file) {
  const auto all = changes(pid);
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [&](const Change& change) { return change.path.ends_with(file); }));
}

std::size_t mapping_count(pid_t pid) {
  const std::string maps = slurp(proc(pid, "maps"));
  return static_cast<std::size_t>(std::count(maps.begin(), maps.end(), '\n'));
}

std::size_t stopped_threads(pid_t pid) {
  std::size_t stopped = 0;
  DIR* directory = opendir(proc(pid, "task").c_str());
  while (const dirent* entry = directory ? readdir(directory) : nullptr) {
    if (entry->d_name[0] == '.') continue;
    const std::string stat = slurp(proc(pid, std::string("task/") + entry->d_name + "/stat"));
    const auto at = stat.rfind(')');
    if (at != std::string::npos && (stat[at + 2] == 'T' || stat[at + 2] == 't')) ++stopped;
  }
  if (directory) closedir(directory);
  return stopped;
}

int tracer_of(pid_t pid) {
  const std::string status = slurp(proc(pid, "status"));
  const auto at = status.find("TracerPid:");
  return at == std::string::npos ? -1 : std::atoi(status.c_str() + at + 10);
}

bool catches(pid_t pid, int signal) {
  const std::string status = slurp(proc(pid, "status"));
  const auto at = status.find("SigCgt:");
  return at != std::string::npos &&
         std::stoull(status.substr(at + 7), nullptr, 16) >> (signal - 1) & 1;
}

std::string comm_of(pid_t pid) {
  std::string name = slurp(proc(pid, "comm"));
  if (!name.empty()) name.pop_back();
  return name;
}

std::vector<pid_t> children_of(pid_t pid) {
  std::istringstream list(slurp(proc(pid, "task/" + std::to_string(pid) + "/children")));
  return {std::istream_iterator<pid_t>(list), {}};
}

std::size_t scratch_areas(pid_t pid) {
  std::istringstream maps(slurp(proc(pid, "maps")));
  std::size_t areas = 0;
  for (std::string line; std::getline(maps, line);)
    areas += line.find(" r-xp 00000000 00:00 0") != std::string::npos &&
             line.find('[') == std::string::npos && line.find('/') == std::string::npos;
  return areas;
}

}  // namespace sidestep::test
