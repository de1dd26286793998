// What of a process is code, for the unwinder: from an address to the file that it is of and its
// call frame information. Owned by the unwinder, one a process.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/resolver.hpp"
#include "symbols/call_frames.hpp"
#include "symbols/stack_memory.hpp"

namespace sidestep::symbols {

/// The files that any process has needed so far, each of them read once for as long as one of them
/// maps it. All processes have the same vdso: it is read from the first one that needs it.
class CallFrameFiles {
 public:
  /// Null: can't be read.
  std::shared_ptr<CallFrames> file(const std::string& path);
  std::shared_ptr<CallFrames> vdso(AddressRange where, StackMemory& memory);

 private:
  std::map<FileIdentity, std::weak_ptr<CallFrames>> files_;
  std::shared_ptr<CallFrames> vdso_;
};

class CodeSpace {
 public:
  /// Keeps what it has opened for the modules that are still there.
  void set(std::span<const core::Mapping> mappings, std::span<const core::Module> modules);

  bool is_code(std::uint64_t address) const { return range_of(address) != nullptr; }
  /// How the frame with code at `address` is left. Null: nothing says that. Valid until the next
  /// call. `memory`: of a stopped thread of the process.
  const FrameRules* rules_at(std::uint64_t address, CallFrameFiles& files, StackMemory& memory);

 private:
  struct Object {
    std::string file;
    std::uint64_t device = 0, inode = 0;
    AddressRange range;  ///< from the load base on
    bool vdso = false;
    bool opened = false;  ///< or tried to
    std::shared_ptr<CallFrames> frames;

    bool same_as(const Object& other) const {
      return file == other.file && device == other.device && inode == other.inode &&
             range.begin == other.range.begin && vdso == other.vdso;
    }
  };
  struct Range {
    AddressRange range;
    std::size_t object = none;
  };
  static constexpr std::size_t none = ~std::size_t{0};

  const Range* range_of(std::uint64_t address) const;
  void add(Object object, std::vector<Object>& before);

  std::uint64_t fingerprint_ = 0;  ///< of what was set last; 0: nothing yet
  std::vector<Object> objects_;
  std::vector<Range> ranges_;  ///< executable mappings, ascending
};

}  // namespace sidestep::symbols
