#include "fixtures.hpp"

namespace sidestep::core::test {
namespace {

using Progress = PcPoint::Progress;
using Where = Place::Where;

const displaced::DisplacedPolicy boosted_policy{Step::Boosted}, single_policy{Step::Single};
const inplace::InPlacePolicy stop_policy{inplace::InPlacePolicy::Others::Stop};
const inplace::InPlacePolicy lift_policy{inplace::InPlacePolicy::Others::Run};

}  // namespace

const std::vector<Mode>& modes() {
  static const std::vector<Mode> all = {{"boosted", boosted_policy},
                                        {"single", single_policy},
                                        {"all-stop", stop_policy},
                                        {"lift", lift_policy}};
  return all;
}
const Mode& boosted() {
  return modes()[0];
}
const Mode& single() {
  return modes()[1];
}
const Mode& all_stop() {
  return modes()[2];
}
const Mode& lift() {
  return modes()[3];
}
const Policy& own_policy() {
  return boosted_policy;
}

SitePlan plan_of(std::uint32_t c) {
  SitePlan p;
  p.id = id(c);
  p.address = {0x1000 + 0x100 * c};
  p.length = 4;
  p.slot = {0x90000 + 0x100 * c};
  p.form = c == x87        ? Form::Twin
           : c == far_call ? Form::Step
           : c == syscall  ? Form::SystemCall
           : c == own_int3 ? Form::OwnTrap
                           : Form::Boosted;
  p.finish = c == branch || c == call || c == far_call    ? Finish::Step
             : c == syscall || c == own_int3 || c == iret ? Finish::None
                                                          : Finish::Twin;
  if (p.finish == Finish::Twin) p.twin_offset = 0x20;
  if (c == own_int3) p.slot = {};
  p.fixup = c == x87 ? Fixup::FpuIp : c == far_call ? Fixup::ReturnAddress : Fixup::None;
  p.restartable_string = c == string;
  p.pushes_flags = c == pushf;
  p.purpose = c == hook ? Purpose::Own : Purpose::Probe;
  return p;
}

const SiteTable& sites() {
  static const SiteTable table = [] {
    SiteTable t;
    for (std::uint32_t c = 1; c <= classes; ++c) {
      Site site;
      site.plan = plan_of(c);
      t.add(std::move(site));
    }
    return t;
  }();
  return table;
}

bool in_scratch(Address a) {
  return a.value >= 0x90000;
}

std::vector<Spot> spots(std::uint32_t c) {
  const SitePlan p = plan_of(c);
  std::vector<Spot> all = {
      {"elsewhere", {Where::Program, SiteId::None, Progress::NotStarted, {0x5000}, {0x5000}}},
      {"site", {Where::Program, SiteId::None, Progress::NotStarted, p.address, p.address}}};
  if (!p.slot) return all;
  all.push_back({"slot start", {Where::Slot, p.id, Progress::NotStarted, p.slot, p.address}});
  if (c == call)
    all.push_back({"pushed", {Where::Slot, p.id, Progress::Pushed, p.slot + 6, p.address}});
  if (c != syscall)
    all.push_back({"slot end", {Where::Slot, p.id, Progress::Done, p.slot + 9, p.next()}});
  if (!p.twin_offset) return all;
  all.push_back({"twin start", {Where::Twin, p.id, Progress::NotStarted, p.twin(), p.address}});
  all.push_back({"twin end", {Where::Twin, p.id, Progress::Done, p.twin() + 4, p.next()}});
  return all;
}

std::vector<ThreadState> states(std::uint32_t c) {
  using Step = state::Stepping;
  const SiteId s = id(c);
  std::vector<ThreadState> all = {state::Newborn{},
                                  state::Free{},
                                  state::Waiting{s, true},
                                  state::Waiting{s, false},
                                  state::Parked{{Resume::How::Cont, 0}, SiteId::None},
                                  state::Parked{{Resume::How::Cont, sigusr1}, SiteId::None},
                                  state::Parked{{Resume::How::Syscall, 0}, s},
                                  state::Listening{},
                                  state::LeavingStop{},
                                  state::InVfork{SiteId::None},
                                  state::InVfork{s},
                                  state::InCall{s},
                                  state::Borrowed{false},
                                  state::Borrowed{true},
                                  state::Exiting{}};
  for (const int held : {0, sigusr1}) {
    all.push_back(Step{s, Step::Where::Slot, held});
    all.push_back(Step{s, Step::Where::InPlace, held});
    all.push_back(state::InTwin{s, held});
  }
  for (const bool in_place : {false, true})
    for (const bool counted : {false, true}) all.push_back(state::Entering{s, in_place, counted});
  return all;
}

std::vector<StopEvent> events(std::uint32_t c) {
  const SiteId s = id(c);
  std::vector<StopEvent> all = {stop::Trap{s, false, false},
                                stop::Trap{s, true, false},
                                stop::Trap{s, false, false, true},
                                stop::TwinEnd{s, plan_of(c).next()},
                                stop::Syscall{false},
                                stop::Syscall{true},
                                stop::Group{sigstop, false},
                                stop::Group{sigstop, true},
                                stop::Nudge{},
                                stop::Clone{},
                                stop::Vfork{},
                                stop::VforkDone{},
                                stop::Exec{},
                                stop::Turn{},
                                stop::Sequence{s},
                                stop::Sequence{s, true},
                                stop::Release{}};
  for (const Spot& spot : spots(c)) {
    all.push_back(stop::Exit{spot.place});
    for (const auto d : {Disposition::Handled, Disposition::Fatal}) {
      all.push_back(stop::TraceTrap{spot.place, false, d});
      all.push_back(stop::TraceTrap{spot.place, true, d});
      all.push_back(stop::Signal{sigsegv, true, d, spot.place});
    }
    all.push_back(stop::Signal{sigusr1, false, Disposition::Handled, spot.place});
    all.push_back(stop::Signal{sigusr1, false, Disposition::Handled, spot.place, true});
    all.push_back(stop::Signal{sigusr1, false, Disposition::Ignored, spot.place});
    all.push_back(stop::Signal{15, false, Disposition::Fatal, spot.place});
    all.push_back(stop::Signal{sigsegv, false, Disposition::Handled, spot.place});  // by kill(2)
    all.push_back(stop::Signal{sigstop, false, Disposition::Stops, spot.place});
  }
  return all;
}

std::string Case::text() const {
  static constexpr const char* process_names[] = {"Tracing", "Quiescing", "Lifted", "Draining"};
  return mode.name + " " + process_names[static_cast<int>(process)] +
         (role == Role::Guest ? " guest" : "") + (start_up ? " start-up" : "") + " " +
         test::text(state) + " " + test::text(event) + " -> " + test::text(run());
}

int held_by(const ThreadState& state) {
  if (auto* stepping = as<state::Stepping>(state)) return stepping->held;
  if (auto* twin = as<state::InTwin>(state)) return twin->held;
  return 0;
}

}  // namespace sidestep::core::test
