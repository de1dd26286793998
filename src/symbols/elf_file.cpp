#include "symbols/elf_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "symbols/debug_file.hpp"
#include "symbols/executable_kind.hpp"
#include "symbols/file_descriptor.hpp"

namespace sidestep::symbols {
namespace {

constexpr std::uint64_t page = 4096;

Error unreadable(const std::string& shown, const std::string& why) {
  return {ErrorKind::Setup, "'" + shown + "' " + why};
}

FileIdentity identity(const struct stat& s) {
  return {s.st_dev, s.st_ino, static_cast<std::uint64_t>(s.st_size),
          static_cast<std::uint64_t>(s.st_mtim.tv_sec),
          static_cast<std::uint64_t>(s.st_mtim.tv_nsec)};
}

struct OpenedFile {
  FileDescriptor fd;
  std::uint64_t size = 0;
};

/// Opens a regular file and checks that it begins as amd64 ELF does.
Result<OpenedFile> open_checked(const std::string& path, const std::string& shown) {
  // A device or FIFO must not block us: O_NONBLOCK, and fstat before the first read.
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd && errno == ENOENT && shown.ends_with(" (deleted)"))
    return unreadable(shown,
                      "was deleted or replaced while in use; to read it all the same takes "
                      "CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN: run sidestep as root");
  if (!fd)
    return unreadable(shown, std::string("can't be read: ") + std::strerror(errno) +
                                 "; its functions can't be probed by name");
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode))
    return unreadable(shown, "is not a regular file: nothing in it can be probed");
  std::array<char, 64> head{};
  const ssize_t got = ::pread(fd.get(), head.data(), head.size(), 0);
  if (got < 0) return unreadable(shown, std::string("can't be read: ") + std::strerror(errno));
  const std::string what = foreign_format({head.data(), static_cast<std::size_t>(got)});
  if (!what.empty())
    return unreadable(shown, "is " + what + ": only ELF files for amd64 can be probed");
  return OpenedFile{std::move(fd), static_cast<std::uint64_t>(info.st_size)};
}

int no_elf(Dwfl_Module*, void**, const char*, Dwarf_Addr, char**, Elf**) {
  return -1;
}

const Dwfl_Callbacks local = {no_elf, find_debug_file, nullptr, nullptr};
const Dwfl_Callbacks with_servers = {no_elf, find_or_fetch_debug_file, nullptr, nullptr};

}  // namespace

std::optional<FileIdentity> ElfFile::identify(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return identity(info);
}

Result<std::unique_ptr<ElfFile>> ElfFile::open(const std::string& path, const std::string& shown,
                                               DebugFiles debug_files) {
  Result<OpenedFile> opened = open_checked(path, shown);
  if (!opened) return opened.error();
  std::unique_ptr<ElfFile> file(new ElfFile);
  file->session_.reset(dwfl_begin(debug_files == DebugFiles::Local ? &local : &with_servers));
  if (!file->session_) return unreadable(shown, "can't be read: out of memory");
  dwfl_report_begin(file->session_.get());
  // Base 0 plus the file's own addresses: libdwfl's addresses are then link addresses.
  file->module_ =
      dwfl_report_elf(file->session_.get(), path.c_str(), path.c_str(), opened->fd.get(), 0, true);
  if (file->module_) opened->fd.release();  // now the session's
  dwfl_report_end(file->session_.get(), nullptr, nullptr);
  GElf_Addr bias = 0;
  if (file->module_) file->elf_ = dwfl_module_getelf(file->module_, &bias);
  if (!file->elf_ || !file->is_whole(opened->size) || !file->read_segments())
    return unreadable(shown,
                      "is a broken ELF file, truncated or without a loadable segment: "
                      "`readelf -lW` shows what is left of it");
  file->read_sections();
  file->listen_for_mismatch();
  file->merged_symbols_ = std::max(dwfl_module_getsymtab(file->module_), 0);
  file->has_symtab_ = file->find_symtab();
  return file;
}

