// One JSON object a line, written straight into a destination's buffer, with the conventions of the
// contract: addresses are hex strings, unknown is null and not absent, and bytes that are not UTF-8
// go, in base64, to KEY_b64 instead of KEY.
//
// Not by RapidJSON's Writer, which puts one character after the other and keeps a stack of levels:
// a hit took several times as long. Whether a comma is due is all that has to be known between two
// calls; that they make sense together is up to the caller.
//
// Ownership: lives as long as the sink that owns it; the buffer belongs to the Destination.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sidestep/events.hpp"

namespace sidestep::output {

class JsonLine {
 public:
  explicit JsonLine(fmt::memory_buffer& out) : out_(out) {}

  /// {"v":1,"type":TYPE and then whatever follows, until end().
  void begin(std::string_view type);
  void end();

  // Names and types are ours: there is nothing in them to be escaped.
  void key(std::string_view name);
  void yes(std::string_view name);
  void number(std::string_view name, std::int64_t value);
  void number(std::string_view name, std::uint64_t value);
  void number(std::string_view name, std::optional<std::uint64_t> value);
  /// At most `decimals` decimals; null for what is no number.
  void real(std::string_view name, std::optional<double> value, int decimals);
  void hex(std::string_view name, std::uint64_t value);
  /// Text that is ours: known to be UTF-8.
  void word(std::string_view name, std::string_view value);
  /// Bytes that are the tracee's: "" is null, and see KEY_b64 above.
  void bytes(std::string_view name, std::string_view value);
  /// An array of such. If one of them is not UTF-8, all of them are in KEY_b64.
  void bytes(std::string_view name, const std::vector<std::string>& values);
  /// {"code":n}, {"signal":"SIGSEGV"} or null.
  void exit(std::string_view name, const ExitStatus& status);

  void begin_object() { put("{", Comma::None); }
  void end_object() { close('}'); }
  void begin_array(std::string_view name);
  void begin_array() { put("[", Comma::None); }
  void end_array() { close(']'); }

  // Values by themselves: behind a key(), or elements of an array.
  void null() { put("null", Comma::Due); }
  void truth(bool value) { put(value ? "true" : "false", Comma::Due); }
  void number(std::int64_t value);
  void number(std::uint64_t value);
  /// Finite. As many digits as tell it from any other double.
  void real(double value);
  void hex(std::uint64_t value);
  void word(std::string_view text);

  // What another JsonLine has written before.
  /// Whole members, at least one: `"a":1,"b":2`.
  void members(std::string_view written) { put(written, Comma::Due); }
  /// A key: `"a":`.
  void written_key(std::string_view written) { put(written, Comma::None); }

 private:
  enum class Comma : bool { None, Due };

  /// For so many bytes behind the comma, which is written if it is due. Fill in and keep().
  char* room(std::size_t bytes) {
    out_.reserve(out_.size() + 1 + bytes);
    char* at = out_.data() + out_.size();
    if (comma_ == Comma::Due) *at++ = ',';
    return at;
  }
  void keep(const char* end, Comma comma) {
    out_.resize(static_cast<std::size_t>(end - out_.data()));
    comma_ = comma;
  }
  void put(std::string_view text, Comma comma);
  void close(char bracket);

  fmt::memory_buffer& out_;
  Comma comma_ = Comma::None;  ///< before whatever comes next
};

}  // namespace sidestep::output
