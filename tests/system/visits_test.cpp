// A storm of visits: attach, trace, detach, at random instants, again and again, to programs under
// load. None may crash, lose a request, keep a stopped thread or a changed byte, or grow by a
// mapping from visit to visit; and its own checks must hold at the end. SIDESTEP_CYCLES says how
// many visits (scripts/visits: 2,000 each).
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>

#include "race/exactness.hpp"
#include "support/background.hpp"

namespace sidestep::test {
namespace {

unsigned cycles() {
  const char* wanted = std::getenv("SIDESTEP_CYCLES");
  return wanted ? static_cast<unsigned>(std::atoi(wanted)) : 15;
}

class Directory {
 public:
  Directory() {
    if (!mkdtemp(path_.data())) throw std::runtime_error("no directory");
    chmod(path_.c_str(), 0755);
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
    return file(name);
  }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "sidestep-storm-XXXXXX";
};

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Visits to some processes, each ended in one of three ways after a random time.
class Storm {
 public:
  Storm(std::vector<pid_t> pids, std::vector<std::string> probes)
      : pids_(std::move(pids)), probes_(std::move(probes)) {
    std::printf("seed %u\n", seed_);
  }

  std::uint64_t hits() const { return hits_; }
  unsigned visits() const { return visits_; }

  void visit() {
    std::vector<std::string> argv = {binary("sidestep"), "-qq", "--format", "jsonl", "-c", "-o",
                                     "/dev/stdout"};
    for (const std::string& probe : probes_) argv.insert(argv.end(), {"-x", probe});
    for (const pid_t pid : pids_) argv.insert(argv.end(), {"-p", std::to_string(pid)});
    const auto way = static_cast<unsigned>(rng_() % 3);
    if (way == 0) argv.insert(argv.end(), {"--duration", std::to_string(1 + rng_() % 30) + "ms"});
    if (way == 1)
      argv.insert(argv.end(), {"--limit", std::to_string(1 + rng_() % 300), "--duration", "100ms"});
    Background tracer(argv);
    if (way == 2) {
      usleep(static_cast<useconds_t>(rng_() % 60'000));  // a random instant, not a synchronisation
      kill(tracer.pid(), rng_() % 2 ? SIGINT : SIGTERM);
    }
    check(tracer.finish(), way);
    ++visits_;
  }

 private:
  /// A program with an end of its own may have come to it.
  bool ended_by_itself() const {
    siginfo_t info{};
    const auto id = static_cast<id_t>(pids_.front());
    return waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_code == CLD_EXITED;
  }

  void check(const RunResult& run, unsigned way) {
    const TraceSummary traced = parse_summary(last_record(run.out, "summary"));
    // A signal may come before there is a handler for it.
    const bool early = way == 2 && (run.signal == SIGINT || run.signal == SIGTERM);
    if (run.exit_code == 125 && ended_by_itself()) return;
    EXPECT_TRUE(run.exit_code == 0 || early)
        << "exit " << run.exit_code << ", signal " << run.signal;
    if (traced.valid) {
      EXPECT_EQ(traced.missed, 0U) << traced.json;
      EXPECT_EQ(traced.bystander_stops, 0U) << traced.json;
      hits_ += traced.hits;
    }
    for (const pid_t pid : pids_) {
      if (ended_by_itself()) return;
      ASSERT_EQ(kill(pid, 0), 0) << "process " << pid << " is gone after visit " << visits_;
      EXPECT_EQ(changed_code(pid), "");
      EXPECT_EQ(tracer_of(pid), 0);
      EXPECT_EQ(stopped_threads(pid), 0U);
      const std::size_t areas = scratch_areas(pid);
      most_areas_ = std::max(most_areas_, areas);
      EXPECT_LE(areas, 3U) << "scratch areas pile up";
    }
  }

  const unsigned seed_ = std::random_device{}();
  std::mt19937 rng_{seed_};
  const std::vector<pid_t> pids_;
  const std::vector<std::string> probes_;
  std::uint64_t hits_ = 0;
  std::size_t most_areas_ = 0;
  unsigned visits_ = 0;
};

void report(const Storm& storm) {
  std::printf("%u visits, %lu hits\n", storm.visits(), storm.hits());
  EXPECT_GT(storm.hits(), 0U);
}

TEST(Visits, AThreadedProgram) {
  Background service({tracee("service"), "5"});
  ASSERT_TRUE(service.wait_for("ready=1"));
  Storm storm({service.pid()}, {"target", "windowed"});
  while (storm.visits() < cycles() && !testing::Test::HasFailure()) storm.visit();
  report(storm);
  const RunResult end = service.finish();
  EXPECT_TRUE(checks_held(end)) << end.out << " signal " << end.signal;
  EXPECT_EQ(number(end.out, "eintr"), 0U) << end.out;
}

TEST(Visits, AGoProgram) {
  const Directory home;
  unsigned visits = 0;
  std::uint64_t hits = 0;
  while (visits < cycles() && !testing::Test::HasFailure()) {
    const std::string log = home.file("log");
    Background gophers({"sh", "-c", "exec " + tracee("gophers") + " 8 8000 >/dev/null 2>" + log});
    while (gophers.running() && comm_of(gophers.pid()) != "gophers") continue;
    Storm storm({gophers.pid()}, {"fmt.Printf"});
    while (visits < cycles() && gophers.running() && !testing::Test::HasFailure()) {
      storm.visit();
      ++visits;
    }
    hits += storm.hits();
    const RunResult end = gophers.finish();
    EXPECT_EQ(end.exit_code, 0) << "signal " << end.signal << "\n" << read_file(log);
    EXPECT_EQ(number(read_file(log), "ok"), 1U) << read_file(log);
  }
  std::printf("%u visits, %lu hits\n", visits, hits);
}

TEST(Visits, Python) {
  const Directory home;
  const std::string script = home.write("threads.py", R"(
import sys, threading, time
stop = False
rounds = [0] * 6
def work(me):
    words = {}
    while not stop:
        text = '%d-%d' % (me, rounds[me])
        words[text] = text.encode()
        assert words.pop(text).decode() == text
        try:
            [][rounds[me]]
        except IndexError:
            rounds[me] += 1
        if rounds[me] % 50 == 0: time.sleep(0.0005)
threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
for t in threads: t.start()
print('ready=1', flush=True)
sys.stdin.readline()
stop = True
for t in threads: t.join()
print('rounds=%d' % sum(rounds))
print('ok=1', flush=True)
)");
  Background python({"/usr/bin/python3", script});
  ASSERT_TRUE(python.wait_for("ready=1"));
  Storm storm({python.pid()}, {"PyUnicode_Format", "PyEval_*Thread"});
  while (storm.visits() < cycles() && !testing::Test::HasFailure()) storm.visit();
  report(storm);
  const RunResult end = python.finish();
  EXPECT_TRUE(checks_held(end)) << end.out << " signal " << end.signal;
}

/// Debian's server with twenty clients that never stop asking.
class RedisUnderLoad : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.wait_for("eady to accept connections")) << server_.said();
    load_.emplace(std::vector<std::string>{"redis-benchmark", "-s", socket(), "-n", "100000000",
                                           "-c", "20", "-t", "set,get", "-q"});
  }
  void TearDown() override {
    EXPECT_TRUE(load_->running()) << "the load has ended: a request failed";
    EXPECT_EQ(client({"INFO", "errorstats"}).find("errorstat_"), std::string::npos);
    EXPECT_EQ(client({"PING"}), "PONG\n");
    kill(load_->pid(), SIGTERM);
    client({"SHUTDOWN", "NOSAVE"});
    EXPECT_EQ(server_.finish().exit_code, 0);
  }
  std::string socket() const { return home_.file("socket"); }
  std::string client(std::vector<std::string> words) const {
    words.insert(words.begin(), {"redis-cli", "-s", socket()});
    return run(words, {.timeout_s = 30}).out;
  }

