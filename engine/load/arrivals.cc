#include "engine/load/arrivals.h"

#include <cmath>

#include "codec/check.h"

namespace sdmp::load {

Arrivals::Arrivals(double rate, bool poisson, std::int64_t start_ns, std::int64_t ramp_ns,
                   std::uint64_t seed, double phase)
    : per_ns_(rate / 1e9),
      poisson_(poisson),
      start_ns_(start_ns),
      ramp_ns_(static_cast<double>(ramp_ns)),
      generator_(seed),
      passed_(poisson ? 0 : -phase) {
  SDMP_CHECK(rate > 0 && phase >= 0 && phase < 1);
  advance();
}

void Arrivals::advance() {
  passed_ += poisson_ ? std::exponential_distribution<double>(1.0)(generator_) : 1.0;
  // During the ramp the rate grows as t, so that the arrivals until t are rate * t^2 / (2 * ramp).
  const double in_ramp = per_ns_ * ramp_ns_ / 2;
  const double after = passed_ <= in_ramp ? std::sqrt(2 * passed_ * ramp_ns_ / per_ns_)
                                          : ramp_ns_ + (passed_ - in_ramp) / per_ns_;
  due_ns_ = start_ns_ + static_cast<std::int64_t>(after);
}

}  // namespace sdmp::load
