// python3, perl and sqlite3: large functions, computed jumps, threads, their own exceptions.
#include "system/torture/workload.hpp"

namespace sidestep::test {
namespace {

std::string times(const std::string& text, unsigned count) {
  std::string result;
  for (unsigned n = 0; n < count; ++n) result += text;
  return result;
}

Workload python(const char* name, const std::string& text, Scale scale) {
  return {.name = name,
          .command = {"/usr/bin/python3", "-I", "-S", "script", std::to_string(scale.factor)},
          .probes = {"*@MAIN"},
          .files = {{"script", text}, {"text", sample_text(20)}},
          .most_entries = scale.quick ? 20U : 0U};
}

std::vector<Workload> pythons(Scale scale) {
  Workload all = python("python3", script("exceptions.py"), scale);
  all.least_sites = 500'000;
  all.least_hits = 300'000;

  Workload loop = python("python3-eval", script("frames.py"), scale);
  loop.probes = {"_PyEval_EvalFrameDefault@MAIN"};
  loop.most_entries = 0;
  loop.least_sites = 12'000;
  loop.least_hits = 300'000;

  Workload hashes = python("python3-hashes", script("hashes.py"), scale);
  hashes.probes = {"*@libcrypto.so*"};
  hashes.least_sites = 500'000;
  hashes.least_hits = 200'000;

  Workload tls = python("python3-tls", script("tls.py"), scale);
  tls.probes = {"*@libcrypto.so*", "*@libssl.so*"};
  tls.setup =
      "openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ec.key "
      "-subj /CN=localhost -addext subjectAltName=DNS:localhost -out ec.pem 2>/dev/null";
  tls.least_sites = 600'000;
  tls.least_hits = 500'000;

  Workload single = loop;
  single.name = "python3-eval-single";
  single.options = {"--step", "single"};
  return scale.quick ? std::vector{all, loop, hashes} : std::vector{all, loop, hashes, tls, single};
}

}  // namespace

std::vector<Workload> interpreters(Scale scale) {
  std::vector<Workload> table = pythons(scale);
  table.push_back({.name = "perl",
                   .command = {"perl", "script", std::to_string(scale.factor)},
                   .probes = {"*@MAIN"},
                   .files = {{"script", script("words.pl")}},
                   .least_sites = 350'000,
                   .least_hits = 300'000,
                   .most_entries = scale.quick ? 100U : 0U});
  table.push_back({.name = "sqlite3",
                   .command = {"sqlite3", "-init", "/dev/null", ":memory:"},
                   .probes = {"*@MAIN", "*@libsqlite3.so*"},
                   .input = times(script("shop.sql"), scale.factor),
                   .least_sites = 250'000,
                   .least_hits = 300'000});
  return table;
}

}  // namespace sidestep::test
