// One ELF file on disk, opened for reading through libdwfl: segments, sections, symbols, and (only
// when asked for) its debug information, its own or in a separate file. Owns the descriptor and
// every libelf/libdw handle; pointers and views that it gives out live as long as it does.
//
// Opening fails for what is not a readable amd64 ELF executable or shared object. Afterwards
// nothing fails: what a broken file doesn't yield is simply absent.
#pragma once

#include <elfutils/libdwfl.h>
#include <gelf.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sidestep/result.hpp"

namespace sidestep::symbols {

/// An address as the linker gave it; a run-time address less the bias.
using LinkAddress = std::uint64_t;

struct LinkRange {
  LinkAddress begin = 0, end = 0;
  bool contains(LinkAddress a) const { return begin <= a && a < end; }
};

/// Says whether two opens gave the same, unchanged file.
struct FileIdentity {
  std::uint64_t device = 0, inode = 0, size = 0, seconds = 0, nanoseconds = 0;
  auto operator<=>(const FileIdentity&) const = default;
};

struct ElfSymbol {
  std::string_view name;  ///< without its version
  LinkAddress value = 0;
  std::uint64_t size = 0;
  unsigned char type = 0, binding = 0;
};

/// The name without `@VERSION` or `@@VERSION`.
inline std::string_view without_version(std::string_view name) {
  const std::size_t at = name.find('@');
  return at == std::string_view::npos || at == 0 ? name : name.substr(0, at);
}

inline ElfSymbol to_symbol(const char* name, const GElf_Sym& symbol, LinkAddress address) {
  return {without_version(name), address, symbol.st_size,
          static_cast<unsigned char>(GELF_ST_TYPE(symbol.st_info)),
          static_cast<unsigned char>(GELF_ST_BIND(symbol.st_info))};
}

struct Section {
  Elf_Scn* scn = nullptr;
  GElf_Shdr header{};
  std::string_view name;
};

/// What dwarf addresses must be raised by to get link addresses of the file itself.
struct DebugInfo {
  Dwarf* dwarf = nullptr;
  std::int64_t bias = 0;
};

/// Where separate debug files are looked for.
enum class DebugFiles { Local, LocalAndServers };

class ElfFile {
 public:
  /// `path` is opened; `shown` names the file in errors.
  static Result<std::unique_ptr<ElfFile>> open(const std::string& path, const std::string& shown,
                                               DebugFiles debug_files = DebugFiles::Local);
  static std::optional<FileIdentity> identify(const std::string& path);

  Elf* elf() const { return elf_; }
  /// Page of the first loadable segment: offsets from the load base count from here.
  LinkAddress first_page() const { return first_page_; }
  /// And where in the file that is.
  std::uint64_t first_offset() const { return first_offset_; }
  /// Executable sections, or executable segments if the file has no section headers; ascending.
  const std::vector<LinkRange>& code() const { return code_; }
  /// Executable segments as they are loaded; ascending.
  const std::vector<LinkRange>& code_segments() const { return code_segments_; }
  bool is_code(LinkAddress address) const { return code_range(address) != nullptr; }
  const LinkRange* code_range(LinkAddress address) const;
  const std::vector<Section>& sections() const { return sections_; }
  const Section* section(std::string_view name) const;

  /// Calls visit(ElfSymbol) for the defined symbols of .symtab (the file's own, else of its
  /// debug file, else minidebuginfo) and of .dynsym. The same symbol may come twice.
  template <class Visit>
  void each_symbol(Visit visit) const {
    each_merged(visit);
    each_dynamic_raw([&](const GElf_Sym& symbol, const char* name) {
      if (symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS)
        visit(to_symbol(name, symbol, symbol.st_value));
    });
  }
  /// Calls visit(name) for what the dynamic symbols ask for from other modules.
  template <class Visit>
  void each_import(Visit visit) const {
    each_dynamic_raw([&](const GElf_Sym& symbol, const char* name) {
      if (symbol.st_shndx == SHN_UNDEF) visit(without_version(name));
    });
  }
  /// Whether .symtab, here, in the debug file or in minidebuginfo, was found.
  bool has_symtab() const { return has_symtab_; }

  /// Looks for debug information at the first call; the file's separate debug file is taken only
  /// if it belongs to this build.
  const DebugInfo& debug_info() const;
  /// How the frame of code at a link address is laid out (.eh_frame, else .debug_frame); null: not
  /// known.
  using Frame = std::unique_ptr<Dwarf_Frame, void (*)(void*)>;
  Frame frame_at(LinkAddress address) const;
  /// A separate debug file that was found under the right name and is of another build, or "".
  const std::string& mismatched_debug_file() const { return mismatched_; }

 private:
  struct DwflEnd {
    void operator()(Dwfl* session) const { dwfl_end(session); }
  };
  ElfFile() = default;
  bool is_whole(std::uint64_t file_size) const;
  bool read_segments();
  void read_sections();
  bool find_symtab() const;
  void listen_for_mismatch();
  template <class Visit>
  void each_merged(Visit& visit) const;
  template <class Visit>
  void each_dynamic_raw(Visit visit) const;

  std::unique_ptr<Dwfl, DwflEnd> session_;
  Dwfl_Module* module_ = nullptr;
  Elf* elf_ = nullptr;  ///< owned by the session
  LinkAddress first_page_ = 0;
  std::uint64_t first_offset_ = 0;
  int merged_symbols_ = 0;
  bool has_symtab_ = false;
  std::vector<LinkRange> code_, code_segments_;
  std::vector<Section> sections_;
  std::string mismatched_;
  mutable std::optional<DebugInfo> debug_;
};

template <class Visit>
void ElfFile::each_merged(Visit& visit) const {
  for (int i = 1; i < merged_symbols_; ++i) {
    GElf_Sym symbol;
    GElf_Addr address = 0;
    GElf_Word section = SHN_UNDEF;
    const char* name =
        dwfl_module_getsym_info(module_, i, &symbol, &address, &section, nullptr, nullptr);
    if (name && *name && section != SHN_UNDEF && section != SHN_ABS)
      visit(to_symbol(name, symbol, address));
  }
}

template <class Visit>
void ElfFile::each_dynamic_raw(Visit visit) const {
  for (const Section& s : sections_) {
    if (s.header.sh_type != SHT_DYNSYM || s.header.sh_entsize != sizeof(Elf64_Sym)) continue;
    Elf_Data* data = elf_getdata(s.scn, nullptr);
    if (!data || !data->d_buf) continue;
    const int count = static_cast<int>(data->d_size / sizeof(Elf64_Sym));
    for (int i = 1; i < count; ++i) {
      GElf_Sym symbol;
      if (!gelf_getsym(data, i, &symbol)) break;
      const char* name = elf_strptr(elf_, s.header.sh_link, symbol.st_name);
      if (name && *name) visit(symbol, name);
    }
  }
}

}  // namespace sidestep::symbols
