// Names of threads, for the output thread. A thread may rename itself, so a name is read anew after
// a while; not at each hit, which would cost more than the hit.
#pragma once

#include <string>
#include <unordered_map>

#include "core/record.hpp"

namespace sidestep::session {

class ThreadNames {
 public:
  /// Of the record's thread, as of its time; of its process where the thread is gone before we
  /// could look. "": not known. Valid until the next call.
  const std::string& of(const core::Record& record);
  void forget(Tid tid);

 private:
  struct Name {
    std::string comm;
    Nanoseconds read_at = 0;
  };
  std::unordered_map<Tid, Name> names_;
  Name* last_ = nullptr;  // of last_tid_: hits come in runs
  Tid last_tid_;
};

}  // namespace sidestep::session
