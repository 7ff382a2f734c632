// When the messages of an open loop are due. The times are the caller's, so that none is read here.
#pragma once

#include <chrono>
#include <cstdint>

namespace sdmp::bench::peers {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  // Zero: everything is due at once.
  explicit Pace(double per_second) : per_second_(per_second) {}

  // The first message is due now.
  void begin(Clock::time_point now);
  void published();
  bool due(Clock::time_point now) const { return now >= next_; }
  // Zero when it is due.
  Clock::duration until_next(Clock::time_point now) const;

 private:
  double per_second_;
  Clock::time_point begin_;
  Clock::time_point next_;
  std::uint64_t published_ = 0;
};

}  // namespace sdmp::bench::peers
