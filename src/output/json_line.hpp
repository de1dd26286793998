// One JSON object a line, written straight into a destination's buffer by RapidJSON's Writer, with
// the conventions of the contract: addresses are hex strings, unknown is null and not absent, and
// bytes that are not UTF-8 go, in base64, to KEY_b64 instead of KEY.
//
// Ownership: lives as long as the sink that owns it; the buffer belongs to the Destination.
#pragma once

#include <fmt/format.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sidestep/events.hpp"

namespace sidestep::output {

class JsonLine {
 public:
  explicit JsonLine(fmt::memory_buffer& out) : stream_{&out}, writer_(stream_) {}

  /// {"v":1,"type":TYPE and then whatever follows, until end().
  void begin(std::string_view type);
  void end();

  void key(std::string_view name) { writer_.Key(name.data(), length(name)); }
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

  void begin_object() { writer_.StartObject(); }
  void end_object() { writer_.EndObject(); }
  void begin_array(std::string_view name);
  void begin_array() { writer_.StartArray(); }
  void end_array() { writer_.EndArray(); }

  // Values by themselves: behind a key(), or elements of an array.
  void null() { writer_.Null(); }
  void truth(bool value) { writer_.Bool(value); }
  void number(std::int64_t value) { writer_.Int64(value); }
  void number(std::uint64_t value) { writer_.Uint64(value); }
  /// Finite. As many digits as tell it from any other double.
  void real(double value) { writer_.Double(value); }
  void hex(std::uint64_t value);
  void word(std::string_view text) { writer_.String(text.data(), length(text)); }

 private:
  struct Stream {
    using Ch = char;
    fmt::memory_buffer* out;
    void Put(char c) { out->push_back(c); }
    void Flush() {}
  };

  static unsigned length(std::string_view text) { return static_cast<unsigned>(text.size()); }

  Stream stream_;
  rapidjson::Writer<Stream> writer_;
};

}  // namespace sidestep::output
