#include "linux/attach.hpp"

#include <linux/kcmp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <string>

#include "linux/exec_reaper.hpp"
#include "linux/obstacles.hpp"
#include "linux/proc.hpp"
#include "linux/ptrace_options.hpp"

namespace sidestep::os {
namespace {

Error setup(Tid tid, const std::string& what) {
  return {ErrorKind::Setup, "-p " + std::to_string(tid.value) + ": " + what};
}

bool is_dead(const std::optional<proc::Status>& status) {
  return !status || status->state == 'Z' || status->state == 'X';
}

std::string user_name(unsigned id) {
  passwd entry{}, *found = nullptr;
  char text[1024];
  getpwuid_r(id, &entry, text, sizeof text, &found);
  return found ? found->pw_name : std::to_string(id);
}

std::string link_of(const std::string& path) {
  char target[256];
  const ssize_t n = ::readlink(path.c_str(), target, sizeof target);
  return n > 0 ? std::string(target, static_cast<std::size_t>(n)) : "";
}

/// What to do for somebody who would need CAP_SYS_PTRACE.
std::string without_capability(unsigned owner) {
  if (::geteuid() == 0)
    return ", and this root has no CAP_SYS_PTRACE; grant it (docker: --cap-add SYS_PTRACE)";
  return owner == ::geteuid() ? "; run sidestep as root" : "; run it as that user or as root";
}

/// Whether this thread is traced by one of ours: born of a seized parent, attached by the kernel.
bool is_ours(const proc::Status& status) {
  const auto tracer = proc::status({status.tracer.value});
  return status.tracer.value && tracer && tracer->process.value == ::getpid();
}

Error already_traced(Tid tid, const proc::Status& status) {
  return setup(tid, "already traced by " + std::to_string(status.tracer.value) + " (" +
                        proc::comm({status.tracer.value}) +
                        "); a process can have one tracer: end that one first");
}

constexpr const char* hidden =
    "there is such a process, but /proc does not show it: it is another user's, and /proc is "
    "mounted with hidepid; run sidestep as that user or as root";

bool is_hidden(int id) {
  return ::kill(id, 0) == 0 || errno == EPERM;
}

/// This process, or the one that waits for it (cli/guardian.hpp).
bool is_sidestep_itself(Pid pid) {
  if (pid.value == ::getpid()) return true;
  const std::string exe = "/proc/" + std::to_string(pid.value) + "/exe";
  return pid.value == ::getppid() && link_of(exe) == link_of("/proc/self/exe");
}

/// When a thread that is not the leader execs, the leader's id passes to it. Looked at in that
/// moment, the id shows the task that has just been released: one without any threads.
std::optional<proc::Status> settled_status(Tid tid) {
  constexpr int enough = 20;
  for (int attempt = 0;; ++attempt) {
    const auto status = proc::status(tid);
    if (!status || status->threads || attempt == enough) return status;
    ::usleep(100);  // the exec's, not ours to wait for in any other way
  }
}

}  // namespace

Result<Pid> find_target(int id) {
  const auto status = settled_status({id});
  if (!status) return setup({id}, is_hidden(id) ? hidden : "no such process");
  if (is_sidestep_itself(status->process))
    return Error{ErrorKind::Usage, "-p " + std::to_string(id) +
                                       ": that is sidestep itself, which can't trace itself"};
  const Tid leader{status->process.value};
  if (status->kernel) return setup({id}, "a kernel thread; only programs can be traced");
  if (status->state == 'Z' && status->threads <= 1)
    return setup({id}, "it has ended already (a zombie, not yet waited for by its parent)");
  if (status->tracer.value) return already_traced({id}, *status);
  return Pid{leader.value};
}

bool is_readable(const std::string& path) {
  return ::access(path.c_str(), R_OK) == 0;
}

Error why_not(Tid tid, int error, const std::string& proc) {
  const auto status = proc::status(tid);
  if (error == ESRCH || is_dead(status)) return setup(tid, "no such process");
  if (status->tracer.value) return already_traced(tid, *status);
  const auto because = [&](const std::string& why) {
    return setup(tid, std::string("not permitted (") + std::strerror(error) + "): " + why);
  };
  const bool capable = may_trace_all(proc);
  const std::string yama = yama_on_attaching(yama_scope(proc), capable);
  if (ptrace_is_filtered())
    return because(
        "sidestep runs under a seccomp filter that forbids ptrace; run it outside, or allow "
        "ptrace in the container");
  if (!yama.empty() && capable) return because(yama);  // scope 3: whoever asks
  if (status->user != ::geteuid() && !capable)
    return because("it belongs to user " + user_name(status->user) + ", sidestep runs as " +
                   user_name(::geteuid()) + without_capability(status->user));
  if (in_other_user_namespace(tid))
    return because(
        "it lives in another user namespace, where sidestep has no CAP_SYS_PTRACE; run sidestep "
        "inside, or as root of the host");
  if (!yama.empty()) return because(yama);
  if (!capable && (status->permitted & ~capabilities(proc)))
    return because("it has capabilities that sidestep lacks" + without_capability(status->user));
  return because("it is not dumpable, or a security module forbids it" +
                 (capable ? std::string() : without_capability(status->user)));
}

namespace {

/// 0, or why not. In the middle of an exec by another thread the leader's id belongs to a task that
/// has ended (EPERM), and a moment later to the one that runs the new image.
int seize(Tid tid, ExecReaper& reaper) {
  for (int attempt = 0;; ++attempt) {
    reaper.begin(tid);
    const int error = ::ptrace(PTRACE_SEIZE, tid.value, nullptr, followed) == 0 ? 0 : errno;
    reaper.end();
    constexpr int enough = 20;
    const auto status = proc::status(tid);
    const bool may_be_over = error == EPERM && status && !status->tracer.value && !is_dead(status);
    if (!may_be_over || attempt == enough) return error;
    ::usleep(100);  // the exec's, not ours to wait for in any other way
  }
}

/// One process's threads: done when two listings in a row have shown nobody new and at least as
/// many threads as there are.
Result<void> seize_threads(Pid pid, ExecReaper& reaper, std::set<Tid>& seized) {
  std::set<Tid> known;
  for (int quiet = 0; quiet < 2;) {
    const std::vector<Tid> listed = proc::tasks(pid);
    const auto leader = proc::status({pid.value});
    if (listed.empty() || !leader) return setup({pid.value}, "it ended while being attached to");
    bool any_new = false;
    for (const Tid tid : listed) {
      if (known.contains(tid)) continue;
      const int error = seize(tid, reaper);
      const auto status = proc::status(tid);
      // Not known for good: the id of a leader that has exited may come to life by an exec.
      if (error == ESRCH || (error && is_dead(status))) continue;
      if (error && !is_ours(*status)) return why_not(tid, error);
      if (!error) seized.insert(tid);
      any_new = true;
      known.insert(tid);
    }
    quiet = !any_new && listed.size() >= leader->threads ? quiet + 1 : 0;
  }
  return {};
}

/// Children that run in the process's memory (vfork, CLONE_VM): they will meet its traps too.
std::vector<Pid> sharers(Pid pid) {
  std::vector<Pid> all;
  for (const Pid child : proc::children(pid))
    if (::syscall(SYS_kcmp, pid.value, child.value, KCMP_VM, 0, 0) == 0) all.push_back(child);
  return all;
}

}  // namespace

Result<std::vector<Tid>> seize_all(Pid pid) {
  ExecReaper reaper;
  std::set<Tid> seized;
  if (auto done = seize_threads(pid, reaper, seized); !done) return done.error();
  for (const Pid sharer : sharers(pid))
    if (auto done = seize_threads(sharer, reaper, seized); !done && proc::exists({sharer.value}))
      return done.error();
  std::erase_if(seized, [](Tid tid) { return !proc::exists(tid); });
  if (seized.empty()) return setup({pid.value}, "it ended while being attached to");
  return std::vector<Tid>(seized.begin(), seized.end());
}

}  // namespace sidestep::os
