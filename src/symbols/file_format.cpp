// Names file formats by their first bytes.
#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "symbols/executable_kind.hpp"

namespace sidestep::symbols {
namespace {

struct Magic {
  std::string_view bytes, what;
};

using namespace std::string_view_literals;

constexpr std::array magics = {
    Magic{"\xfe\xed\xfa\xce"sv, "a 32-bit Mach-O file (macOS)"},
    Magic{"\xce\xfa\xed\xfe"sv, "a 32-bit Mach-O file (macOS)"},
    Magic{"\xfe\xed\xfa\xcf"sv, "a Mach-O file (macOS)"},
    Magic{"\xcf\xfa\xed\xfe"sv, "a Mach-O file (macOS)"},
    Magic{"\xbe\xba\xfe\xca"sv, "a Mach-O universal file (macOS)"},
    Magic{"\xca\xfe\xba\xbf"sv, "a Mach-O universal file (macOS)"},
    Magic{"\xbf\xba\xfe\xca"sv, "a Mach-O universal file (macOS)"},
    Magic{"MZ"sv, "a PE file (Windows)"},
    Magic{"!<arch>\n"sv, "a library archive (.a)"},
    Magic{"!<thin>\n"sv, "a library archive (.a)"},
    Magic{"BC\xc0\xde"sv, "LLVM bitcode"},
    Magic{"\0asm"sv, "a WebAssembly module"},
    Magic{"\x1f\x8b"sv, "a gzip-compressed file"},
    Magic{"PK\x03\x04"sv, "a zip archive"},
};

struct Machine {
  unsigned number;
  std::string_view name;
};

constexpr std::array machines = {
    Machine{EM_386, "i386"},        Machine{EM_ARM, "arm"},
    Machine{EM_AARCH64, "aarch64"}, Machine{EM_RISCV, "riscv"},
    Machine{EM_PPC, "powerpc"},     Machine{EM_PPC64, "powerpc64"},
    Machine{EM_S390, "s390"},       Machine{EM_MIPS, "mips"},
    Machine{EM_SPARC, "sparc"},     Machine{EM_SPARCV9, "sparc64"},
    Machine{EM_68K, "m68k"},        Machine{EM_IA_64, "ia64"},
    Machine{EM_ALPHA, "alpha"},     Machine{EM_PARISC, "hppa"},
    Machine{EM_SH, "sh4"},          Machine{EM_LOONGARCH, "loongarch"},
    Machine{EM_BPF, "bpf"},         Machine{EM_X86_64, "amd64"},
};

std::string machine_name(unsigned number) {
  for (const Machine& m : machines)
    if (m.number == number) return std::string(m.name);
  return "machine " + std::to_string(number);
}

/// 0xcafebabe begins Java classes too; there a version of 45 or more follows, here the number of
/// architectures.
bool is_fat_mach_o(std::string_view head) {
  return head.size() >= 8 && head.starts_with("\xca\xfe\xba\xbe"sv) && head[4] == 0 &&
         head[5] == 0 && head[6] == 0 && static_cast<unsigned char>(head[7]) < 45;
}

bool looks_like_text(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](unsigned char c) {
    return c >= 0x20 ? c != 0x7f : c == '\n' || c == '\t' || c == '\r' || c == '\f';
  });
}

std::string foreign_elf(std::string_view head) {
  if (head.size() < sizeof(Elf32_Ehdr)) return "a truncated ELF file";
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(head[at]); };
  const bool big = byte(EI_DATA) == ELFDATA2MSB;
  const auto half = [&](std::size_t at) -> unsigned {
    return big ? byte(at) << 8 | byte(at + 1) : byte(at + 1) << 8 | byte(at);
  };
  const unsigned type = half(16);  // e_type and e_machine lie at the same place in both classes
  const unsigned machine = half(18);
  const std::string name = machine_name(machine);
  if (byte(EI_CLASS) == ELFCLASS32)
    return machine == EM_X86_64 ? "a 32-bit ELF file (x32)" : "a 32-bit ELF file (" + name + ")";
  if (byte(EI_CLASS) != ELFCLASS64) return "an ELF file of unknown class";
  if (big) return "a big-endian ELF file (" + name + ")";
  if (byte(EI_DATA) != ELFDATA2LSB) return "an ELF file of unknown byte order";
  if (machine != EM_X86_64) return "an ELF file for another processor (" + name + ")";
  if (type == ET_REL) return "a relocatable object file (.o), not linked";
  if (type == ET_CORE) return "a core dump";
  if (type != ET_EXEC && type != ET_DYN) return "an ELF file of unknown type";
  if (head.size() < sizeof(Elf64_Ehdr)) return "a truncated ELF file";
  return "";
}

}  // namespace

std::string foreign_format(std::string_view head) {
  if (head.empty()) return "an empty file";
  if (head.starts_with(ELFMAG)) return foreign_elf(head);
  if (is_fat_mach_o(head)) return "a Mach-O universal file (macOS)";
  if (head.starts_with("\xca\xfe\xba\xbe"sv)) return "a Java class file";
  for (const Magic& m : magics)
    if (head.starts_with(m.bytes)) return std::string(m.what);
  if (head.starts_with("#!")) return "a script";
  return looks_like_text(head) ? "text without #!" : "a file of unknown format";
}

}  // namespace sidestep::symbols
