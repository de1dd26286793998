#include "session/thread_names.hpp"

#include <utility>

#include "linux/proc.hpp"

namespace sidestep::session {
namespace {

constexpr Nanoseconds name_lasts = 100'000'000;

}  // namespace

const std::string& ThreadNames::of(const core::Record& record) {
  if (!last_ || last_tid_ != record.tid) last_ = &names_[last_tid_ = record.tid];
  Name& name = *last_;
  if (name.read_at && record.ts - name.read_at <= name_lasts) return name.comm;
  name.read_at = record.ts;
  std::string comm = os::proc::comm(record.tid);
  if (comm.empty() && name.comm.empty()) comm = os::proc::comm({record.pid.value});
  if (!comm.empty()) name.comm = std::move(comm);
  return name.comm;
}

void ThreadNames::forget(Tid tid) {
  names_.erase(tid);
  last_ = nullptr;
}

}  // namespace sidestep::session
