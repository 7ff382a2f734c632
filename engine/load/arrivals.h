// When things are meant to happen in an open loop: whatever the server does, the next one is due at
// its time, and latency counts from there (no coordinated omission).
#pragma once

#include <cstdint>
#include <random>

namespace sdmp::load {

// Thread rule: one thread at a time.
class Arrivals {
 public:
  // `rate` per second from `start_ns` on, reached linearly over `ramp_ns`; constant intervals or
  // those of a Poisson process. The first of constant ones comes by `phase` (0 ... 1) of an
  // interval earlier: so several of them do not fall together.
  Arrivals(double rate, bool poisson, std::int64_t start_ns, std::int64_t ramp_ns,
           std::uint64_t seed, double phase = 0);

  std::int64_t due_ns() const { return due_ns_; }
  // Moves on to the next one.
  void advance();

 private:
  double per_ns_;
  bool poisson_;
  std::int64_t start_ns_;
  double ramp_ns_;
  std::mt19937_64 generator_;
  double passed_;  // arrivals so far, on the rate's own clock
  std::int64_t due_ns_ = 0;
};

}  // namespace sdmp::load
