// Errors as values, shaped like std::expected (which GCC 12 lacks).
#pragma once

#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace sidestep {

/// What went wrong decides the exit status; the text says what, where, why and what to try.
enum class ErrorKind {
  Usage,        ///< exit 2: bad option, bad probe, no match
  Setup,        ///< exit 125: cannot trace (permission, format, output, ...)
  NotRunnable,  ///< exit 126: the command cannot be executed
  NotFound,     ///< exit 127: the command does not exist
};

struct Error {
  ErrorKind kind = ErrorKind::Setup;
  std::string message;  ///< one line, no trailing newline
};

/// Either a T or an Error. Asking for the one that is not there aborts (in every build).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return ok() ? std::get<0>(state_) : fail<T&>(); }
  const T& value() const& { return ok() ? std::get<0>(state_) : fail<const T&>(); }
  T&& value() && { return ok() ? std::get<0>(std::move(state_)) : fail<T&&>(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return ok() ? fail<const Error&>() : std::get<1>(state_); }
  Error&& error() && { return ok() ? fail<Error&&>() : std::get<1>(std::move(state_)); }

 private:
  template <class R>
  [[noreturn]] static R fail() {
    std::abort();
  }
  std::variant<T, Error> state_;
};

/// A Result without a value.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const {
    if (ok_) std::abort();
    return error_;
  }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace sidestep
