// Relocation as data: what an instruction is, and the bytes that do the same elsewhere.
// Computed once, at arming, by an Architecture; immutable afterwards; needs no process to test.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sidestep/types.hpp"

namespace sidestep::core {

/// How a trapped thread gets past the site's instruction.
enum class Form : std::uint8_t {
  Boosted,     ///< run in the slot and jump back: one stop a hit
  Twin,        ///< run in the twin, which ends in int3: two stops (popf, x87)
  Step,        ///< single-step in the slot, then fix up: two stops (call rsp, far call)
  SystemCall,  ///< enter the kernel from the slot; PC put right at the syscall-entry stop
  OwnTrap,     ///< the program's own int3: hand it the SIGTRAP, nothing to run
};

/// How the instruction is run to its end when the thread must be caught behind it: because
/// a signal is held for it, or because the user asked for `--step single`.
enum class Finish : std::uint8_t {
  Twin,  ///< straight-line code: run the twin, whose int3 catches the thread
  Step,  ///< control transfers: single-step from the slot
  None,  ///< not at all: SystemCall, OwnTrap, and what loads flags and goes elsewhere (iret)
};

/// Repairs after the instruction has run, for what would otherwise show the slot's address.
enum class Fixup : std::uint8_t {
  None,
  ReturnAddress,  ///< a stepped call pushed the slot's address: overwrite it (width in fixup_bytes)
  FpuIp,          ///< an x87 instruction recorded the slot's address as FIP
};

/// One position inside a slot or twin at which a thread can be seen.
struct PcPoint {
  enum class Progress : std::uint8_t {
    NotStarted,  ///< the instruction has had no effect (or, for rep string, is half done)
    Pushed,      ///< a call's return address is pushed, the jump is still to come
    Done,        ///< the instruction is complete; `resume` is where the program goes on
  };
  std::uint8_t offset = 0;  ///< from the slot's start
  Progress progress = Progress::NotStarted;
  Address resume;  ///< original PC to show: the site, or where the program goes on
};

/// Fixed-capacity sequence: relocation must not allocate per site.
template <class T, std::size_t N>
class Inline {
 public:
  constexpr void push_back(const T& t) {
    if (size_ == N) __builtin_trap();
    items_[size_++] = t;
  }
  constexpr void append(std::span<const T> more) {
    for (const T& t : more) push_back(t);
  }
  constexpr T* begin() { return items_.data(); }
  constexpr T* end() { return items_.data() + size_; }
  constexpr const T* begin() const { return items_.data(); }
  constexpr const T* end() const { return items_.data() + size_; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr T& operator[](std::size_t i) { return items_[i]; }
  constexpr const T& operator[](std::size_t i) const { return items_[i]; }
  constexpr operator std::span<const T>() const { return {items_.data(), size_}; }  // NOLINT

 private:
  std::array<T, N> items_{};
  std::uint8_t size_ = 0;
};

/// Why an instruction can't be a site. `text` is what `list` and the error message print.
struct Refusal {
  std::string text;
};

/// An analysed instruction: everything that does not depend on the slot's address.
struct Instruction {
  Address site;                    ///< its own address
  Inline<std::uint8_t, 15> bytes;  ///< as in the file, without our int3
  Form form = Form::Boosted;
  Finish finish = Finish::Twin;
  Fixup fixup = Fixup::None;
  std::uint8_t fixup_bytes = 8;     ///< ReturnAddress: width of what was pushed
  bool restartable_string = false;  ///< rep-prefixed string: single-step stops per iteration
  bool pushes_flags = false;        ///< pushf: a stepping TF would be stored
  bool may_set_trap_flag = false;   ///< popf, iret
  bool ends_block = false;          ///< never goes on to the next instruction (jmp, ret)
  std::optional<Address> operand;   ///< RIP-relative memory operand that the slot must reach
  std::uint8_t kind = 0;            ///< the Architecture's own class, opaque to core
  std::string_view mnemonic;        ///< static storage

  Address next() const { return site + bytes.size(); }
};

/// The bytes for one site at one place: slot, then twin.
struct SlotImage {
  static constexpr std::size_t max_bytes = 80;
  static constexpr std::size_t max_points = 6;

  Inline<std::uint8_t, max_bytes> bytes;  ///< slot at 0, twin at twin_offset
  std::uint8_t twin_offset = 0;           ///< 0: no twin
  std::uint8_t twin_end = 0;           ///< offset just behind the twin's int3: the PC when it traps
  Inline<PcPoint, max_points> points;  ///< every PC a thread can be seen at, slot and twin

  /// Where a thread at the twin's end goes on; nullopt: no twin.
  std::optional<Address> behind_twin() const {
    for (const PcPoint& point : points)
      if (twin_end != 0 && point.offset == twin_end) return point.resume;
    return std::nullopt;
  }
};

}  // namespace sidestep::core
