// What the words of an argument or a condition mean to its grammar: how tightly operators bind,
// what begins a value, which registers there are, why a word can't stand where it does. Pure.
#pragma once

#include <string>
#include <string_view>

#include "symbols/expression_tokens.hpp"

namespace sidestep::symbols {

/// How tightly a binary operator binds, from 1 (least) on; 0: it is none.
int level_of(const Token& token);

bool is_unary(const Token& token);

/// A value begins here, and nothing else can.
bool only_begins_value(const Token& token);

/// By its name in lower case, without the percent sign.
bool is_register(std::string_view name);

/// What to tell the user about a word behind a whole value that doesn't go on with it.
std::string why_unexpected(const Token& token);

}  // namespace sidestep::symbols
