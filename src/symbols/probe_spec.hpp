// Reads the text of one -x or -X. Pure: no file is looked at, nothing is owned.
#pragma once

#include <string_view>

#include "core/resolver.hpp"
#include "sidestep/result.hpp"

namespace sidestep::symbols {

/// `[?]NAME[+OFFSET][@MODULE]`, `[?]0xADDR`, `[?]MAIN+0xOFF`, `[?]libfoo.so*+0xOFF`. NAME is a
/// function's name as in C, C++ (with or without the parameter list) or Go, or a glob over whole
/// names; MODULE is a glob over file names, or MAIN.
///
/// Fails with a Usage error, one line that quotes the probe, if the text is malformed or of a form
/// that this version doesn't have (regular expressions, source lines, %return, arguments, ...).
Result<core::ProbeSpec> parse_probe(std::string_view text);

}  // namespace sidestep::symbols
