#include "runner.hpp"

#include <csignal>
#include <cstdlib>
#include <cstring>

#include "core/instruction_of.hpp"
#include "tracer.hpp"

namespace sidestep::test {
namespace {

constexpr int most_stops = 200;

void tell_signal(os::PtraceKernel& kernel, Tid tid, int signal, Ending& out) {
  out.signal = signal;
  const auto raw = kernel.siginfo(tid);
  if (!raw) return;
  siginfo_t info{};
  std::memcpy(&info, raw->bytes.data(), sizeof info);
  out.code = info.si_code;
  out.address.value = reinterpret_cast<std::uint64_t>(info.si_addr);
}

/// An int3 of those that stand wherever the instruction is not.
bool has_landed(const Ending& out, AddressRange own) {
  const Address landing{out.after.regs.rip - 1};
  return out.signal == SIGTRAP && out.code == SI_KERNEL && !own.contains(landing);
}

void note_call(os::PtraceKernel& kernel, Tid tid, Ending& out) {
  const auto regs = kernel.registers(tid);
  if (!regs) return;
  std::memcpy(&out.calls.emplace_back(), regs->words.data(), sizeof(user_regs_struct));
}

}  // namespace

core::Site make_site(const core::Architecture& arch, const core::Instruction& insn, Address slot) {
  core::Site site;
  static core::SlotMaps maps;
  std::copy(insn.bytes.begin(), insn.bytes.end(), site.bytes.begin());
  site.armed = site.slot_written = true;
  const core::SlotImage image = arch.relocate(insn, slot);
  site.slot_map = maps.keep(core::SlotMap(image, insn.site, insn.next()));
  site.elsewhere = core::SlotMap::elsewhere(image, insn.site, insn.next());
  core::SitePlan& plan = site.plan;
  plan.id = SiteId{0};
  plan.address = insn.site;
  plan.length = static_cast<std::uint8_t>(insn.bytes.size());
  plan.slot = slot;
  plan.twin_offset = image.twin_offset;
  plan.form = insn.form;
  plan.finish = insn.finish;
  plan.fixup = insn.fixup;
  plan.restartable_string = insn.restartable_string;
  plan.pushes_flags = insn.pushes_flags;
  return site;
}

Child& Runner::child() {
  if (!child_) child_ = std::make_unique<Child>();
  return *child_;
}

const user_regs_struct& Runner::first_registers() {
  return child().first_registers();
}
const Bytes& Runner::first_xstate() {
  return child().first_xstate();
}

void Runner::finish(Ending& out, AddressRange own) {
  child().save(out.after);
  const bool landed = has_landed(out, own);
  if (landed) --out.after.regs.rip;
  if (!landed && out.signal != Tracer::held_signal) return;
  out.signal = out.code = 0;
  out.address = {};
}

Ending Runner::in_place(std::span<const std::uint8_t> code, const Machine& start) {
  Ending out;
  Child& child = this->child();
  const Address site{start.regs.rip};
  child.write(site, code);
  child.load(start);
  Child::Stop stop;
  do {
    stop = child.resume({core::Resume::How::Syscall, 0});
    if (stop.system_call) note_call(child.kernel(), child.tid(), out);
  } while (stop.system_call && ++out.stops < most_stops);
  child.fill_code(site, code.size());
  if (stop.gone() || stop.system_call) return lose(out);
  tell_signal(child.kernel(), child.tid(), stop.signal, out);
  finish(out, {site, site + code.size()});
  return out;
}

Ending Runner::displaced(const core::Instruction& insn, const Way& way, const Machine& start) {
  Ending out;
  Child& child = this->child();
  Tracer tracer(child.kernel(), child.tid(), way, make_site(way.arch, insn, way.slot));
  Bytes armed(insn.bytes.begin(), insn.bytes.end());
  armed[0] = way.arch.trap_byte();
  const core::SlotImage image = core::image_of(way.arch, tracer.site());
  child.write(insn.site, armed);
  child.write(way.slot, {image.bytes.begin(), image.bytes.size()});
  child.load(start);
  int signal = 0;
  Child::Stop stop;
  do {
    stop = child.resume(tracer.how());
    if (stop.gone() || ++out.stops > most_stops) break;
    signal = tracer.on(stop);
    if (stop.system_call) note_call(child.kernel(), child.tid(), out);
  } while (signal == 0);
  child.fill_code(insn.site, armed.size());
  child.fill_code(way.slot, image.bytes.size());
  if (signal == 0) return lose(out);
  tell_signal(child.kernel(), child.tid(), signal, out);
  out.tracer_done = tracer.done();
  finish(out, {insn.site, insn.next()});
  // A signal that is still held, or its mask, would be met by the next run.
  const bool clean = way.passage != Passage::Held || signal == Tracer::held_signal;
  if (!out.tracer_done || !clean) child_.reset();
  return out;
}

/// The next run gets another child.
Ending& Runner::lose(Ending& out) {
  out.gone = true;
  child_.reset();
  return out;
}

}  // namespace sidestep::test
