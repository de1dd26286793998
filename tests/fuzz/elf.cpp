// Arbitrary bytes as an ELF file, asked everything that a resolver can be asked: an error or some
// findings, never a crash, an endless search, or a place outside of the file's code.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string>

#include "symbols/elf_file.hpp"
#include "symbols/elf_resolver.hpp"
#include "symbols/executable_kind.hpp"
#include "symbols/file_module.hpp"
#include "symbols/probe_spec.hpp"
#include "target.hpp"

namespace sidestep::fuzz {
namespace {

struct Counts {
  std::uint64_t opened = 0, refused = 0, located = 0;
  ~Counts() {
    std::fprintf(stderr, "opened %" PRIu64 ", refused %" PRIu64 "; %" PRIu64 " places found\n",
                 opened, refused, located);
  }
} counts;

/// One file in memory, for all inputs.
class File {
 public:
  File()
      : fd_(::memfd_create("fuzzed", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_)) {
    if (fd_ < 0) report("no memfd");
  }
  const std::string& path() const { return path_; }
  void write(const std::uint8_t* data, std::size_t size) const {
    if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, data, size, 0) != static_cast<ssize_t>(size))
      report("the file can't be written");
  }

 private:
  int fd_;
  std::string path_;
};

void judge_error(const Error& error) {
  if (error.message.empty() || error.message.find('\n') != std::string::npos)
    report("an error without a line of its own");
}

/// Places that were found by name lie in code; by address, where the address is.
void judge_place(const core::Module& module, const symbols::ElfFile& file,
                 const core::Location& place) {
  ++counts.located;
  if (!file.is_code(place.address.value - module.base.value + file.first_page()))
    report("a place outside of the code");
  if (place.function_range.size() && !place.function_range.contains(place.address))
    report("a place outside of its function");
}

void ask(const core::Module& module, const symbols::ElfFile& file, core::Resolver& resolver) {
  symbols::FileReader reader(module);
  for (const char* text :
       {"alpha", "shop::Server::handle", "inlined_only", "sub_*", "*", "alpha+2"}) {
    const auto spec = symbols::parse_probe(text);
    const auto found = resolver.find(module, std::span(&*spec, 1));
    if (!found) return judge_error(found.error());
    for (const core::Location& place : found->locations) judge_place(module, file, place);
    for (std::size_t i = 0; i < std::min<std::size_t>(found->locations.size(), 8); ++i) {
      const Address at = found->locations[i].address;
      (void)resolver.describe(module, at);
      if (reader.bytes({at, at + 64}).size() > 64) report("more bytes than were asked for");
    }
    (void)resolver.nearest(*spec, 3);
  }
  const auto offset = symbols::parse_probe("MAIN+0x1010");
  (void)resolver.find(module, std::span(&*offset, 1));
  for (const char* name : {"counter", "hidden_counter", "alpha"})
    (void)resolver.symbol(module, name);
  for (const AddressRange& function : resolver.layout(module).functions)
    if (function.end <= function.begin) report("a function that ends before it begins");
  (void)resolver.padding(module);
}

void examine(const std::string& path) {
  if (const auto info = symbols::inspect_executable(path); !info) judge_error(info.error());
  const auto file = symbols::ElfFile::open(path, path);
  const auto module = symbols::file_module(path);
  if (file.ok() != module.ok())
    report("a module of a file that can't be opened, or none of one that can");
  if (!file) {
    ++counts.refused;
    return judge_error(file.error());
  }
  ++counts.opened;
  const auto resolver = symbols::make_resolver();
  ask(*module, **file, *resolver);
}

}  // namespace
}  // namespace sidestep::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidestep::fuzz;
  static const File file;
  file.write(data, size);
  examine(file.path());
  return 0;
}
