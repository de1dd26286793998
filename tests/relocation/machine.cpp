#include "machine.hpp"

#include <cstring>

namespace sidestep::test {

std::uint8_t* Machine::memory(Address at, std::size_t size) {
  const auto inside = [&](Address begin, std::size_t bytes) {
    return at >= begin && at.value + size <= begin.value + bytes;
  };
  if (inside(layout::data, data.size())) return data.data() + (at - layout::data);
  if (inside(layout::high_data, data.size())) return data.data() + (at - layout::high_data);
  if (inside(layout::stack, stack.size())) return stack.data() + (at - layout::stack);
  return nullptr;
}

void Machine::poke(Address at, std::uint64_t value, std::size_t size) {
  if (std::uint8_t* bytes = memory(at, size)) std::memcpy(bytes, &value, size);
}

unsigned long long& gpr(user_regs_struct& regs, unsigned number) {
  unsigned long long* const order[] = {
      &regs.rax, &regs.rcx, &regs.rdx, &regs.rbx, &regs.rsp, &regs.rbp, &regs.rsi, &regs.rdi,
      &regs.r8,  &regs.r9,  &regs.r10, &regs.r11, &regs.r12, &regs.r13, &regs.r14, &regs.r15};
  return *order[number & 15];
}

}  // namespace sidestep::test
