#include "symbols/executable_kind.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "symbols/file_descriptor.hpp"

namespace sidestep::symbols {
namespace {

constexpr int deepest_script = 4;  // as many as execve follows
constexpr std::uint64_t page = 4096;

Error not_runnable(const std::string& path, const std::string& why) {
  return {ErrorKind::NotRunnable, "'" + path + "' " + why};
}

std::string read_at(const FileDescriptor& fd, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  const ssize_t got = ::pread(fd.get(), bytes.data(), size, static_cast<off_t>(offset));
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

Error not_there(const std::string& path, int error) {
  const std::string why = std::string("can't be run: ") + std::strerror(error);
  if (error == ENOENT || error == ENOTDIR)
    return {ErrorKind::NotFound, "'" + path + "' " + why + "; check the path"};
  return not_runnable(path, why);
}

Result<FileDescriptor> open_program(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return not_there(path, errno);
  if (S_ISDIR(info.st_mode)) return not_runnable(path, "is a directory: name a program in it");
  if (!S_ISREG(info.st_mode)) return not_runnable(path, "is not a regular file: name a program");
  if (::access(path.c_str(), X_OK) != 0)
    return not_runnable(path, "is not executable for you: try chmod +x, or a mount without noexec");
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  // /proc/PID/exe comes and goes while the process execs.
  if (!fd && errno == ENOENT) return not_there(path, errno);
  if (!fd)
    return not_runnable(path, std::string("can't be read: ") + std::strerror(errno) +
                                  "; its functions can't be found without reading it");
  return fd;
}

/// The path in a `#!` line, as the kernel takes it: up to the first blank.
std::string interpreter_of(std::string_view head) {
  std::string_view line = head.substr(2, head.find('\n', 2) - 2);
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  line = line.substr(begin);
  return std::string(line.substr(0, line.find_first_of(" \t\r\0", 0, 4)));
}

std::string advice(const std::string& what) {
  if (what == "text without #!")
    return "run it with its interpreter, e.g. `sh SCRIPT`, or give it a first line such as "
           "#!/bin/sh";
  if (what.find("object file") != std::string::npos) return "link it first";
  if (what == "an empty file" || what.find("truncated") != std::string::npos)
    return "build or copy it anew";
  if (what.starts_with("a 32-bit ELF"))
    return "only 64-bit programs can be traced: build it with -m64";
  return "only ELF programs for Linux on amd64 can be traced";
}

/// Reads the headers of what begins as amd64 ELF; nothing if it is cut short.
std::optional<ExecutableInfo> read_elf(const FileDescriptor& fd, const std::string& path) {
  const std::string head = read_at(fd, 0, sizeof(Elf64_Ehdr));
  Elf64_Ehdr header;
  if (head.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, head.data(), sizeof header);
  if (header.e_phnum == 0 || header.e_phentsize != sizeof(Elf64_Phdr)) return std::nullopt;
  const std::string table = read_at(fd, header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr));
  if (table.size() < header.e_phnum * sizeof(Elf64_Phdr)) return std::nullopt;
  ExecutableInfo info;
  info.path = path;
  info.type =
      header.e_type == ET_EXEC ? ExecutableType::Fixed : ExecutableType::PositionIndependent;
  info.is_static = true;
  std::optional<std::uint64_t> base;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, table.data() + i * sizeof segment, sizeof segment);
    if (segment.p_type == PT_LOAD && !base) base = segment.p_vaddr & ~(page - 1);
    if (segment.p_type != PT_INTERP || segment.p_filesz > page) continue;
    info.interpreter = read_at(fd, segment.p_offset, segment.p_filesz).c_str();
    info.is_static = false;
  }
  if (!base) return std::nullopt;
  info.entry_offset = header.e_entry ? header.e_entry - *base : 0;
  return info;
}

Result<ExecutableInfo> inspect_elf(const FileDescriptor& fd, const std::string& path) {
  std::optional<ExecutableInfo> info = read_elf(fd, path);
  if (!info) return not_runnable(path, "is a truncated ELF file: " + advice("truncated"));
  if (info->is_static && info->entry_offset == 0)
    return not_runnable(path, "is a shared library, not a program: run a program that loads it");
  return std::move(*info);
}

}  // namespace

Result<ExecutableInfo> inspect_executable(const std::string& path) {
  std::string current = path;
  for (int depth = 0; depth <= deepest_script; ++depth) {
    Result<FileDescriptor> fd = open_program(current);
    if (!fd && depth > 0)
      return not_runnable(path, "is a script whose interpreter fails: " + fd.error().message);
    if (!fd) return fd.error();
    const std::string head = read_at(*fd, 0, 256);
    const std::string what = foreign_format(head);
    if (what.empty()) return inspect_elf(*fd, current);
    if (what != "a script") return not_runnable(current, "is " + what + ": " + advice(what));
    const std::string next = interpreter_of(head);
    if (next.empty())
      return not_runnable(current,
                          "is a script whose #! line names no interpreter: write one, "
                          "e.g. #!/bin/sh");
    current = next;
  }
  return not_runnable(path,
                      "is a script whose interpreters are scripts, too deep: name the real one");
}

}  // namespace sidestep::symbols
