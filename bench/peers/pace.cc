#include "bench/peers/pace.h"

#include <algorithm>

namespace sdmp::bench::peers {

void Pace::begin(Clock::time_point now) {
  next_ = begin_ = now;
  published_ = 0;
}

// Counted from the beginning: one that was late delays none behind it.
void Pace::published() {
  ++published_;
  if (per_second_ == 0) return;
  const std::chrono::duration<double> after(static_cast<double>(published_) / per_second_);
  next_ = begin_ + std::chrono::duration_cast<Clock::duration>(after);
}

Pace::Clock::duration Pace::until_next(Clock::time_point now) const {
  return std::max(next_ - now, Clock::duration::zero());
}

}  // namespace sdmp::bench::peers
