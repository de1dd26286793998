#include "cli/memory_handover.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>

namespace sidestep::cli {
namespace {

/// SCM_RIGHTS, unix(7): one descriptor beside the process id that it belongs to.
struct Letter {
  int pid = 0;
  iovec text{&pid, sizeof pid};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> enclosed{};
  msghdr header{};

  Letter() {
    header.msg_iov = &text;
    header.msg_iovlen = 1;
    header.msg_control = enclosed.data();
    header.msg_controllen = enclosed.size();
  }
  Letter(const Letter&) = delete;
  Letter& operator=(const Letter&) = delete;
};

int open_checked(const std::filesystem::path& file, Address at) {
  const int memory = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  char byte = 0;
  if (memory < 0 || ::pread(memory, &byte, 1, static_cast<off_t>(at.value)) == 1) return memory;
  ::close(memory);
  return -1;
}

}  // namespace

/// A leader that has exited has no memory any more, but the process's other threads do.
int open_memory(Pid pid, Address at) {
  const std::filesystem::path process = "/proc/" + std::to_string(pid.value);
  const int memory = open_checked(process / "mem", at);
  if (memory >= 0) return memory;
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator(process / "task", gone))
    if (const int found = open_checked(task.path() / "mem", at); found >= 0) return found;
  return -1;
}

MemoryHandover::MemoryHandover() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
  sender_ = ends[0];
  receiver_ = ends[1];
}

MemoryHandover::~MemoryHandover() {
  if (sender_ >= 0) ::close(sender_);
  if (receiver_ >= 0) ::close(receiver_);
}

void MemoryHandover::hand_over(Pid pid, Address at) {
  const int memory = sender_ < 0 ? -1 : open_memory(pid, at);
  if (memory < 0) return;
  Letter letter;
  letter.pid = pid.value;
  cmsghdr* const control = CMSG_FIRSTHDR(&letter.header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof memory);
  std::memcpy(CMSG_DATA(control), &memory, sizeof memory);
  ::sendmsg(sender_, &letter.header, MSG_DONTWAIT | MSG_NOSIGNAL);
  ::close(memory);
}

std::map<int, int> MemoryHandover::take_all() {
  std::map<int, int> all;
  for (;;) {
    Letter letter;
    const ssize_t n = ::recvmsg(receiver_, &letter.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n != sizeof letter.pid) return all;
    const cmsghdr* const control = CMSG_FIRSTHDR(&letter.header);
    if (!control || control->cmsg_type != SCM_RIGHTS) continue;
    int memory = -1;
    std::memcpy(&memory, CMSG_DATA(control), sizeof memory);
    const auto [known, fresh] = all.emplace(letter.pid, memory);
    if (fresh) continue;
    ::close(known->second);  // of an image before an exec
    known->second = memory;
  }
}

}  // namespace sidestep::cli
