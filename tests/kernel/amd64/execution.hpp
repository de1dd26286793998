// One instruction, run where it stands and from its slot, in every form that its class allows;
// the outcomes must be equal to the last bit.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/architecture.hpp"
#include "sandbox.hpp"

namespace sidestep::test {

/// Stand-ins for four bytes each in Case::code.
enum Field {
  Rip = -1,    ///< displacement to layout::operand, whatever follows it
  ToFar = -2,  ///< rel32 to layout::target
};

struct Case {
  const char* name;
  std::vector<int> code;  ///< bytes and Fields
  void (*setup)(State&) = nullptr;
  const char* cpu = "";  ///< extension that it needs
  int signal = 0;        ///< that it ends with in place; 0: it goes on
};
void PrintTo(const Case& test, std::ostream* out);

/// What became of the thread.
struct Outcome {
  Stop stop;  ///< signal 0: the instruction is done, and control is at regs.rip
  State state;
};

const core::Architecture& amd64();
Bytes assemble(const Case& test);
bool cpu_has(const std::string& extension);

class Execution : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override;

  Outcome run_in_place();
  Outcome step_in_place();  ///< for what comes back to itself
  Outcome run_boosted(Address slot);
  Outcome run_twin(Address slot);
  Outcome run_stepped(Address slot);
  /// Runs `insn_` in all its forms at both slots.
  void expect_all_equal(const Outcome& reference);

  Sandbox sandbox_;
  State start_;
  Bytes code_;
  core::Instruction insn_;

 private:
  core::SlotImage enter(Address slot, std::size_t offset);
  Outcome land(Stop stop);
  Outcome in_slot(Stop stop, const core::SlotImage& image, Address slot);
};

void expect_equal(const Outcome& reference, const Outcome& outcome);
std::string case_name(const testing::TestParamInfo<Case>& info);

}  // namespace sidestep::test
