// What every fuzz target offers, to libFuzzer and to the test that replays the seeds without it.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sidestep::fuzz {

/// A finding: says it, and aborts.
[[noreturn]] void report(const char* what);

}  // namespace sidestep::fuzz
