// relay [processes] [calls] [--exec]
// Exercises: parents that are gone before anybody has seen their child stop. Each process calls `target`,
// forks, and leaves at once (with --exec: becomes another program); its child carries on.
// Prints, by the last one: arrivals=N (of all together) ok=1.
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracee.h"

int main(int argc, char** argv) {
  const long processes = arg_long(argc, argv, 1, 20, 1, 100000);
  const long calls = arg_long(argc, argv, 2, 100, 0, 1000000);
  const int exec = argc > 3 && strcmp(argv[3], "--exec") == 0;
  uint64_t arrivals = 0, wrong = 0;
  for (long n = 0;; ++n) {
    for (long i = 0; i < calls; ++i, ++arrivals)
      if (target(arrivals) != arrivals + 1) ++wrong;
    if (n + 1 == processes) break;
    const pid_t child = fork();
    if (child < 0) return 4;
    if (child == 0) continue;
    if (exec) execl("/bin/true", "true", (char*)NULL);
    _exit(0);
  }
  printf("arrivals=%lu\n", arrivals);
  return verdict(wrong == 0);
}
