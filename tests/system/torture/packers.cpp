// gzip and xz, there and back.
#include "system/torture/workload.hpp"

namespace sidestep::test {

std::vector<Workload> packers(Scale scale) {
  const std::map<std::string, std::string> files = {{"text", sample_text(40 * scale.factor)}};
  std::vector<Workload> table = {
      // All of libc: the most sites at once, but for the interpreters and libcrypto.
      {.name = "gzip",
       .command = {"gzip", "-nc", "text"},
       .probes = {"*@MAIN", "*@libc.so*"},
       .files = files,
       .least_sites = 300'000,
       .least_hits = 100'000},
      {.name = "gunzip",
       .command = {"gzip", "-dc", "text.gz"},
       .probes = {"*@MAIN", "*@ld-linux*"},
       .files = files,
       .setup = "gzip -n text",
       .least_sites = 40'000,
       .least_hits = 100'000},
      {.name = "xz",
       .command = {"xz", "-0", "-T1", "-c", "text"},
       .probes = {"*@MAIN", "*@liblzma*"},
       .files = files,
       .least_sites = 35'000,
       .least_hits = 300'000},
      {.name = "unxz",
       .command = {"xz", "-dc", "text.xz"},
       .probes = {"*@MAIN", "*@liblzma*", "*@ld-linux*"},
       .files = files,
       .setup = "xz -T1 text",
       .least_sites = 60'000,
       .least_hits = 100'000},
      {.name = "gzip-single",
       .command = {"gzip", "-nc", "text"},
       .probes = {"*@MAIN"},
       .files = {{"text", sample_text(10 * scale.factor)}},
       .options = {"--step", "single"},
       .least_sites = 13'000,
       .least_hits = 50'000},
      {.name = "unxz-single",
       .command = {"xz", "-dc", "text.xz"},
       .probes = {"*@MAIN", "*@liblzma*"},
       .files = {{"text", sample_text(10 * scale.factor)}},
       .setup = "xz -T1 text",
       .options = {"--step", "single"},
       .least_sites = 35'000,
       .least_hits = 20'000},
  };
  return table;
}

}  // namespace sidestep::test
