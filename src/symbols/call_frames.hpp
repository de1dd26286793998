// The call frame information of one file (.eh_frame, .debug_frame): at each instruction, where the
// caller's registers are. Made by the unwinder, shared by all modules that map the file. libdw
// reads it; what it says of an address is kept, in a form that costs nothing to apply, since hits
// come from the same places.
//
// Opening fails for what is not ELF. What broken information doesn't yield is absent.
#pragma once

#include <elfutils/libdw.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "symbols/elf_file.hpp"
#include "symbols/file_descriptor.hpp"
#include "symbols/frame_expression.hpp"

namespace sidestep::symbols {

struct RegisterRule {
  enum class Kind : std::uint8_t {
    Undefined,
    Same,
    AtCfa,         ///< in memory, at CFA + `number`
    CfaPlus,       ///< CFA + `number` itself
    Register,      ///< in register `number`
    AtExpression,  ///< in memory, where `expression` says
    IsExpression,
  };
  Kind kind = Kind::Undefined;
  std::uint64_t number = 0;
  std::span<const Dwarf_Op> expression{};  ///< libdw's; lives as long as the CallFrames
};

struct FrameRules {
  std::uint64_t cfa_register = 0, cfa_offset = 0;
  std::span<const Dwarf_Op> cfa_expression{};  ///< empty: the two above
  std::array<RegisterRule, FrameRegisters::count> registers;
  bool signal = false;  ///< a signal handler's trampoline: the caller was interrupted, not calling
};

class CallFrames {
 public:
  /// Null: can't be read.
  static std::unique_ptr<CallFrames> open(const std::string& path);
  static std::unique_ptr<CallFrames> of_image(std::vector<std::uint8_t> image);

  /// Page of the first loadable segment, which lies at the module's load base.
  LinkAddress first_page() const { return first_page_; }

  /// Null: nothing known. Valid until the next call.
  const FrameRules* rules_at(LinkAddress address);

 private:
  struct ElfEnd {
    void operator()(Elf* elf) const { elf_end(elf); }
  };
  struct CfiEnd {
    void operator()(Dwarf_CFI* cfi) const { dwarf_cfi_end(cfi); }
  };
  struct DwarfEnd {
    void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
  };
  CallFrames() = default;
  bool use(Elf* elf);
  Dwarf_CFI* debug_frame();
  std::optional<FrameRules> look_up(Dwarf_CFI* from, LinkAddress address) const;

  // In the order in which they rest on each other.
  std::vector<std::uint8_t> image_;
  std::optional<FileDescriptor> file_;
  std::unique_ptr<Elf, ElfEnd> elf_, debug_elf_;
  std::unique_ptr<Dwarf_CFI, CfiEnd> eh_frame_;
  std::unique_ptr<Dwarf, DwarfEnd> dwarf_;
  Dwarf_CFI* debug_frame_ = nullptr;
  bool debug_frame_sought_ = false;
  LinkAddress first_page_ = 0;
  std::unordered_map<LinkAddress, std::optional<FrameRules>> known_;
};

}  // namespace sidestep::symbols
