// Where text goes: standard error, a file, or the standard input of a command. Buffered.
//
// Ownership: one owner; a file and a command belong to it, standard error does not.
// Can fail: opening, and every write-out. The first failure is kept: what comes after it is dropped
// and flush() goes on returning it, in one line that says what to try (ErrorKind::Setup).
#pragma once

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "output/command_pipe.hpp"
#include "output/owned_fd.hpp"
#include "sidestep/result.hpp"

namespace sidestep::output {

class Destination {
 public:
  static std::unique_ptr<Destination> standard_error();
  /// `target` as of -o: "|CMD", or a file, which is truncated. "" is standard error.
  static Result<std::unique_ptr<Destination>> open(const std::string& target);

  /// Format into this, then call line_done().
  fmt::memory_buffer& buffer() { return buffer_; }
  /// Keeps the buffer bounded; an error shows up at the next flush().
  void line_done() {
    if (buffer_.size() >= kDrainAt) drain();
  }
  void append(std::string_view text);

  Result<void> flush();
  /// flush(), then closes the file, or ends the command's input and waits for it. Once.
  Result<void> close();

  bool is_terminal() const;
  /// After close(): a command's exit status that is its own business, such as grep's 1.
  const std::string& notice() const { return notice_; }

 private:
  static constexpr std::size_t kDrainAt = 64 * 1024;

  Destination() = default;
  int fd() const;
  void drain();
  void fail(std::string message);
  void close_file();
  void close_command();

  std::string name_;  ///< for messages: "standard error", "'out.txt'", "-o '|gzip'"
  OwnedFd file_;
  CommandPipe command_;
  fmt::memory_buffer buffer_;
  std::optional<Error> error_;
  std::string notice_;
};

}  // namespace sidestep::output
