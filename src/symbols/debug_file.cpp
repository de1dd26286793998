#include "symbols/debug_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "symbols/file_descriptor.hpp"

namespace sidestep::symbols {
namespace {

/// CRC-32 as .gnu_debuglink has it (IEEE 802.3, reflected).
constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ ((c & 1) ? 0xedb88320u : 0u);
    table[i] = c;
  }
  return table;
}();

bool has_checksum(int fd, std::uint32_t wanted) {
  std::vector<unsigned char> block(1 << 16);
  std::uint32_t crc = 0xffffffff;
  off_t at = 0;
  for (ssize_t got; (got = ::pread(fd, block.data(), block.size(), at)) > 0; at += got)
    for (ssize_t i = 0; i < got; ++i)
      crc = crc_table[(crc ^ block[static_cast<std::size_t>(i)]) & 0xff] ^ (crc >> 8);
  return ~crc == wanted;
}

bool same_file(int fd, const char* path) {
  struct stat a {
  }, b{};
  return ::fstat(fd, &a) == 0 && ::stat(path, &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

std::string real_path(const char* path) {
  char* resolved = ::realpath(path, nullptr);
  std::string out = resolved ? resolved : path;
  std::free(resolved);
  return out;
}

}  // namespace

int find_debug_file(Dwfl_Module* module, void** userdata, const char*, Dwarf_Addr,
                    const char* file_name, const char* link_name, GElf_Word link_checksum,
                    char** found_path) {
  const int by_id =
      dwfl_build_id_find_debuginfo(module, nullptr, nullptr, 0, nullptr, nullptr, 0, found_path);
  if (by_id >= 0) return by_id;
  if (!file_name || !link_name || !*link_name || std::strchr(link_name, '/')) return -1;
  const std::string path = real_path(file_name);
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  for (const std::string& place : {folder + link_name, folder + ".debug/" + link_name,
                                   "/usr/lib/debug" + folder + link_name}) {
    FileDescriptor fd(::open(place.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    if (same_file(fd.get(), file_name)) continue;
    if (!has_checksum(fd.get(), link_checksum)) {
      if (userdata && *userdata) *static_cast<std::string*>(*userdata) = place;
      continue;
    }
    *found_path = ::strdup(place.c_str());
    return fd.release();
  }
  return -1;
}

int find_or_fetch_debug_file(Dwfl_Module* module, void** userdata, const char* name,
                             Dwarf_Addr base, const char* file_name, const char* link_name,
                             GElf_Word link_checksum, char** found_path) {
  const int here = find_debug_file(module, userdata, name, base, file_name, link_name,
                                   link_checksum, found_path);
  if (here >= 0) return here;
  return dwfl_standard_find_debuginfo(module, userdata, name, base, file_name, link_name,
                                      link_checksum, found_path);
}

}  // namespace sidestep::symbols
