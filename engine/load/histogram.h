// Counts of durations, log-linear with 3 significant digits: any value is kept within 0.1 %, from
// 1 ns to 73 minutes, in 264 KiB. The buckets are those of HdrHistogram (sub-bucket count 2048), so
// that its tools read what write_hgrm() prints.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sdmp::load {

class Histogram {
 public:
  static constexpr std::int64_t kMax = (std::int64_t{1} << 42) - 1;  // ns; larger ones count as it

  // Below 1 counts as 1.
  void record(std::int64_t ns, std::uint64_t count = 1);
  void add(const Histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  std::int64_t min() const { return count_ == 0 ? 0 : min_; }
  std::int64_t max() const { return max_; }
  double mean() const;
  double standard_deviation() const;
  // The least value that `percent` of all are not above (of its bucket the highest); 0 when empty.
  std::int64_t percentile(double percent) const;

  struct Step {
    std::int64_t value;   // ns, the highest of its bucket
    double percent;       // of all values that are not above it, 0 ... 100
    std::uint64_t total;  // how many that are
  };
  // The percentile curve as HdrHistogram prints it: `ticks` steps per halving of the distance to
  // 100 %, the last one at 100.
  std::vector<Step> curve(int ticks = 5) const;
  // The .hgrm form of HdrHistogram: values in milliseconds.
  std::string hgrm() const;

 private:
  std::vector<std::uint64_t> counts_;  // empty until the first record()
  std::uint64_t count_ = 0;
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace sdmp::load
