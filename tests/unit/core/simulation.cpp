#include "simulation.hpp"

#include <map>
#include <random>

#include "displaced/scratch.hpp"
#include "scripted_kernel.hpp"
#include "sim_architecture.hpp"

namespace sidestep::core::test {
namespace {

struct Code {
  std::vector<std::uint8_t> bytes;
  std::uint64_t handler = 0;
  std::map<Address, std::uint8_t> ids;         ///< of instructions that may be sites
  std::map<std::uint8_t, std::uint64_t> runs;  ///< how often each runs if nobody traces
};

constexpr unsigned workers = 2;
constexpr unsigned rounds = 3;  // as SimThread::loops

/// Two workers and the leader each go three times round a loop that has one instruction of each
/// kind.
Code assemble() {
  Code code;
  std::uint8_t id = 0;
  const auto put = [&](std::uint8_t op, int target = -1) {
    const auto at = program_base + code.bytes.size();
    ++id;
    if (op == op_one) {
      code.bytes.push_back(op_one | id);
    } else {
      code.bytes.push_back(op), code.bytes.push_back(id);
      if (target >= 0) code.bytes.push_back(static_cast<std::uint8_t>(target));
    }
    return at;
  };
  const auto site = [&](std::uint8_t op, std::uint64_t runs, int target = -1) {
    const Address at = put(op, target);
    code.ids[at] = id;
    code.runs[id] = runs;
  };
  constexpr std::uint64_t all = (workers + 1) * rounds;
  constexpr int body = 8, function = 24;
  site(op_work, 1);
  for (unsigned i = 0; i < workers; ++i) put(op_clone, body);
  // body:
  site(op_work, all);
  site(op_one, all);
  site(op_call, all, function);
  site(op_sys, all);
  site(op_rep, all);
  site(op_fault, all);
  site(op_loop, all, body);
  put(op_exit);
  code.bytes.resize(function);
  site(op_one, all);
  site(op_ret, all);
  code.handler = code.bytes.size();
  site(op_work, 0);  // as often as signals come
  put(op_sigret);
  return code;
}

class SimResolver final : public Resolver {
 public:
  std::vector<Location> locations;

  Result<Findings> find(const Module&, std::span<const ProbeSpec> probes) override {
    Findings findings;
    if (!probes.empty()) findings.locations = locations;
    return findings;
  }
  std::vector<std::string> nearest(const ProbeSpec&, std::size_t) override { return {}; }
  Location describe(const Module&, Address address) override {
    return {ProbeId{}, address, "", {}, "", 0};
  }
  std::optional<Variable> symbol(const Module&, const std::string&) override { return {}; }
};

class SimCatalog final : public Catalog {
 public:
  std::map<SiteId, Address> addresses;

