// Reads the text of one -x or -X. Pure: no file is looked at, nothing is owned.
#pragma once

#include <string_view>

#include "core/resolver.hpp"
#include "sidestep/result.hpp"

namespace sidestep::symbols {

/// `[?]PLACE[@MODULE][%return|%insn|%inline] [ARG...] [if COND]`. PLACE is NAME[+OFFSET], /REGEX/,
/// FILE:LINE, 0xADDR, MAIN+0xOFF or libfoo.so*+0xOFF. NAME is a function's name as in C, C++ (with
/// or without the parameter list), Rust or Go, or a glob over whole names; MODULE is a glob over
/// file names, or MAIN. For ARG and COND see expression_parser.hpp.
///
/// Fails with a Usage error, one line that quotes the probe, if the text is malformed.
Result<core::ProbeSpec> parse_probe(std::string_view text);

}  // namespace sidestep::symbols
