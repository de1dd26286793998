#include "linux/obstacles.hpp"

#include <linux/capability.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "linux/proc.hpp"

namespace sidestep::os {
namespace {

std::string link_of(const std::string& path) {
  char target[256];
  const ssize_t n = ::readlink(path.c_str(), target, sizeof target);
  return n > 0 ? std::string(target, static_cast<std::size_t>(n)) : "";
}

}  // namespace

int yama_scope(const std::string& proc) {
  return std::atoi(proc::slurp(proc + "/sys/kernel/yama/ptrace_scope").c_str());
}

std::string yama_on_attaching(int scope, bool capable) {
  if (scope >= 3) return "Yama's ptrace_scope is 3: nobody may attach until a reboot";
  if (scope <= 0 || capable) return "";
  return "Yama's ptrace_scope is " + std::to_string(scope) +
         (scope == 1 ? ", which allows it for one's own children only"
                     : ", which allows it with CAP_SYS_PTRACE only") +
         "; run sidestep as root, or set kernel.yama.ptrace_scope to 0";
}

/// Scope 1 is no obstacle: what is launched is a child.
std::string yama_on_launching(int scope, bool capable) {
  return scope == 1 ? "" : yama_on_attaching(scope, capable);
}

std::uint64_t capabilities(const std::string& proc) {
  const std::string status = proc::slurp(proc + "/self/status");
  const std::size_t at = status.find("\nCapEff:");
  return at == std::string::npos ? 0 : std::strtoull(status.c_str() + at + 8, nullptr, 16);
}

bool may_trace_all(const std::string& proc) {
  return capabilities(proc) >> CAP_SYS_PTRACE & 1;
}

/// Nobody is a tracee of his own: where the call is let through it says ESRCH.
bool ptrace_is_filtered() {
  return ::ptrace(PTRACE_CONT, ::getpid(), nullptr, nullptr) != 0 && errno != ESRCH;
}

/// The link is there only for who may trace; the map of user ids is for all to read, but two
/// namespaces can have the same.
bool in_other_user_namespace(Tid other) {
  const std::string its = "/proc/" + std::to_string(other.value);
  const std::string link = link_of(its + "/ns/user");
  if (!link.empty()) return link != link_of("/proc/self/ns/user");
  return proc::slurp(its + "/uid_map") != proc::slurp("/proc/self/uid_map");
}

}  // namespace sidestep::os
