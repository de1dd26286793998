#include "linux/wait_text.hpp"

#include <signal.h>
#include <string.h>

#include <cstdio>

namespace sidestep::os {
namespace {

std::string name_of(int signal) {
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) return "SIGRT_" + std::to_string(signal - SIGRTMIN);
  const char* name = ::sigabbrev_np(signal);
  return name ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

std::string meaning(const core::RawStop& stop, std::uint64_t message) {
  using Kind = core::RawStop::Kind;
  switch (stop.kind) {
    case Kind::Signal:
      return "stopped by " + name_of(stop.code);
    case Kind::Syscall:
      return "stopped at a system call";
    case Kind::Group:
      return "group-stop by " + name_of(stop.code);
    case Kind::Nudge:
      return "first stop of a new thread, interrupt, or SIGCONT";
    case Kind::Clone:
      return "clone: new tid=" + std::to_string(message);
    case Kind::Vfork:
      return "vfork: new pid=" + std::to_string(message);
    case Kind::VforkDone:
      return "vfork: the child has released the memory";
    case Kind::Exec:
      return "exec: a new program";
    case Kind::Exit:
      return "about to exit";
    case Kind::Exited:
      return "exited with " + std::to_string(stop.code);
    case Kind::Killed:
      return "killed by " + name_of(stop.code);
    case Kind::Other:
      break;
  }
  return "other event";
}

}  // namespace

std::string wait_text(const core::RawStop& stop, std::uint64_t message) {
  char head[32];
  std::snprintf(head, sizeof head, "status=0x%06x: ", static_cast<unsigned>(stop.status));
  return head + meaning(stop, message);
}

}  // namespace sidestep::os
