// Counts of durations, log-linear with 3 significant digits: any value is kept within 0.1 %, from
// 1 ns to 73 minutes, in 264 KiB. The buckets are those of HdrHistogram (lowest value 1, 2048
// sub-buckets), so that its tools read what hgrm() prints.
//
// Nothing fails: a value out of range counts as the nearest one in it. Memory is taken by the first
// record() or add() and kept by clear(), so that a thread that records allocates once.
//
// Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sdmp::load {

class Histogram {
 public:
  static constexpr std::int64_t kMax = (std::int64_t{1} << 42) - 1;  // ns; larger ones count as it

  // Below 1 counts as 1.
  void record(std::int64_t ns, std::uint64_t count = 1) {
    if (count == 0) return;
    if (counts_.empty()) counts_.resize(kCounts);
    ns = std::clamp<std::int64_t>(ns, 1, kMax);
    counts_[index_of(ns)] += count;
    min_ = count_ == 0 ? ns : std::min(min_, ns);
    max_ = std::max(max_, ns);
    count_ += count;
  }
  // The same as recording all that `other` has recorded.
  void add(const Histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  // Exact, as recorded; 0 when empty.
  std::int64_t min() const { return min_; }
  std::int64_t max() const { return max_; }
  // ns, with each value taken as the middle of its bucket; 0 when empty.
  double mean() const;
  double standard_deviation() const;
  // The least value, in ns, that `percent` (0 ... 100) of all are not above: the highest of its
  // bucket, but never above max(); 0 when empty.
  std::int64_t percentile(double percent) const;

  struct Step {
    std::int64_t value;   // ns, the highest of its bucket
    double percent;       // the level that was asked for, 0 ... 100; at least as many are not above
    std::uint64_t total;  // how many are not above
  };
  // The percentile curve as HdrHistogram walks it: `ticks` steps per halving of the distance to
  // 100 %, the last one at 100. Empty for an empty histogram.
  std::vector<Step> curve(int ticks = 5) const;
  // The .hgrm form: the text that HdrHistogram's outputPercentileDistribution writes, in
  // milliseconds.
  std::string hgrm() const;

 private:
  static constexpr int kHalfBits = 10;  // 1024 sub-buckets in each bucket but the first
  static constexpr int kBuckets = 42 - kHalfBits;
  static constexpr std::size_t kCounts = std::size_t{kBuckets + 1} << kHalfBits;

  static int bucket_of(std::int64_t ns) {
    constexpr std::uint64_t kFirstBucket = (std::uint64_t{2} << kHalfBits) - 1;
    return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(ns) | kFirstBucket)) -
           (kHalfBits + 1);
  }
  static std::size_t index_of(std::int64_t ns) {
    const int bucket = bucket_of(ns);
    return (static_cast<std::size_t>(bucket) << kHalfBits) + static_cast<std::size_t>(ns >> bucket);
  }
  struct Range {
    std::int64_t lowest;
    std::int64_t highest;
  };
  static Range values_of(std::size_t index);
  // The mean of what `weigh` makes of every value.
  template <class Weigh>
  double average(Weigh weigh) const;

  std::vector<std::uint64_t> counts_;  // empty until the first record()
  std::uint64_t count_ = 0;
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace sdmp::load
