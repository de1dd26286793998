// What a file is, by its first bytes: golden messages for everything that can't be traced.
#include "symbols/executable_kind.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "loaded_file.hpp"

namespace sidestep::symbols::test {
namespace {

using namespace std::string_literals;

class ExecutableKind : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string& name, const std::string& bytes, mode_t mode = 0755) {
    const std::string path = folder + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    ::chmod(path.c_str(), mode);
    return path;
  }
  std::string error(const std::string& path) {
    auto info = inspect_executable(path);
    if (info) return "no error";
    EXPECT_EQ(info.error().message.find('\n'), std::string::npos);
    return info.error().message;
  }

  std::string folder = fixture("kinds-") + std::to_string(::getpid());
};

/// An ELF header with these bytes at their places, and nothing behind it.
std::string elf(char elf_class, char data, unsigned type, unsigned machine) {
  std::string h =
      "\x7f"
      "ELF";
  h.append({elf_class, data, '\1'}).append(9, '\0');
  const auto half = [&](unsigned v) {
    const char low = static_cast<char>(v & 0xff), high = static_cast<char>(v >> 8);
    h += data == 2 ? std::string{high, low} : std::string{low, high};
  };
  half(type);
  half(machine);
  h.resize(64, '\0');
  return h;
}

TEST_F(ExecutableKind, ProgramsThatRun) {
  auto pie = inspect_executable(fixture("names-pie"));
  ASSERT_TRUE(pie) << pie.error().message;
  EXPECT_EQ(pie->type, ExecutableType::PositionIndependent);
  EXPECT_FALSE(pie->is_static);
  EXPECT_NE(pie->interpreter.find("ld-linux"), std::string::npos);
  EXPECT_EQ(pie->path, fixture("names-pie"));
  auto fixed = inspect_executable(fixture("names-static"));
  ASSERT_TRUE(fixed);
  EXPECT_EQ(fixed->type, ExecutableType::Fixed);
  EXPECT_TRUE(fixed->is_static);
  EXPECT_EQ(fixed->interpreter, "");
  const Found start = find(module_of(fixture("names-static"), fixed_base), "_start");
  ASSERT_EQ(start.count(), 1u);
  EXPECT_EQ(fixed_base + fixed->entry_offset, start.only().address);
}

TEST_F(ExecutableKind, ScriptsCountAsTheirInterpreter) {
  const std::string script = write("script", "#! " + fixture("names-pie") + " -x\nhello\n");
  auto info = inspect_executable(script);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->path, fixture("names-pie"));
  const std::string nested = write("nested", "#!" + script + "\n");
  EXPECT_TRUE(inspect_executable(nested));
  EXPECT_EQ(error(write("loop", "#!" + folder + "/loop\n")),
            "'" + folder +
                "/loop' is a script whose interpreters are scripts, too deep: name the "
                "real one");
  EXPECT_EQ(error(write("empty-line", "#!  \nhello\n")),
            "'" + folder +
                "/empty-line' is a script whose #! line names no interpreter: write one, "
                "e.g. #!/bin/sh");
  EXPECT_EQ(error(write("lost", "#!/nonexistent/sh\n")),
            "'" + folder +
                "/lost' is a script whose interpreter fails: '/nonexistent/sh' can't be "
                "run: No such file or directory; check the path");
}

TEST_F(ExecutableKind, ForeignFormatsAreNamed) {
  const struct {
    std::string bytes, what;
  } cases[] = {
      {"\xfe\xed\xfa\xce"s, "a 32-bit Mach-O file (macOS)"},
      {"\xce\xfa\xed\xfe"s, "a 32-bit Mach-O file (macOS)"},
      {"\xfe\xed\xfa\xcf"s, "a Mach-O file (macOS)"},
      {"\xcf\xfa\xed\xfe"s, "a Mach-O file (macOS)"},
      {"\xca\xfe\xba\xbe\0\0\0\x02"s, "a Mach-O universal file (macOS)"},
      {"\xbe\xba\xfe\xca"s, "a Mach-O universal file (macOS)"},
      {"\xca\xfe\xba\xbf"s, "a Mach-O universal file (macOS)"},
      {"\xca\xfe\xba\xbe\0\0\0\x3d"s, "a Java class file"},
      {"MZ\x90\0"s, "a PE file (Windows)"},
      {"\1\2\3\4"s, "a file of unknown format"},
      {elf(1, 1, 2, 3), "a 32-bit ELF file (i386)"},
      {elf(1, 1, 2, 62), "a 32-bit ELF file (x32)"},
      {elf(2, 1, 2, 183), "an ELF file for another processor (aarch64)"},
      {elf(2, 1, 2, 4711), "an ELF file for another processor (machine 4711)"},
      {elf(2, 2, 2, 21), "a big-endian ELF file (powerpc64)"},
      {elf(2, 1, 1, 62), "a relocatable object file (.o), not linked"},
      {elf(2, 1, 4, 62), "a core dump"},
      {elf(2, 1, 2, 62).substr(0, 20), "a truncated ELF file"},
      {"echo hello\n", "text without #!"},
      {"", "an empty file"},
  };
  for (const auto& c : cases) EXPECT_EQ(foreign_format(c.bytes), c.what);
  EXPECT_EQ(foreign_format(elf(2, 1, 3, 62)), "");
}

TEST_F(ExecutableKind, MessagesSayWhatToTry) {
  EXPECT_EQ(error(write("mac", "\xcf\xfa\xed\xfe"s)),
            "'" + folder +
                "/mac' is a Mach-O file (macOS): only ELF programs for Linux on amd64 can "
                "be traced");
  EXPECT_EQ(error(write("i386", elf(1, 1, 2, 3))),
            "'" + folder +
                "/i386' is a 32-bit ELF file (i386): only 64-bit programs can be traced: "
                "build it with -m64");
  EXPECT_EQ(error(write("text", "echo hello\n")),
            "'" + folder +
                "/text' is text without #!: run it with its interpreter, e.g. `sh "
                "SCRIPT`, or give it a first line such as #!/bin/sh");
  EXPECT_EQ(error(write("empty", "")),
            "'" + folder + "/empty' is an empty file: build or copy it anew");
  EXPECT_EQ(error(write("cut", elf(2, 1, 2, 62))),
            "'" + folder + "/cut' is a truncated ELF file: build or copy it anew");
  EXPECT_EQ(error(folder), "'" + folder + "' is a directory: name a program in it");
  ::chmod(fixture("shop.o").c_str(), 0755);
  EXPECT_EQ(
      error(fixture("shop.o")),
      "'" + fixture("shop.o") + "' is a relocatable object file (.o), not linked: link it first");
  EXPECT_EQ(error(fixture("librseq.so")),
            "'" + fixture("librseq.so") +
                "' is a shared library, not a program: run a program that "
                "loads it");
  EXPECT_EQ(
      error(write("plain", elf(2, 1, 2, 62), 0644)),
      "'" + folder + "/plain' is not executable for you: try chmod +x, or a mount without noexec");
}

TEST_F(ExecutableKind, TheKindDecidesTheExitStatus) {
  EXPECT_EQ(inspect_executable(folder + "/missing").error().kind, ErrorKind::NotFound);
  EXPECT_EQ(inspect_executable(folder).error().kind, ErrorKind::NotRunnable);
  EXPECT_EQ(inspect_executable(write("lost", "#!/nonexistent/sh\n")).error().kind,
            ErrorKind::NotRunnable);
}

}  // namespace
}  // namespace sidestep::symbols::test
