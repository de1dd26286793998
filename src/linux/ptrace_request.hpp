// ptrace(2) with arguments of the types that they have here.
#pragma once

#include <sys/ptrace.h>

#include <cstdint>

#include "sidestep/types.hpp"

namespace sidestep::os {

template <class T>
void* as_pointer(T value) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(value));  // NOLINT: ptrace's interface
}

inline long request(__ptrace_request what, Tid tid, std::uint64_t address, void* data) {
  return ::ptrace(what, tid.value, as_pointer(address), data);
}

inline long request(__ptrace_request what, Tid tid, std::uint64_t address, std::uint64_t data) {
  return request(what, tid, address, as_pointer(data));
}

}  // namespace sidestep::os
