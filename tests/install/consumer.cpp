// A host program of the installed library: traces a command and prints its hits.
#include <cstdio>
#include <string>

#include "sidestep/output.hpp"
#include "sidestep/session.hpp"

int main(int argc, char** argv) {
  sidestep::SessionOptions options;
  options.probes = {argc > 1 ? argv[1] : "main"};
  for (int i = 2; i < argc; ++i) options.command.emplace_back(argv[i]);
  sidestep::OutputOptions quiet;
  quiet.destination = "/dev/null";
  auto output = sidestep::make_sink(quiet);
  if (!output) return 1;
  sidestep::Session session(options, **output);
  const auto outcome = session.run();
  if (!outcome) {
    std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
    return 1;
  }
  std::printf("hits=%llu\n", static_cast<unsigned long long>(outcome->summary.hits));
  return 0;
}
