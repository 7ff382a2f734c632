// Axes of charts: which range, which round numbers along it, and where a value stands.
//
// Pure functions, any thread. Ranges are never empty, whatever the data: a run of no time or
// without samples has an axis too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sdmp::load {

enum class Scale : std::uint8_t {
  kLinear,
  kLogarithmic,  // low > 0
  kPercentile,   // each halving of the distance to 100 % is as wide as the one before
};

struct Tick {
  double value;
  std::string label;
};

struct Axis {
  Scale scale = Scale::kLinear;
  double low = 0;
  double high = 1;
  std::vector<Tick> ticks;

  // 0 at the low end, 1 at the high one; what lies outside stands at the end.
  double place(double value) const;
};

// From 0 to a round number not below `highest`: "0", "20k", "40k".
Axis count_axis(double highest);
// Durations in ns, with units. From 0, or logarithmic if the values differ by orders of magnitude.
Axis duration_axis(double lowest, double highest);
// Seconds since the start, up to `seconds` exactly: "0", "30 s", "2 min".
Axis elapsed_axis(double seconds);
// "50 %", "99 %", "99.9 %" as far as `count` values tell apart.
Axis percentile_axis(std::uint64_t count);

}  // namespace sdmp::load
