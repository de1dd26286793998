// Debug files that only a build id leads to: on this machine, and from a server, which is asked
// only by those who want it.
#include <fcntl.h>
#include <gelf.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "loaded_file.hpp"

namespace sidestep::symbols::test {
namespace {

/// In hexadecimal digits.
std::string build_id_of(const std::string& path) {
  elf_version(EV_CURRENT);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  Elf* elf = elf_begin(fd, ELF_C_READ, nullptr);
  std::string id;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (!gelf_getshdr(section, &header) || header.sh_type != SHT_NOTE) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    GElf_Nhdr note;
    std::size_t name = 0, text = 0;
    for (std::size_t at = 0; (at = gelf_getnote(data, at, &note, &name, &text)) > 0;) {
      if (note.n_type != NT_GNU_BUILD_ID) continue;
      const auto* bytes = static_cast<const unsigned char*>(data->d_buf) + text;
      char digits[3];
      for (unsigned i = 0; i < note.n_descsz; ++i) {
        std::snprintf(digits, sizeof digits, "%02x", bytes[i]);
        id += digits;
      }
    }
  }
  elf_end(elf);
  ::close(fd);
  return id;
}

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "debug-files-XXXXXX").string();
    if (::mkdtemp(name.data())) path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

const core::Module module = module_of(fixture("names-by-id"), fixed_base);

TEST(DebugFile, IsFoundByBuildId) {
  const std::string id = build_id_of(fixture("names-by-id"));
  ASSERT_EQ(id.size(), 40u);
  ASSERT_EQ(find(module, "beta").count(), 0u) << "else this test shows nothing";
  // The folder for such files is the system's: for this process one more is laid over it.
  const Folder folder;
  const auto place = folder.path / "debug" / ".build-id" / id.substr(0, 2);
  std::filesystem::create_directories(place);
  std::filesystem::copy_file(fixture("names-by-id.debug"), place / (id.substr(2) + ".debug"));
  const std::string layers = "lowerdir=" + folder.path.string() + ":/usr/lib";
  const bool own = ::unshare(::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
                   ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  if (!own || ::mount("overlay", "/usr/lib", "overlay", MS_RDONLY, layers.c_str()) != 0)
    GTEST_SKIP() << "no file systems of one's own here: " << std::strerror(errno);
  const Found found = find(module, "beta");
  ::umount2("/usr/lib", MNT_DETACH);
  ASSERT_EQ(found.count(), 1u);
  EXPECT_EQ(found.only().address, fixed_base + truth_of("names-by-id").at("beta"));
}

}  // namespace
}  // namespace sidestep::symbols::test
