#include "cli/help.hpp"

#include <fmt/format.h>

namespace sidestep::cli {

std::string_view help_text() {
  return R"text(sidestep: report every arrival at a function, and stop no other thread for it

  sidestep [options] -x PROBE... [--] COMMAND [ARG...]
  sidestep [options] -x PROBE... -p PID[,PID...]
  sidestep list    [-x PROBE...] {FILE | -p PID}      what can be armed, and why not
  sidestep doctor  [-p PID]                           can I trace here?
  sidestep compare [--modes LIST] [--truth SYMBOL] -x PROBE... [--] COMMAND [ARG...]

Where
  -x PROBE           malloc, 'http_*', /regex/, malloc@libc.so*, func+0x1c,
                     0x401136, MAIN+0x1136, srv.cc:120; f%return, f%inline, f%insn;
                     '?f': no match is fine; 'f $params if len > 9'; repeatable
  -X PATTERN         leave out what matches; repeatable
  -p PID,...         attach to running processes, as in -p "$(pidof nginx)"
  -f                 follow new processes too; threads always are
How
  --mode MODE        displaced (default), all-stop, lift (loses hits: a baseline)
  --step STEP        boosted (default): one stop a hit; single: single-stepped
  --wait HOW         auto (default), block, spin
  --limit N          report exactly N hits, then detach
  --duration D       detach after 10ms, 2s, 1m, ... from when all was armed
  --min-time D       PROBE%return: leave out calls that took less
  --kill-on-exit     the command dies with sidestep; default: it lives on
  --no-guardian      one process, not two: a kill -9 leaves breakpoints behind
  --trap-handler     the program outlives even a kill -9 of the tracing process,
                     by a SIGTRAP handler in it, which it could see
  --no-eintr-repair  all-stop: let the command see the EINTR of its stops
Output
  -o FILE, -o '|CMD' events go there, not to standard error
  --format FORMAT    text (default), jsonl
  -c, -C             only / also a table of hits by function
  -t, -tt, -ttt      time of day, with microseconds, since the epoch
  -r                 time since the previous event
  -k, -k=N           the stack of each event, 64 or N frames
  -T                 PROBE%return: the time in the call
  -s N               strings up to N bytes (32)
  -v                 thread starts and exits, and every site, too
  -q, -qq            fewer notices / not even the account in the last line
  --color WHEN       auto (default), always, never
  --debuginfod       debug information from the servers of $DEBUGINFOD_URLS
  --strict           exit 120 if anything was missed or lost, or may have been
  --debug TOPICS     wait, state: every wait result, every state transition
  --journal FILE     every state transition, for replay
  --help, --version
compare
  --modes LIST       displaced, displaced-single, all-stop, lift: these by default
  --truth SYMBOL     a counter in the command that says how many hits there were

Exit status: the command's; 0 with -p, or if ended by sidestep; 2 bad usage or no
match; 125 cannot trace; 126, 127 cannot run the command; 120 see --strict

  sidestep -c -x malloc -x free -- ls -l
  sidestep -c -x malloc -p "$(pidof nginx)" --duration 2s
  sidestep --format jsonl -o trace.jsonl -x 'http_*' ./server --port 8080
  sidestep compare --truth counter -x target ./spin 8 200000
)text";
}

std::string version_text() {
  return fmt::format("sidestep {}\n", SIDESTEP_VERSION);
}

}  // namespace sidestep::cli
