// A stopped thread's memory as one unwinding sees it: read by the page and kept until the next one
// begins. Owned by the unwinder, which keeps the room between unwindings.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "core/unwinder.hpp"

namespace sidestep::symbols {

class StackMemory {
 public:
  /// Another thread, or the same one later: what was read is forgotten. `read` must outlive it.
  void begin(const core::Unwinder::Read& read) {
    read_ = &read;
    used_ = last_ = 0;
  }

  /// The 8 bytes there, which may lie in two pages.
  std::optional<std::uint64_t> word(std::uint64_t at) {
    std::uint64_t value = 0;
    const std::uint64_t inside = at % page_size;
    if (inside <= page_size - sizeof value) {
      const Page* page = page_of(at - inside);
      if (page == nullptr) return std::nullopt;
      std::memcpy(&value, page->bytes.data() + inside, sizeof value);
      return value;
    }
    for (unsigned i = 0; i < sizeof value; ++i) {
      const Page* page = page_of((at + i) / page_size * page_size);
      if (page == nullptr) return std::nullopt;
      value |= std::uint64_t{page->bytes[(at + i) % page_size]} << (8 * i);
    }
    return value;
  }

 private:
  static constexpr std::uint64_t page_size = 4096;
  static constexpr std::size_t most_pages = 256;  ///< then the oldest goes: room stays bounded
  struct Page {
    std::uint64_t address = 0;
    bool readable = false;
    std::array<std::uint8_t, page_size> bytes;
  };

  /// Null if it can't be read.
  const Page* page_of(std::uint64_t address) {
    const std::size_t kept = used_ < most_pages ? used_ : most_pages;
    if (kept > 0 && pages_[last_]->address == address) return shown(last_);
    for (std::size_t i = 0; i < kept; ++i) {
      if (pages_[i]->address == address) return shown(i);
    }
    const std::size_t slot = used_++ % most_pages;
    if (slot == pages_.size()) pages_.push_back(std::make_unique<Page>());
    Page& page = *pages_[slot];
    page.address = address;
    page.readable = (*read_)(Address{address}, page.bytes) == page.bytes.size();
    return shown(slot);
  }
  const Page* shown(std::size_t slot) {
    last_ = slot;
    return pages_[slot]->readable ? pages_[slot].get() : nullptr;
  }

  const core::Unwinder::Read* read_ = nullptr;
  std::vector<std::unique_ptr<Page>> pages_;
  std::size_t used_ = 0, last_ = 0;
};

}  // namespace sidestep::symbols
