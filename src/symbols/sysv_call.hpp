// Which registers and stack slots a function's parameters and its result are in, by the System V
// AMD64 ABI (3.2.3) and, for C++ classes, the Itanium C++ ABI. Valid at the function's first
// instruction (parameters) and where it has returned to (results). Pure.
#pragma once

#include <cstdint>

#include "symbols/place.hpp"
#include "symbols/value_type.hpp"

namespace sidestep::symbols {

/// The address of the result is passed as a hidden first parameter.
bool returned_in_memory(const ValueType& type);

/// Hands out places to parameters, from the first on.
class SysvParameters {
 public:
  /// `result` may be null: nothing is returned.
  explicit SysvParameters(const ValueType* result)
      : general_(result && returned_in_memory(*result) ? 1 : 0) {}
  Place next(const ValueType& type);

 private:
  Place pointed_to();
  Place on_stack(const ValueType& type);

  unsigned general_ = 0, vector_ = 0;
  std::uint64_t stack_ = 0;  ///< bytes used
};

Place sysv_result(const ValueType& type);

/// The DWARF number of the n-th (from 0) integer argument's register.
unsigned sysv_argument_register(unsigned n);

}  // namespace sidestep::symbols
