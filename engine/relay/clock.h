// Wall time for what is signed.
#pragma once

#include <algorithm>
#include <chrono>

#include "codec/timestamp.h"

namespace sdmp::relay {

inline codec::UnixMillis unix_now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// `created` for resources that are made together: strictly increasing, so that two of equal content
// never become one (the identifier hashes content and time alone, P-ID).
class ClockSequence {
 public:
  codec::UnixMillis next() { return last_ = std::max(last_ + 1, unix_now()); }

 private:
  codec::UnixMillis last_ = 0;
};

}  // namespace sdmp::relay
