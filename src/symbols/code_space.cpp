#include "symbols/code_space.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sidestep::symbols {
namespace {

/// Of what set() takes over, so that the same again costs next to nothing. Never 0.
std::uint64_t fingerprint(std::span<const core::Mapping> mappings,
                          std::span<const core::Module> modules) {
  constexpr std::uint64_t basis = 0xcbf29ce484222325, prime = 0x100000001b3;  // FNV-1a, by the word
  std::uint64_t hash = basis;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * prime;
    hash ^= hash >> 32;
  };
  const auto mix_code = [&](const core::Mapping& m) {
    if (!m.executable) return;
    for (const std::uint64_t word : {m.range.begin.value, m.range.end.value, m.device, m.inode}) {
      mix(word);
    }
  };
  for (const core::Module& module : modules) {
    mix(module.base.value);
    for (const core::Mapping& m : module.mappings) mix_code(m);
  }
  for (const core::Mapping& m : mappings) mix_code(m);
  return hash | 1;
}

}  // namespace

std::shared_ptr<CallFrames> CallFrameFiles::file(const std::string& path) {
  const auto identity = ElfFile::identify(path);
  if (!identity) return nullptr;
  std::erase_if(files_, [](const auto& one) { return one.second.expired(); });
  std::weak_ptr<CallFrames>& kept = files_[*identity];
  std::shared_ptr<CallFrames> frames = kept.lock();
  if (!frames) kept = frames = CallFrames::open(path);
  return frames;
}

std::shared_ptr<CallFrames> CallFrameFiles::vdso(AddressRange where, StackMemory& memory) {
  constexpr std::uint64_t most = 1 << 20;
  if (vdso_ || where.size() > most) return vdso_;
  std::vector<std::uint8_t> image;
  for (Address at = where.begin; at < where.end; at = at + sizeof(std::uint64_t)) {
    const auto word = memory.word(at.value);
    if (!word) return nullptr;
    for (unsigned i = 0; i < sizeof *word; ++i) {
      image.push_back(static_cast<std::uint8_t>(*word >> (8 * i)));
    }
  }
  return vdso_ = CallFrames::of_image(std::move(image));
}

void CodeSpace::add(Object object, std::vector<Object>& before) {
  const auto known = std::find_if(before.begin(), before.end(),
                                  [&](const Object& one) { return one.same_as(object); });
  if (known != before.end()) {
    object.opened = known->opened;
    object.frames = std::move(known->frames);
  }
  objects_.push_back(std::move(object));
}

void CodeSpace::set(std::span<const core::Mapping> mappings,
                    std::span<const core::Module> modules) {
  const std::uint64_t now = fingerprint(mappings, modules);
  if (std::exchange(fingerprint_, now) == now) return;
  std::vector<Object> before = std::exchange(objects_, {});
  ranges_.clear();
  for (const core::Module& module : modules) {
    if (module.mappings.empty()) continue;
    const core::Mapping& first = module.mappings.front();
    for (const core::Mapping& m : module.mappings) {
      if (m.executable) ranges_.push_back({m.range, objects_.size()});
    }
    Object object;
    object.file = module.file;
    object.device = first.device;
    object.inode = first.inode;
    object.range = {module.base, module.mappings.back().range.end};
    add(std::move(object), before);
  }
  for (const core::Mapping& m : mappings) {
    if (!m.executable) continue;
    if (m.path == "[vdso]") {
      ranges_.push_back({m.range, objects_.size()});
      Object object;
      object.range = m.range;
      object.vdso = true;
      add(std::move(object), before);
    } else {
      ranges_.push_back({m.range, none});
    }
  }
  // Of two with the same beginning, the one with an object comes first, and stays.
  std::stable_sort(ranges_.begin(), ranges_.end(),
                   [](const Range& a, const Range& b) { return a.range.begin < b.range.begin; });
  const auto same = [](const Range& a, const Range& b) { return a.range.begin == b.range.begin; };
  ranges_.erase(std::unique(ranges_.begin(), ranges_.end(), same), ranges_.end());
}

const CodeSpace::Range* CodeSpace::range_of(std::uint64_t address) const {
  const auto after = std::upper_bound(
      ranges_.begin(), ranges_.end(), address,
      [](std::uint64_t a, const Range& range) { return a < range.range.begin.value; });
  if (after == ranges_.begin()) return nullptr;
  const Range& range = *std::prev(after);
  return range.range.contains({address}) ? &range : nullptr;
}

const FrameRules* CodeSpace::rules_at(std::uint64_t address, CallFrameFiles& files,
                                      StackMemory& memory) {
  const Range* range = range_of(address);
  if (range == nullptr || range->object == none) return nullptr;
  Object& object = objects_[range->object];
  if (!std::exchange(object.opened, true)) {
    object.frames = object.vdso ? files.vdso(object.range, memory) : files.file(object.file);
  }
  if (!object.frames) return nullptr;
  return object.frames->rules_at(address - object.range.begin.value + object.frames->first_page());
}

}  // namespace sidestep::symbols