  SiteId add(SiteInfo info, std::shared_ptr<const Observations>) override {
    const auto fresh = static_cast<SiteId>(addresses.size());
    addresses[fresh] = info.ip;
    return fresh;
  }
  SiteId copy(SiteId original, Pid) override {
    SiteInfo info;
    info.ip = addresses.at(original);
    return add(std::move(info), nullptr);
  }
};

class SimRecorder final : public Recorder {
 public:
  std::uint64_t hits = 0;
  void record(const Record& r, std::span<const std::uint8_t>) override {
    hits += r.kind == Record::Kind::Hit;
  }
  void notice(Pid, std::string) override {}
  void interim(const Account&) override {}
};

std::vector<Location> choose_sites(const Code& code, const Plan& plan) {
  std::mt19937 rng(plan.seed * 7919);
  std::vector<Location> chosen;
  for (const auto& [address, id] : code.ids) {
    if (rng() % 4 == 0 && !chosen.empty()) continue;
    if (code.bytes[address.value - program_base.value] == op_rep && !plan.strings) continue;
    chosen.push_back({ProbeId{}, address, "", {}, "", 0});
  }
  return chosen;
}

/// The program's own results: as without a tracer.
void check_program(const Code& code, Machine& machine, Outcome& out) {
  for (const auto& [id, expected] : code.runs) {
    const std::uint64_t signals = machine.handled + machine.threads.size();  // and one fault each
    const bool in_handler = expected == 0;
    const bool right = in_handler ? machine.ran[id] <= signals && machine.ran[id] >= machine.handled
                                  : machine.ran[id] == expected;
    if (!right)
      out.wrong.push_back("instruction " + std::to_string(id) + " ran " +
                          std::to_string(machine.ran[id]) + " times");
  }
  for (std::size_t i = 0; i < machine.program.size(); ++i)
    if (*machine.byte(program_base + i) != machine.program[i] && out.account.ended_by_us)
      out.wrong.push_back("a trap was left at +" + std::to_string(i));
}

void check_sites(const Code& code, const Machine& machine, const SimCatalog& catalog,
                 const Plan& plan, Outcome& out) {
  for (const auto& [site, address] : catalog.addresses) {
    const std::uint8_t id = code.ids.at(address);
    const std::uint64_t arrivals = machine.ran[id] + machine.faulted[id];
    const std::uint64_t in_slot = machine.in_slot[id] + machine.faulted_in_slot[id];
    out.arrivals += arrivals;
    out.slot_runs += in_slot;
    // A displaced run that was ended early has reported what ran in slots, and nothing else.
    const bool early = out.account.ended_by_us;
    const std::uint64_t expected = early && !plan.mode.policy.in_place() ? in_slot : arrivals;
    const std::uint64_t got = out.account.sites.of(site).reported;
    const bool known = plan.mode.policy.exact() && !(early && plan.mode.policy.in_place());
    if (known && got != expected)
      out.wrong.push_back("site of instruction " + std::to_string(id) + ": " + std::to_string(got) +
                          " hits, " + std::to_string(expected) + " arrivals");
    if (got > arrivals && plan.mode.policy.exact())
      out.wrong.push_back("more hits than arrivals at instruction " + std::to_string(id));
  }
}

}  // namespace

Outcome simulate(const Plan& plan) {
  const Code code = assemble();
  Machine machine(code.bytes, code.handler, plan.seed);
  machine.signals_left = 6;
  ScriptedKernel kernel(machine);
  const SimArchitecture arch;
  SimResolver resolver;
  SimCatalog catalog;
  SimRecorder recorder;
  resolver.locations = choose_sites(code, plan);
  Arming arming(
      kernel, arch, resolver, catalog,
      [](const Architecture& a) { return std::make_unique<displaced::Scratch>(a); },
      !plan.mode.policy.in_place());
  ProbeSpec all;
  all.text = "all";
  all.what = probe::Function{"all"};
  arming.set_probes({all}, {});
  std::unique_ptr<Journal> journal;
  if (!plan.journal.empty()) journal = std::move(Journal::open(plan.journal, false).value());
  Engine engine(
      {kernel, arch, resolver, arming, plan.mode.policy, own_policy(), recorder, journal.get()},
      {});
  if (plan.stops)
    kernel.after_waits(plan.stops_at ? plan.stops_at : 1 + std::mt19937(plan.seed)() % 250,
                       [&] { engine.request_stop(); });

  Outcome out;
  const Tid leader = machine.threads.front()->tid;
  if (!plan.attached)
    engine.launched(leader);
  else if (auto attached = engine.attach({leader.value}); !attached)
    out.wrong.push_back(attached.error().message);
  if (auto result = engine.run(); !result) out.wrong.push_back(result.error().message);
  out.account = engine.account();
  out.interrupts = kernel.interrupts;
  for (const auto& t : machine.threads) out.left_early |= t->life != SimThread::Life::Dead;
  machine.detach_all();
  for (int ticks = 0; ticks < 10'000 && machine.tick(); ++ticks) continue;
  for (const std::string& complaint : machine.complaints) out.wrong.push_back(complaint);
  for (const auto& t : machine.threads)
    if (t->life != SimThread::Life::Dead) out.wrong.push_back("a thread never ended");
  check_program(code, machine, out);
  check_sites(code, machine, catalog, plan, out);
  if (recorder.hits != out.account.hits) out.wrong.push_back("records and hits differ");
  return out;
}

std::string Outcome::text() const {
  std::string out = std::to_string(account.hits) + " hits of " + std::to_string(arrivals) +
                    ", audit: " + account.audit;
  for (const std::string& w : wrong) out += "\n  " + w;
  return out;
}

}  // namespace sidestep::core::test
