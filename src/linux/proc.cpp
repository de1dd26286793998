#include "linux/proc.hpp"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <sstream>

#include "linux/unique_fd.hpp"

namespace sidestep::os::proc {
namespace {

std::string path_of(Tid tid, const char* file) {
  return "/proc/" + std::to_string(tid.value) + "/" + file;
}

std::uint64_t hex(std::string_view& text) {
  std::uint64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value, 16).ptr;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// 55d0c0a00000-55d0c0a01000 r-xp 00001000 fd:00 1234   /path  (proc(5))
core::Mapping parse_mapping(std::string_view line) {
  core::Mapping m;
  const auto skip = [&](std::size_t n) { line.remove_prefix(std::min(n, line.size())); };
  m.range.begin = {hex(line)};
  skip(1);
  m.range.end = {hex(line)};
  skip(1);
  if (line.size() >= 4) {
    m.readable = line[0] == 'r';
    m.writable = line[1] == 'w';
    m.executable = line[2] == 'x';
    m.shared = line[3] == 's';
  }
  skip(5);
  m.file_offset = hex(line);
  skip(1);
  const std::uint64_t major = hex(line);
  skip(1);
  const std::uint64_t minor = hex(line);
  m.device = major << 32 | minor;
  skip(1);
  const auto end = std::from_chars(line.data(), line.data() + line.size(), m.inode).ptr;
  skip(static_cast<std::size_t>(end - line.data()));
  const std::size_t path = line.find_first_not_of(' ');
  if (path != std::string_view::npos) m.path = line.substr(path);
  return m;
}

std::uint64_t field(const std::string& text, std::string_view name, int base) {
  const std::size_t at = text.find("\n" + std::string(name) + ":");
  if (at == std::string::npos) return 0;
  const char* from = text.c_str() + at + name.size() + 2;
  return std::strtoull(from, nullptr, base);
}

}  // namespace

std::string slurp(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!fd) return text;
  std::array<char, 16384> chunk;
  for (ssize_t n; (n = ::read(fd.get(), chunk.data(), chunk.size())) > 0;)
    text.append(chunk.data(), static_cast<std::size_t>(n));
  return text;
}

std::vector<core::Mapping> mappings(Tid tid) {
  const std::string text = slurp(path_of(tid, "maps"));
  std::vector<core::Mapping> all;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    all.push_back(parse_mapping(line));
  }
  return all;
}

std::string executable(Tid tid) {
  std::array<char, 4096> target;
  const ssize_t n = ::readlink(path_of(tid, "exe").c_str(), target.data(), target.size());
  return n > 0 ? std::string(target.data(), static_cast<std::size_t>(n)) : std::string();
}

core::Kernel::Startup startup(Tid tid) {
  const std::string text = slurp(path_of(tid, "auxv"));
  core::Kernel::Startup found;
  for (std::size_t at = 0; at + sizeof(Elf64_auxv_t) <= text.size(); at += sizeof(Elf64_auxv_t)) {
    Elf64_auxv_t entry;
    std::memcpy(&entry, text.data() + at, sizeof entry);
    if (entry.a_type == AT_ENTRY) found.entry = {entry.a_un.a_val};
    if (entry.a_type == AT_BASE) found.interpreter = {entry.a_un.a_val};
  }
  return found;
}

namespace {

/// Field 9 of /proc/TID/stat, behind the name, which may hold anything.
bool has_kernel_flag(Tid tid) {
  constexpr unsigned long pf_kthread = 0x0020'0000;  // include/linux/sched.h
  const std::string text = slurp(path_of(tid, "stat"));
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return false;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  unsigned long flags = 0;
  for (int field = 3; field < 9; ++field) fields >> skipped;
  return fields >> flags && flags & pf_kthread;
}

}  // namespace

std::optional<Status> status(Tid tid) {
  const std::string text = slurp(path_of(tid, "status"));
  if (text.empty()) return std::nullopt;
  Status s;
  s.process = {static_cast<int>(field(text, "Tgid", 10))};
  s.parent = {static_cast<int>(field(text, "PPid", 10))};
  s.tracer = {static_cast<int>(field(text, "TracerPid", 10))};
  s.user = static_cast<unsigned>(field(text, "Uid", 10));
  s.permitted = field(text, "CapPrm", 16);
  s.threads = static_cast<unsigned>(field(text, "Threads", 10));
  if (const std::size_t at = text.find("\nState:\t"); at != std::string::npos)
    s.state = text[at + 8];
  // No memory: a kernel thread, or a task about to end.
  s.kernel = text.find("\nVmSize:") == std::string::npos && has_kernel_flag(tid);
  s.filtered = field(text, "Seccomp", 10) == 2;
  s.pending = field(text, "SigPnd", 16);
  s.blocked = field(text, "SigBlk", 16);
  s.ignored = field(text, "SigIgn", 16);
  s.caught = field(text, "SigCgt", 16);
  return s;
}

