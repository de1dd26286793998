#include "core/fix_up.hpp"

#include <array>
#include <cstring>

#include "core/instruction_of.hpp"

namespace sidestep::core {

void fix_up(Kernel& kernel, const Architecture& arch, Tid tid, const Site& site) {
  const Address ran_at = site.plan.form == Form::Twin ? site.plan.twin() : site.plan.slot;
  if (site.plan.fixup == Fixup::FpuIp)
    return kernel.translate_fpu_ip(tid, ran_at, site.plan.address);
  const auto regs = kernel.registers(tid);
  if (!regs) return;
  const Address next = site.plan.next();
  std::array<std::uint8_t, 8> bytes{};
  std::memcpy(bytes.data(), &next.value, bytes.size());
  kernel.write(tid, arch.stack(*regs),
               std::span(bytes).first(instruction_of(arch, site).fixup_bytes));
}

}  // namespace sidestep::core
