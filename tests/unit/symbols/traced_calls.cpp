#include "traced_calls.hpp"

#include <fcntl.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <optional>

#include "core/evaluate.hpp"
#include "symbols/elf_resolver.hpp"
#include "value_text.hpp"

namespace sidestep::symbols::test {
namespace {

constexpr unsigned char trap = 0xcc;

class ThreadScene final : public core::Scene {
 public:
  explicit ThreadScene(pid_t pid) : pid_(pid) {
    ::ptrace(PTRACE_GETREGS, pid, nullptr, &general_);
    ::ptrace(PTRACE_GETFPREGS, pid, nullptr, &floating_);
  }
  std::optional<std::uint64_t> general(unsigned number) override {
    const auto& g = general_;
    const unsigned long long all[] = {g.rax, g.rdx, g.rcx, g.rbx, g.rsi, g.rdi, g.rbp, g.rsp,
                                      g.r8,  g.r9,  g.r10, g.r11, g.r12, g.r13, g.r14, g.r15};
    return number < 16 ? std::optional<std::uint64_t>(all[number]) : std::nullopt;
  }
  bool vector(unsigned number, std::span<std::uint8_t> to) override {
    const auto* xmm = reinterpret_cast<const std::uint8_t*>(floating_.xmm_space);
    const auto* st = reinterpret_cast<const std::uint8_t*>(floating_.st_space);
    const auto* from = number >= 33 ? st + (number - 33) * 16 : xmm + (number - 17) * 16;
    std::memcpy(to.data(), from, to.size());
    return true;
  }
  std::size_t read(Address from, std::span<std::uint8_t> to) override {
    const iovec local{to.data(), to.size()};
    const iovec remote{reinterpret_cast<void*>(from.value), to.size()};
    const ssize_t got = ::process_vm_readv(pid_, &local, 1, &remote, 1, 0);
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }
  std::string_view comm() override { return "called"; }
  Tid tid() const override { return {pid_}; }
  Nanoseconds latency() const override { return 1000; }
  Nanoseconds net_time() const override { return 900; }

  const user_regs_struct& registers() const { return general_; }

 private:
  pid_t pid_;
  user_regs_struct general_{};
  user_fpregs_struct floating_{};
};

struct Probed {
  std::string name;
  core::Observation observation;
};

class Tracer {
 public:
  Tracer(const std::string& path, const std::vector<core::ProbeSpec>& probes)
      : path_(path), probes_(probes) {}
  TracedCalls run();
  /// Whether the conditions held at the last arrival.
  bool held() const { return held_; }

 private:
  bool start();
  bool arm();
  void loop();
  void arrive();
  void come_back();
  void insert(std::uint64_t address);
  void step_over(std::uint64_t address);
  std::string shown(const core::Capture& capture, ThreadScene& scene, const char* between);
  core::Module module() const;

