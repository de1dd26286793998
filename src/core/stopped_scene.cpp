#include "core/stopped_scene.hpp"

namespace sidestep::core {

const Registers* StoppedScene::registers() {
  if (!registers_) {
    registers_ = kernel_.registers(thread_.tid);
    if (registers_) arch_.set_pc(*registers_, pc_);
  }
  return registers_ ? &*registers_ : nullptr;
}

std::optional<std::uint64_t> StoppedScene::general(unsigned dwarf_number) {
  const Registers* regs = registers();
  return regs ? arch_.value(*regs, dwarf_number) : std::nullopt;
}

bool StoppedScene::vector(unsigned dwarf_number, std::span<std::uint8_t> to) {
  if (!vectors_) vectors_ = kernel_.vector_registers(thread_.tid);
  return vectors_ && arch_.value(*vectors_, dwarf_number, to);
}

std::size_t StoppedScene::read(Address from, std::span<std::uint8_t> to) {
  const std::size_t got = kernel_.read(thread_.tid, from, to);
  arming_.hide_own_traps(*thread_.process, from, to.first(got));
  return got;
}

std::optional<std::uint64_t> StoppedScene::word(Address from) {
  std::array<std::uint8_t, 8> bytes{};
  if (read(from, bytes) != bytes.size()) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

std::string_view StoppedScene::comm() {
  if (!comm_) comm_ = kernel_.comm(thread_.tid);
  return *comm_;
}

}  // namespace sidestep::core
