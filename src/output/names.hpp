// How values are spelled in every format: modes, signals, exit statuses, sites. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "sidestep/events.hpp"

namespace sidestep::output {

std::string_view mode_name(Mode mode);
std::string_view step_name(Step step);

/// "SIGSEGV", "SIGRTMIN+2", "SIG77".
std::string signal_name(int signal);

/// "exited with 3", "killed by SIGKILL", "still running".
std::string describe(const ExitStatus& exit);

/// "srv.cc:120".
std::string describe(const SourceLine& src);

/// A site as text shows it: `func()` at an entry, `func+0x1c` inside, `module+0x1136` where no
/// function is known, `0x401136` where not even a module is. Control characters are escaped.
std::string site_label(const SiteInfo& site);

/// The same as what arguments are put behind, `func` or `func+0x1c`: without "()", and without the
/// parameters' types of a C++ name.
std::string call_label(const SiteInfo& site);

/// A frame of a backtrace as strace -k shows it: `server(parse+0x1c) parse.c:12 [0x113c]`, the
/// number being the offset from the load base; `server() [0x113c]` where no function is known, and
/// `[0x7f0000001000]`, the address, where not even a module is.
std::string frame_label(const Frame& frame);

}  // namespace sidestep::output
