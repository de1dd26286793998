// floor [--pinned|--unpinned] PROG [ARG...]
// The least that a breakpoint can cost: a ptrace loop of one stop a hit (wait, read rip, write rip,
// continue) and nothing else. PROG is a non-PIE with `target`, whose first instruction is four
// position-independent bytes, and room for one slot at `floor_scratch`. Prints one line of JSON
// last, after PROG's own output. With --pinned (the default) tracer and tracee share one CPU.
#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kInstruction = 4;  // lea 1(%rdi), %rdi
constexpr std::size_t kRip = offsetof(user_regs_struct, rip);

std::uint64_t symbol(const std::string& elf, const char* wanted) {
  const auto at = [&elf]<typename T>(std::uint64_t offset, T value) {
    if (offset + sizeof value > elf.size()) throw std::runtime_error("truncated ELF file");
    std::memcpy(&value, elf.data() + offset, sizeof value);
    return value;
  };
  const auto header = at(0, Elf64_Ehdr{});
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    const auto table = at(header.e_shoff + i * sizeof(Elf64_Shdr), Elf64_Shdr{});
    if (table.sh_type != SHT_SYMTAB) continue;
    const auto names = at(header.e_shoff + table.sh_link * sizeof(Elf64_Shdr), Elf64_Shdr{});
    for (std::uint64_t s = 0; s < table.sh_size; s += sizeof(Elf64_Sym)) {
      const auto entry = at(table.sh_offset + s, Elf64_Sym{});
      if (std::strcmp(elf.c_str() + names.sh_offset + entry.st_name, wanted) == 0)
        return entry.st_value;
    }
  }
  throw std::runtime_error(std::string("no symbol ") + wanted);
}

struct Addresses {
  std::uint64_t target, scratch;
};

Addresses find(const char* program) {
  std::ifstream file(program, std::ios::binary);
  const std::string elf(std::istreambuf_iterator<char>(file), {});
  return {symbol(elf, "target"), symbol(elf, "floor_scratch")};
}

void pin_to_this_cpu() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof one, &one);
}

pid_t launch(char** command) {
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    execv(command[0], command);
    _exit(127);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
    throw std::runtime_error("cannot launch");
  ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
  return child;
}

// The slot: the instruction that the int3 replaces, then a jump to the one after it.
void arm(pid_t child, Addresses where) {
  const int memory = open(("/proc/" + std::to_string(child) + "/mem").c_str(), O_RDWR | O_CLOEXEC);
  unsigned char slot[kInstruction + 5];
  const auto back =
      static_cast<std::int32_t>(where.target + kInstruction - (where.scratch + sizeof slot));
  const auto place = [](std::uint64_t address) { return static_cast<off_t>(address); };
  bool ok = pread(memory, slot, kInstruction, place(where.target)) == kInstruction;
  slot[kInstruction] = 0xe9;
  std::memcpy(slot + kInstruction + 1, &back, sizeof back);
  ok = ok && pwrite(memory, slot, sizeof slot, place(where.scratch)) == sizeof slot;
  ok = ok && pwrite(memory, "\xcc", 1, place(where.target)) == 1;
  close(memory);
  if (!ok) throw std::runtime_error("cannot arm");
}

struct Result {
  std::uint64_t hits = 0;
  double seconds = 0;  // from the first hit to the last
};

Result trace(Addresses where) {
  Result result;
  Clock::time_point first, last;
  int status = 0;
  for (pid_t tid; (tid = waitpid(-1, &status, __WALL)) > 0;) {
    if (!WIFSTOPPED(status)) continue;
    int signal = WSTOPSIG(status);
    if (signal == SIGTRAP && status >> 16 == 0) {
      if (static_cast<std::uint64_t>(ptrace(PTRACE_PEEKUSER, tid, kRip, nullptr)) ==
          where.target + 1) {
        ptrace(PTRACE_POKEUSER, tid, kRip, where.scratch);
        last = Clock::now();
        if (result.hits++ == 0) first = last;
      }
    }
    if (signal == SIGTRAP || signal == SIGSTOP) signal = 0;
    ptrace(PTRACE_CONT, tid, nullptr, signal);
  }
  result.seconds = std::chrono::duration<double>(last - first).count();
  return result;
}

}  // namespace

int main(int argc, char** argv) try {
  int first = 1;
  bool pinned = true;
  for (; first < argc && std::strncmp(argv[first], "--", 2) == 0; ++first)
    pinned = std::strcmp(argv[first], "--unpinned") != 0;
  if (first >= argc) throw std::runtime_error("usage: floor [--pinned|--unpinned] PROG [ARG...]");
  const Addresses where = find(argv[first]);
  if (pinned) pin_to_this_cpu();
  const pid_t child = launch(argv + first);
  arm(child, where);
  ptrace(PTRACE_CONT, child, nullptr, nullptr);
  const Result result = trace(where);
  const double us = result.hits == 0 ? 0 : result.seconds * 1e6 / static_cast<double>(result.hits);
  std::printf(R"({"hits":%lu,"us_per_hit":%.3f,"seconds":%.6f,"pinned":%s})"
              "\n",
              static_cast<unsigned long>(result.hits), us, result.seconds,
              pinned ? "true" : "false");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "floor: %s\n", error.what());
  return 1;
}
