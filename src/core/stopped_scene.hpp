// The Scene of a thread that is stopped under ptrace. Fetches what is asked for, each at most once.
// Lives for one stop.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "core/architecture.hpp"
#include "core/arming.hpp"
#include "core/evaluate.hpp"
#include "core/kernel.hpp"
#include "core/process.hpp"

namespace sidestep::core {

class StoppedScene final : public Scene {
 public:
  /// `pc`: the program's own, as the register may hold one that is behind our trap.
  StoppedScene(Kernel& kernel, const Architecture& arch, const Arming& arming, const Thread& thread,
               Address pc)
      : kernel_(kernel), arch_(arch), arming_(arming), thread_(thread), pc_(pc) {}

  void set_times(Nanoseconds latency, Nanoseconds net) {
    latency_ = latency;
    net_ = net;
  }
  /// nullptr: the thread has been killed.
  const Registers* registers();

  std::optional<std::uint64_t> general(unsigned dwarf_number) override;
  bool vector(unsigned dwarf_number, std::span<std::uint8_t> to) override;
  std::size_t read(Address from, std::span<std::uint8_t> to) override;
  std::optional<std::uint64_t> word(Address from);
  std::string_view comm() override;
  Tid tid() const override { return thread_.tid; }
  Nanoseconds latency() const override { return latency_; }
  Nanoseconds net_time() const override { return net_; }

 private:
  Kernel& kernel_;
  const Architecture& arch_;
  const Arming& arming_;
  const Thread& thread_;
  const Address pc_;
  Nanoseconds latency_ = 0, net_ = 0;
  std::optional<Registers> registers_;
  std::optional<VectorRegisters> vectors_;
  std::optional<std::string> comm_;
};

}  // namespace sidestep::core