std::optional<long> blocked_in_call(Tid tid) {
  const std::string text = slurp(path_of(tid, "syscall"));
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  return std::strtol(text.c_str(), nullptr, 10);
}

/// Field 39 of /proc/TID/stat; the first one behind the name is the third.
std::optional<int> processor(Tid tid) {
  const std::string text = slurp(path_of(tid, "stat"));
  std::size_t at = text.rfind(')');
  for (int field = 3; field <= 39 && at != std::string::npos; ++field) at = text.find(' ', at + 1);
  if (at == std::string::npos) return std::nullopt;
  return std::atoi(text.c_str() + at + 1);
}

std::optional<std::uint64_t> cpu_time(Tid tid) {
  const std::string text = slurp(path_of(tid, "schedstat"));
  if (text.empty()) return std::nullopt;
  return std::strtoull(text.c_str(), nullptr, 10);
}

bool exists(Tid tid) {
  return ::access(("/proc/" + std::to_string(tid.value)).c_str(), F_OK) == 0;
}

std::vector<Tid> tasks(Pid pid) {
  std::vector<Tid> all;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(
      ::opendir(path_of({pid.value}, "task").c_str()), ::closedir);
  if (!directory) return all;
  while (const dirent* entry = ::readdir(directory.get()))
    if (const int tid = std::atoi(entry->d_name)) all.push_back({tid});
  return all;
}

std::vector<Pid> children(Pid pid) {
  std::vector<Pid> all;
  for (const Tid tid : tasks(pid)) {
    const std::string list =
        slurp(path_of({pid.value}, ("task/" + std::to_string(tid.value) + "/children").c_str()));
    for (const char* at = list.c_str(); *at;) {
      char* end = nullptr;
      const long child = std::strtol(at, &end, 10);
      if (end == at) break;
      all.push_back({static_cast<int>(child)});
      at = *end ? end + 1 : end;
    }
  }
  return all;
}

std::vector<std::string> command_line(Pid pid) {
  const std::string text = slurp(path_of({pid.value}, "cmdline"));
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::string comm(Tid tid) {
  std::string name = slurp(path_of(tid, "comm"));
  if (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

namespace {

struct FileId {
  std::uint64_t device = 0, inode = 0;
  bool operator==(const FileId&) const = default;
};

std::optional<FileId> identify(const std::string& path) {
  struct stat s {};
  if (path.empty() || ::stat(path.c_str(), &s) != 0) return std::nullopt;
  return FileId{std::uint64_t{major(s.st_dev)} << 32 | minor(s.st_dev), s.st_ino};
}

/// One of the process's open descriptors that leads to the file: a library that was loaded from a
/// memfd, for one, has often no other name.
std::string by_descriptor(Tid tid, const FileId& file) {
  const std::string directory = path_of(tid, "fd");
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
  while (const dirent* entry = open ? ::readdir(open.get()) : nullptr) {
    const std::string path = directory + "/" + entry->d_name;
    if (identify(path) == file) return path;
  }
  return "";
}

}  // namespace

/// The file behind the mapping itself is known for certain where map_files may be followed, which
/// needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN. Its other names are preferred, as debug files are
/// looked for beside it; but a name may by now, or in our own mount namespace, mean another file,
/// and on some file systems (overlay, btrfs) stat and maps name different devices. Without that
/// right an equal inode number has to do there, as the last resort.
std::string file_of(Tid tid, const core::Mapping& mapping) {
  char range[48];
  std::snprintf(range, sizeof range, "map_files/%llx-%llx",
                static_cast<unsigned long long>(mapping.range.begin.value),
                static_cast<unsigned long long>(mapping.range.end.value));
  const std::string by_mapping = path_of(tid, range);
  const auto certain = identify(by_mapping);
  const FileId wanted = certain.value_or(FileId{mapping.device, mapping.inode});
  const std::string in_its_root = path_of(tid, "root") + mapping.path;
  const std::string exe = path_of(tid, "exe");
  for (const std::string& path : {mapping.path, in_its_root, certain ? by_mapping : exe})
    if (identify(path) == wanted) return path;
  if (const std::string open = by_descriptor(tid, wanted); !open.empty()) return open;
  for (const std::string& path : {in_its_root, mapping.path, exe})
    if (const auto file = identify(path); file && file->inode == mapping.inode) return path;
  return mapping.path;
}

}  // namespace sidestep::os::proc