/// find_debug_file writes there; the file itself never moves, it is held by a pointer.
void ElfFile::listen_for_mismatch() {
  void** slot = nullptr;
  dwfl_module_info(module_, &slot, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
  if (slot) *slot = &mismatched_;
}

/// libelf takes a truncated file without a word and gives what is left of it.
bool ElfFile::is_whole(std::uint64_t file_size) const {
  const auto within = [&](std::uint64_t offset, std::uint64_t size) {
    return offset <= file_size && size <= file_size - offset;
  };
  GElf_Ehdr header;
  if (!gelf_getehdr(elf_, &header)) return false;
  if (header.e_shoff && !within(header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize))
    return false;
  for (int i = 0; i < header.e_phnum; ++i) {
    GElf_Phdr segment;
    if (!gelf_getphdr(elf_, i, &segment)) return false;
    if (segment.p_type == PT_LOAD && !within(segment.p_offset, segment.p_filesz)) return false;
  }
  return true;
}

bool ElfFile::read_segments() {
  std::size_t count = 0;
  if (elf_getphdrnum(elf_, &count) != 0) return false;
  bool found = false;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr segment;
    if (!gelf_getphdr(elf_, static_cast<int>(i), &segment)) break;
    if (segment.p_type != PT_LOAD) continue;
    if (!found) {
      first_page_ = segment.p_vaddr & ~(page - 1);
      first_offset_ = segment.p_offset - (segment.p_vaddr - first_page_);
    }
    found = true;
    if (segment.p_flags & PF_X)
      code_.push_back({segment.p_vaddr, segment.p_vaddr + segment.p_memsz});
  }
  code_segments_ = code_;
  return found;
}

void ElfFile::read_sections() {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf_, &names) != 0) return;
  std::vector<LinkRange> code;
  Elf_Scn* scn = nullptr;
  while ((scn = elf_nextscn(elf_, scn))) {
    Section s{scn, {}, {}};
    if (!gelf_getshdr(scn, &s.header)) continue;
    if (const char* name = elf_strptr(elf_, names, s.header.sh_name)) s.name = name;
    sections_.push_back(s);
    const GElf_Shdr& h = s.header;
    const bool executable = (h.sh_flags & SHF_ALLOC) && (h.sh_flags & SHF_EXECINSTR);
    if (executable && h.sh_addr + h.sh_size > h.sh_addr)
      code.push_back({h.sh_addr, h.sh_addr + h.sh_size});
  }
  if (!code.empty()) code_ = std::move(code);
  std::sort(code_.begin(), code_.end(),
            [](const LinkRange& a, const LinkRange& b) { return a.begin < b.begin; });
}

bool ElfFile::find_symtab() const {
  for (const Section& s : sections_)
    if (s.header.sh_type == SHT_SYMTAB) return true;
  // Without one, libdwfl gives .dynsym, which is of this file, or that of another file.
  for (int i = 1; i < merged_symbols_; ++i) {
    GElf_Sym symbol;
    GElf_Addr address = 0;
    Elf* from = nullptr;
    dwfl_module_getsym_info(module_, i, &symbol, &address, nullptr, &from, nullptr);
    if (from && from != elf_) return true;
  }
  return false;
}

const LinkRange* ElfFile::code_range(LinkAddress address) const {
  const auto after =
      std::upper_bound(code_.begin(), code_.end(), address,
                       [](LinkAddress a, const LinkRange& range) { return a < range.begin; });
  if (after == code_.begin()) return nullptr;
  const LinkRange& range = *std::prev(after);
  return range.contains(address) ? &range : nullptr;
}

const Section* ElfFile::section(std::string_view name) const {
  for (const Section& s : sections_)
    if (s.name == name) return &s;
  return nullptr;
}

const DebugInfo& ElfFile::debug_info() const {
  if (!debug_) {
    Dwarf_Addr bias = 0;
    Dwarf* dwarf = dwfl_module_getdwarf(module_, &bias);
    debug_ = DebugInfo{dwarf, static_cast<std::int64_t>(bias)};
  }
  return *debug_;
}

ElfFile::Frame ElfFile::frame_at(LinkAddress address) const {
  Dwarf_Addr bias = 0;
  for (const auto from : {dwfl_module_eh_cfi, dwfl_module_dwarf_cfi}) {
    Dwarf_CFI* cfi = from(module_, &bias);
    Dwarf_Frame* frame = nullptr;
    if (cfi && dwarf_cfi_addrframe(cfi, address - bias, &frame) == 0) return {frame, &std::free};
  }
  return {nullptr, &std::free};
}

}  // namespace sidestep::symbols