  const std::string& path_;
  const std::vector<core::ProbeSpec>& probes_;
  TracedCalls result_;
  pid_t pid_ = 0;
  int output_ = -1;
  std::unique_ptr<core::Resolver> resolver_ = make_resolver();
  std::map<std::uint64_t, Probed> entries_;
  std::map<std::uint64_t, long> original_;
  struct Call {
    std::string text;
    const Probed* probed = nullptr;
    std::uint64_t returns_to = 0, stack = 0;
  };
  std::vector<Call> calls_;
  bool held_ = false;
};

bool Tracer::start() {
  const std::string file = path_ + ".output-" + std::to_string(::getpid());
  output_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  ::unlink(file.c_str());
  pid_ = ::fork();
  if (pid_ == 0) {
    ::personality(ADDR_NO_RANDOMIZE);
    ::dup2(output_, 1);
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::execl(path_.c_str(), path_.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  return pid_ > 0 && ::waitpid(pid_, &status, 0) == pid_ && WIFSTOPPED(status);
}

core::Module Tracer::module() const {
  core::Module module;
  module.path = module.file = path_;
  module.main = true;
  std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with(path_.substr(path_.rfind('/')))) continue;
    core::Mapping mapping;
    unsigned long begin = 0, end = 0, offset = 0;
    std::sscanf(line.c_str(), "%lx-%lx %*s %lx", &begin, &end, &offset);
    mapping.range = {{begin}, {end}};
    mapping.file_offset = offset;
    if (module.mappings.empty()) module.base = mapping.range.begin;
    module.mappings.push_back(mapping);
  }
  return module;
}

void Tracer::insert(std::uint64_t address) {
  if (original_.contains(address)) return;
  errno = 0;
  const long word = ::ptrace(PTRACE_PEEKTEXT, pid_, address, nullptr);
  original_[address] = word;
  ::ptrace(PTRACE_POKETEXT, pid_, address, (word & ~0xffL) | trap);
}

bool Tracer::arm() {
  const core::Module where = module();
  if (where.mappings.empty()) return result_.error = "not mapped", false;
  auto found = resolver_->find(where, probes_);
  if (!found) return result_.error = found.error().message, false;
  for (const core::Location& location : found->locations) {
    const core::ProbeSpec& probe = probes_[static_cast<std::size_t>(location.probe)];
    auto observation = resolver_->compile(where, location, probe, {});
    if (!observation) return result_.error = observation.error().message, false;
    const auto* function = std::get_if<core::ProbeSpec::Function>(&probe.what);
    entries_[location.address.value] = {function ? function->pattern : "", std::move(*observation)};
    insert(location.address.value);
  }
  return !entries_.empty();
}

void Tracer::step_over(std::uint64_t address) {
  user_regs_struct regs{};
  ::ptrace(PTRACE_GETREGS, pid_, nullptr, &regs);
  regs.rip = address;
  ::ptrace(PTRACE_SETREGS, pid_, nullptr, &regs);
  ::ptrace(PTRACE_POKETEXT, pid_, address, original_[address]);
  ::ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  ::ptrace(PTRACE_POKETEXT, pid_, address, (original_[address] & ~0xffL) | trap);
}

std::string Tracer::shown(const core::Capture& capture, ThreadScene& scene, const char* between) {
  std::vector<std::uint8_t> record;
  core::capture(capture.program, scene, record);
  std::span<const std::uint8_t> rest(record);
  std::vector<core::Item> items;
  for (unsigned i = 0; i < capture.program.items; ++i) items.push_back(core::take_item(rest));
  std::string out;
  for (const auto& [label, shape] : capture.values) {
    out += (out.empty() ? "" : ", ") + (*between ? label + between : "");
    out += text_of(core::to_value(shape, items));
  }
  return out;
}

void Tracer::arrive() {
  ThreadScene scene(pid_);
  const std::uint64_t address = scene.registers().rip - 1;
  const auto entry = entries_.find(address);
  if (entry != entries_.end()) {
    const Probed& probed = entry->second;
    held_ = core::holds(probed.observation.condition, scene);
    if (!probed.observation.at_return) {
      result_.calls.push_back(shown(probed.observation.at_entry, scene, "="));
      return step_over(address);
    }
    Call call{probed.name + "(" + shown(probed.observation.at_entry, scene, "=") + ")", &probed, 0,
              scene.registers().rsp + 8};
    std::uint8_t word[8];
    scene.read({scene.registers().rsp}, word);
    std::memcpy(&call.returns_to, word, sizeof word);
    insert(call.returns_to);
    calls_.push_back(std::move(call));
  } else if (!calls_.empty() && calls_.back().returns_to == address &&
             calls_.back().stack == scene.registers().rsp) {
    const Call call = calls_.back();
    calls_.pop_back();
    held_ = core::holds(call.probed->observation.exit_condition, scene);
    const std::string value = shown(call.probed->observation.at_exit, scene, "");
    result_.calls.push_back(call.text + (value.empty() ? "" : " = " + value));
  }
  step_over(address);
}

void Tracer::loop() {
  int status = 0, deliver = 0;
  while (true) {
    ::ptrace(PTRACE_CONT, pid_, nullptr, deliver);
    if (::waitpid(pid_, &status, 0) != pid_ || !WIFSTOPPED(status)) return;
    deliver = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
    if (!deliver) arrive();
  }
}

TracedCalls Tracer::run() {
  if (!start()) {
    result_.error = "can't be started: " + path_;
    return result_;
  }
  if (arm()) {
    loop();
  } else {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    if (result_.error.empty()) result_.error = "nothing found";
  }
  char buffer[4096];
  ::lseek(output_, 0, SEEK_SET);
  for (ssize_t got; (got = ::read(output_, buffer, sizeof buffer)) > 0;)
    result_.output.append(buffer, static_cast<std::size_t>(got));
  ::close(output_);
  return result_;
}

}  // namespace

TracedCalls trace_calls(const std::string& path, const std::vector<core::ProbeSpec>& probes) {
  return Tracer(path, probes).run();
}

Sight look(const std::string& path, const core::ProbeSpec& probe) {
  const std::vector<core::ProbeSpec> probes{probe};
  Tracer tracer(path, probes);
  const TracedCalls seen = tracer.run();
  return {seen.calls.empty() ? "" : seen.calls.front(), tracer.held(), seen.error};
}

core::ProbeSpec whole_call(const std::string& function) {
  core::ProbeSpec probe;
  probe.text = function + "%return $params";
  probe.what = core::ProbeSpec::Function{function, false, 0, false};
  probe.at_return = true;
  core::Expression parameters;
  parameters.kind = core::Expression::Kind::Special;
  parameters.text = "params";
  probe.wanted.push_back({"params", std::move(parameters)});
  return probe;
}

}  // namespace sidestep::symbols::test