  const Directory home_;
  Background server_{{"redis-server", "--port", "0", "--unixsocket", socket(), "--save", "",
                      "--appendonly", "no", "--dir", home_.file("")}};
  std::optional<Background> load_;
};

TEST_F(RedisUnderLoad, Visits) {
  Storm storm({server_.pid()}, {"processCommand"});
  while (storm.visits() < cycles() && !testing::Test::HasFailure()) storm.visit();
  report(storm);
}

/// Attach and detach in mid-load, and what comes between two markers of the server's own.
TEST_F(RedisUnderLoad, CountsWhatWeCount) {
  for (unsigned i = 1; i <= 3; ++i) {
    Background tracer({binary("sidestep"), "-qq", "--format", "jsonl", "-c", "-o", "/dev/stdout",
                       "-x", "processCommand", "-x", "echoCommand", "-p",
                       std::to_string(server_.pid())});
    while (tracer.running() && changed_bytes(server_.pid(), "/redis-check-rdb") < 3) continue;
    const RunResult echoes =
        run({"redis-benchmark", "-s", socket(), "-n", "2000", "-c", "5", "-q", "echo", "hello"});
    EXPECT_EQ(echoes.exit_code, 0) << echoes.err;
    kill(tracer.pid(), SIGINT);
    const TraceSummary traced = parse_summary(last_record(tracer.finish().out, "summary"));
    ASSERT_EQ(traced.probes.size(), 2U) << traced.json;
    EXPECT_EQ(traced.probes[1].hits, 2000U) << traced.json;
    const std::string stats = client({"INFO", "commandstats"});
    EXPECT_NE(stats.find("cmdstat_echo:calls=" + std::to_string(2000 * i) + ","), std::string::npos)
        << stats;
  }
}

TEST(Visits, Nginx) {
  const Directory home;
  const std::string socket = "127.0.0.1:" + std::to_string(20000 + getpid() % 20000);
  const std::string page(2000, 'x');
  home.write("index.html", page);
  const std::string config = home.write(
      "nginx.conf", "daemon off; master_process on; worker_processes 3; pid " + home.file("pid") +
                        "; error_log " + home.file("error.log") +
                        " warn; user root;\n"
                        "events { worker_connections 256; }\n"
                        "http { access_log off; client_body_temp_path " +
                        home.file("body") + "; proxy_temp_path " + home.file("proxy") +
                        "; fastcgi_temp_path " + home.file("fastcgi") + "; uwsgi_temp_path " +
                        home.file("uwsgi") + "; scgi_temp_path " + home.file("scgi") +
                        "; server { listen " + socket + "; root " + home.file("") + "; } }\n");
  Background nginx({"nginx", "-c", config, "-e", home.file("error.log")});
  while (nginx.running() && children_of(nginx.pid()).size() < 3) continue;
  ASSERT_TRUE(nginx.running()) << read_file(home.file("error.log"));
  std::vector<pid_t> pids = children_of(nginx.pid());
  pids.push_back(nginx.pid());
  Storm storm(pids, {"ngx_http_process_request"});
  unsigned long requests = 0;
  while (storm.visits() < cycles() && !testing::Test::HasFailure()) {
    Background load({"wrk", "-t1", "-c12", "-d5", "http://" + socket + "/index.html"});
    while (load.running() && storm.visits() < cycles() && !testing::Test::HasFailure())
      storm.visit();
    const RunResult end = load.finish();
    EXPECT_EQ(end.out.find("Non-2xx"), std::string::npos) << end.out;
    EXPECT_EQ(end.out.find("Socket errors"), std::string::npos) << end.out;
    const auto at = end.out.find(" requests in");
    if (at != std::string::npos)
      requests += std::stoul(end.out.substr(end.out.rfind('\n', at) + 1));
  }
  report(storm);
  std::printf("%lu requests\n", requests);
  EXPECT_GT(requests, 0U);
  kill(nginx.pid(), SIGQUIT);
  EXPECT_EQ(nginx.finish().exit_code, 0);
}

}  // namespace
}  // namespace sidestep::test
