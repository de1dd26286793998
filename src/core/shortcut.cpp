// The usual hit: a thread that runs the program, at a site of which nothing is to be asked. It
// comes to the same as the long way (decode, advance, apply, settle), in a quarter of the time, as
// nothing of that is put into words. Whatever is the least bit unusual goes the long way.
#include "core/engine.hpp"

namespace sidestep::core {
namespace {

/// For decode(), a trap there is an arrival without another look, and the slot is there, not only
/// its place.
bool is_plain(const Site& site) {
  return site.armed && site.slot_written && !site.ambiguous && !site.near_sequences &&
         !site.rewritable && site.hook == Hook::None;
}

/// Something of an earlier stop is still to be dealt with, or the next errand is due.
bool is_busy(const Thread& thread) {
  return thread.echo != SiteId::None || thread.group_stopped || thread.blocks_traps ||
         thread.is_look_due() || thread.process->wants_handler;
}

}  // namespace

/// nullptr: not a usual hit.
Site* Engine::usual_site(const Thread& thread, Address pc) const {
  if (draining_ || parts_.journal || is_busy(thread)) return nullptr;
  Site* site = thread.process->sites.at(pc - 1);
  return site && is_plain(*site) ? site : nullptr;
}

/// Of a thread that has stopped with a SIGTRAP. False: nothing has been done.
bool Engine::take_shortcut(Thread& thread, Address pc, Nanoseconds woke) {
  Site* site = usual_site(thread, pc);
  const auto to = site ? shortcut(view_of(thread), site->plan) : std::nullopt;
  if (!to) return false;
  ++thread.looks;
  thread.aborts = 0;
  ++site->books.to_book().traps, ++thread.tally.traps;
  const Seen seen = see(thread, *site, woke, reports_left());
  if (seen == Seen::Late) {
    dispatch(thread, stop::Trap{site->plan.id, false, true}, woke);
    return true;
  }
  kernel_.set_pc(thread.tid, *to);
  kernel_.resume(thread.tid, {Resume::How::Cont, 0});
  book(thread, *site, seen == Seen::Counts ? Verdict::Hit : Verdict::Filtered);
  book_time(thread, woke);
  if (!thread.returned.empty()) report_returns(thread, woke);
  if (seen == Seen::Counts) report(thread, *site, woke);
  return true;
}

}  // namespace sidestep::core
