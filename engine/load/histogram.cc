#include "engine/load/histogram.h"

#include <cmath>
#include <cstdio>
#include <limits>

namespace sdmp::load {
namespace {

constexpr double kNsPerMs = 1e6;

// printf is what HdrHistogram's own text is defined by.
template <class... Values>
void append_line(std::string& out, const char* form, Values... values) {
  char line[160];
  const int length = std::snprintf(line, sizeof line, form, values...);
  out.append(line, static_cast<std::size_t>(length));
}

// A tick has the same size from one halving of the distance to 100 % to the next.
double next_level(double percent, int ticks) {
  const double halvings = std::trunc(std::log2(100 / (100 - percent)));
  return percent + 100 / (ticks * std::exp2(halvings + 1));
}

}  // namespace

Histogram::Range Histogram::values_of(std::size_t index) {
  const std::size_t half = index >> kHalfBits;
  const int bucket = half == 0 ? 0 : static_cast<int>(half) - 1;
  const auto sub_bucket =
      static_cast<std::int64_t>(index - (static_cast<std::size_t>(bucket) << kHalfBits));
  const std::int64_t lowest = sub_bucket << bucket;
  return {lowest, lowest + (std::int64_t{1} << bucket) - 1};
}

void Histogram::add(const Histogram& other) {
  if (other.count_ == 0) return;
  if (counts_.empty()) counts_.resize(kCounts);
  const std::size_t last = index_of(other.max_);
  for (std::size_t i = index_of(other.min_); i <= last; ++i) counts_[i] += other.counts_[i];
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
}

void Histogram::clear() {
  if (count_ == 0) return;
  const auto begin = counts_.begin();
  std::fill(begin + static_cast<std::ptrdiff_t>(index_of(min_)),
            begin + static_cast<std::ptrdiff_t>(index_of(max_)) + 1, 0);
  count_ = 0;
  min_ = max_ = 0;
}

// HdrHistogram's idea of the middle: of two equally near the upper one.
template <class Weigh>
double Histogram::average(Weigh weigh) const {
  if (count_ == 0) return 0;
  double sum = 0;
  for (std::size_t i = index_of(min_); i <= index_of(max_); ++i) {
    if (counts_[i] == 0) continue;
    const auto [lowest, highest] = values_of(i);
    const std::int64_t middle = lowest + (highest - lowest + 1) / 2;
    sum += static_cast<double>(counts_[i]) * weigh(static_cast<double>(middle));
  }
  return sum / static_cast<double>(count_);
}

double Histogram::mean() const {
  return average([](double ns) { return ns; });
}

double Histogram::standard_deviation() const {
  const double center = mean();
  return std::sqrt(average([&](double ns) { return (ns - center) * (ns - center); }));
}

std::int64_t Histogram::percentile(double percent) const {
  if (count_ == 0) return 0;
  // A hair less, or 99.9 of 1000 would be 999.0000000000001 and ask for all of them.
  const double share =
      std::nextafter(std::clamp(percent, 0.0, 100.0), -std::numeric_limits<double>::infinity());
  const auto wanted = std::max(1.0, std::ceil(share * static_cast<double>(count_) / 100));
  std::uint64_t total = 0;
  for (std::size_t i = index_of(min_); i <= index_of(max_); ++i) {
    total += counts_[i];
    if (static_cast<double>(total) >= wanted) return std::min(values_of(i).highest, max_);
  }
  return max_;
}

std::vector<Histogram::Step> Histogram::curve(int ticks) const {
  std::vector<Step> steps;
  if (count_ == 0) return steps;
  std::uint64_t total = 0;
  double level = 0;
  for (std::size_t i = index_of(min_); i <= index_of(max_); ++i) {
    if (counts_[i] == 0) continue;
    total += counts_[i];
    const double reached = 100 * static_cast<double>(total) / static_cast<double>(count_);
    // All levels that this bucket reaches, but of those that nothing lies above only the first:
    // the distance to 100 % could be halved forever.
    while (reached >= level) {
      steps.push_back({values_of(i).highest, level, total});
      level = next_level(level, ticks);
      if (total == count_) break;
    }
  }
  steps.push_back({values_of(index_of(max_)).highest, 100, count_});
  return steps;
}

std::string Histogram::hgrm() const {
  std::string out;
  append_line(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
              "1/(1-Percentile)");
  for (const auto& step : curve()) {
    const double value = static_cast<double>(step.value) / kNsPerMs;
    const double share = step.percent / 100;
    const auto total = static_cast<unsigned long long>(step.total);
    if (step.percent < 100) {
      append_line(out, "%12.3f %2.12f %10llu %14.2f\n", value, share, total, 1 / (1 - share));
    } else {
      append_line(out, "%12.3f %2.12f %10llu\n", value, share, total);
    }
  }
  append_line(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean() / kNsPerMs,
              standard_deviation() / kNsPerMs);
  append_line(out, "#[Max     = %12.3f, Total count    = %12llu]\n",
              static_cast<double>(max_) / kNsPerMs, static_cast<unsigned long long>(count_));
  append_line(out, "#[Buckets = %12d, SubBuckets     = %12d]\n", kBuckets, 2 << kHalfBits);
  return out;
}

}  // namespace sdmp::load
