#include "linux/host.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "linux/attach.hpp"
#include "linux/launch.hpp"
#include "linux/obstacles.hpp"
#include "linux/proc.hpp"
#include "linux/unique_fd.hpp"

namespace sidestep::os {
namespace {

using Verdict = Finding::Verdict;

std::string proc_file(int pid, const char* file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

/// A child that sleeps until it is ended with this object.
class Subject {
 public:
  Subject() : pid_(::fork()) {
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) ::pause();
  }
  ~Subject() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, __WALL);
  }
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  pid_t pid() const { return pid_; }

 private:
  const pid_t pid_;
};

Finding kernel() {
  utsname name{};
  ::uname(&name);
  int major = 0, minor = 0;
  std::sscanf(name.release, "%d.%d", &major, &minor);
  const bool enough = major > 5 || (major == 5 && minor >= 3);  // PTRACE_GET_SYSCALL_INFO
  const bool amd64 = std::strcmp(name.machine, "x86_64") == 0;
  const std::string says = std::string("Linux ") + name.release + " on " + name.machine;
  if (!amd64) return {Verdict::Bad, "system", says + "; sidestep traces amd64 programs only"};
  if (!enough) return {Verdict::Bad, "system", says + "; a kernel of 5.3 or later is needed"};
  return {Verdict::Good, "system", says};
}

Finding tracing_a_child(const Subject& subject) {
  if (subject.pid() > 0 && ::ptrace(PTRACE_SEIZE, subject.pid(), nullptr, 0) == 0)
    return {Verdict::Good, "launching", "a child can be traced (PTRACE_SEIZE)"};
  return {Verdict::Bad, "launching", why_no_child(errno)};
}

/// The child has the same text as we have: what is written there is the byte that is there already.
Finding writing_code(const Subject& subject) {
  const UniqueFd memory(::open(proc_file(subject.pid(), "mem").c_str(), O_RDWR | O_CLOEXEC));
  const auto at = static_cast<off_t>(reinterpret_cast<std::uintptr_t>(&examine_host));
  std::uint8_t byte = 0;
  const bool done = memory && ::pread(memory.get(), &byte, 1, at) == 1 &&
                    ::pwrite(memory.get(), &byte, 1, at) == 1;
  if (done) return {Verdict::Good, "breakpoints", "code can be written through /proc/PID/mem"};
  return {Verdict::Bad, "breakpoints",
          std::string("code can't be written through /proc/PID/mem: ") + std::strerror(errno) +
              "; see the kernel's parameter proc_mem.force_override"};
}

Finding scratch_memory() {
  const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const page =
      ::mmap(nullptr, size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED)
    return {Verdict::Bad, "slots",
            std::string("executable memory can't be mapped: ") + std::strerror(errno) +
                "; a security module forbids it (SELinux: execmem)"};
  ::munmap(page, size);
  return {Verdict::Good, "slots", "executable memory can be mapped"};
}

Finding waiting() {
  cpu_set_t set;
  const int processors = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  if (processors > 1) return {Verdict::Good, "speed", std::to_string(processors) + " processors"};
  return {Verdict::Note, "speed",
          "one processor: the program waits while sidestep runs; never use --wait spin"};
}

bool is_64_bit(int pid) {
  const UniqueFd exe(::open(proc_file(pid, "exe").c_str(), O_RDONLY | O_CLOEXEC));
  unsigned char ident[20] = {};
  if (!exe || ::pread(exe.get(), ident, sizeof ident, 0) != sizeof ident) return true;
  constexpr unsigned char amd64 = 62;  // EM_X86_64
  return ident[4] == 2 && ident[18] == amd64;
}

std::string many(unsigned count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

Finding examine_attaching(const std::string& proc) {
  const bool capable = may_trace_all(proc);
  const int scope = yama_scope(proc);
  const std::string yama = yama_on_attaching(scope, capable);
  const bool launching_works = yama_on_launching(scope, capable).empty();
  if (!yama.empty())
    return {launching_works ? Verdict::Note : Verdict::Bad, "attaching", "not possible: " + yama};
  if (capable) return {Verdict::Good, "attaching", "to any process (CAP_SYS_PTRACE)"};
  return {Verdict::Note, "attaching", "to your own processes; to others' as root"};
}

std::vector<Finding> examine_host() {
  const Subject subject;
  std::vector<Finding> all = {kernel(),         tracing_a_child(subject), writing_code(subject),
                              scratch_memory(), examine_attaching(),      waiting()};
  return all;
}

std::vector<Finding> examine_process(int id) {
  const std::string what = "process " + std::to_string(id);
  const auto target = find_target(id);
  if (!target) return {{Verdict::Bad, what, target.error().message}};
  const auto status = proc::status({target->value});
  if (!status) return {{Verdict::Bad, what, "it has ended"}};
  std::vector<Finding> all = {
      {Verdict::Good, what, proc::comm({target->value}) + ", " + many(status->threads, "thread")}};
  const int pid = target->value;
  if (!is_64_bit(pid))
    all.push_back({Verdict::Bad, what, "not an amd64 program: it can't be traced"});
  const UniqueFd memory(::open(proc_file(pid, "mem").c_str(), O_RDWR | O_CLOEXEC));
  if (!memory) {
    const Error error = why_not({pid}, errno);
    all.push_back({Verdict::Bad, what, error.message});
  } else {
    all.push_back({Verdict::Good, what, "its memory can be read and written"});
  }
  if (status->filtered)
    all.push_back(
        {Verdict::Note, what,
         "it runs under a seccomp filter; if that forbids mmap, tracing ends at the first "
         "hit, and if it kills for mmap, the process dies of it"});
  if (status->state == 'T')
    all.push_back(
        {Verdict::Note, what, "it is stopped; it will be so afterwards (SIGCONT goes on)"});
  if (proc::executable({pid}).ends_with(" (deleted)"))
    all.push_back({Verdict::Note, what,
                   "its executable was deleted or replaced; it is read through /proc, which needs "
                   "CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE for libraries"});
  return all;
}

}  // namespace sidestep::os
