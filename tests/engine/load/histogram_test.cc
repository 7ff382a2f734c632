#include "engine/load/histogram.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <random>

#include <gtest/gtest.h>

namespace sdmp::load {
namespace {

// Durations as they come: most near each other, some far out, over the whole range.
std::vector<std::int64_t> seeded_values(unsigned seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(0, 12.6);
  std::lognormal_distribution<double> usual(13, 1);
  std::vector<std::int64_t> values(count);
  for (auto& value : values) {
    const double ns = random() % 4 == 0 ? std::pow(10, exponent(random)) : usual(random);
    value = std::clamp<std::int64_t>(std::llround(ns), 1, Histogram::kMax);
  }
  return values;
}

Histogram recorded(const std::vector<std::int64_t>& values) {
  Histogram histogram;
  for (const auto value : values) histogram.record(value);
  return histogram;
}

TEST(Histogram, AnEmptyOneIsZero) {
  Histogram histogram;
  histogram.clear();
  histogram.add(Histogram());
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.percentile(99), 0);
  EXPECT_EQ(histogram.mean(), 0);
  EXPECT_EQ(histogram.standard_deviation(), 0);
  EXPECT_TRUE(histogram.curve().empty());
  EXPECT_NE(histogram.hgrm().find("Total count    =            0]"), std::string::npos);
}

TEST(Histogram, EveryValueIsKeptWithinAThousandth) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  for (const auto value : seeded_values(seed, 20'000)) {
    Histogram histogram;
    histogram.record(value);
    const auto step = histogram.curve().back();
    ASSERT_GE(step.value, value);
    ASSERT_LE(static_cast<double>(step.value - value), 0.001 * static_cast<double>(value));
    ASSERT_EQ(histogram.percentile(100), value);
    ASSERT_NEAR(histogram.mean(), static_cast<double>(value), 0.001 * static_cast<double>(value));
    if (value % 97 != 0) continue;
    ASSERT_EQ(histogram.percentile(0), value);
  }
}

TEST(Histogram, BoundsAreCounted) {
  Histogram histogram;
  for (const std::int64_t value : {std::int64_t{-5}, std::int64_t{0}, std::int64_t{1}}) {
    histogram.record(value);
  }
  EXPECT_EQ(histogram.max(), 1);
  histogram.record(Histogram::kMax);
  histogram.record(std::numeric_limits<std::int64_t>::max());
  histogram.record(7, 0);
  EXPECT_EQ(histogram.count(), 5u);
  EXPECT_EQ(histogram.min(), 1);
  EXPECT_EQ(histogram.max(), Histogram::kMax);
  EXPECT_EQ(histogram.percentile(60), 1);
  EXPECT_EQ(histogram.percentile(60.1), Histogram::kMax);
}

TEST(Histogram, PercentilesAreThoseOfTheSortedValues) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  for (const std::size_t count : {1u, 2u, 7u, 1000u, 30'000u}) {
    auto values = seeded_values(seed, count);
    const Histogram histogram = recorded(values);
    std::sort(values.begin(), values.end());
    for (const double percent : {0.0, 1.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
      const auto exact_rank = percent * static_cast<double>(count) / 100;
      const auto rank =
          std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(exact_rank - 1e-6)));
      const std::int64_t exact = values[rank - 1];
      const std::int64_t found = histogram.percentile(percent);
      EXPECT_GE(found, exact) << percent << " of " << count;
      EXPECT_LE(static_cast<double>(found - exact), 0.001 * static_cast<double>(exact));
    }
    EXPECT_EQ(histogram.min(), values.front());
    EXPECT_EQ(histogram.max(), values.back());
  }
}

TEST(Histogram, MergingIsRecordingAllInOne) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  const auto values = seeded_values(seed, 9000);
  Histogram all = recorded(values);
  Histogram merged;
  Histogram part;
  for (std::size_t i = 0; i < values.size(); ++i) {
    part.record(values[i]);
    if (i % 1000 != 999) continue;
    merged.add(part);
    part.clear();
    EXPECT_EQ(part.count(), 0u);
  }
  EXPECT_EQ(merged.hgrm(), all.hgrm());
  EXPECT_EQ(merged.count(), all.count());
  EXPECT_EQ(merged.min(), all.min());
  EXPECT_EQ(merged.max(), all.max());
  EXPECT_EQ(merged.mean(), all.mean());
}

TEST(Histogram, CountsAreManyRecordsAtOnce) {
  Histogram once;
  once.record(1'234'567, 1000);
  Histogram often;
  for (int i = 0; i < 1000; ++i) often.record(1'234'567);
  EXPECT_EQ(once.hgrm(), often.hgrm());
}

TEST(Histogram, MeanAndDeviationAreThoseOfTheValues) {
  Histogram histogram;
  for (const std::int64_t value : {2, 4, 4, 4, 5, 5, 7, 9}) histogram.record(value);
  EXPECT_DOUBLE_EQ(histogram.mean(), 5);
  EXPECT_DOUBLE_EQ(histogram.standard_deviation(), 2);
}

TEST(Histogram, TheCurveRisesToAHundred) {
  const auto steps = recorded(seeded_values(7, 5000)).curve();
  ASSERT_GT(steps.size(), 20u);
  EXPECT_EQ(steps.front().percent, 0);
  EXPECT_EQ(steps.back().percent, 100);
  EXPECT_EQ(steps.back().total, 5000u);
  for (std::size_t i = 1; i < steps.size(); ++i) {
    EXPECT_GT(steps[i].percent, steps[i - 1].percent);
    EXPECT_GE(steps[i].value, steps[i - 1].value);
    EXPECT_GE(static_cast<double>(steps[i].total), steps[i].percent * 50 - 1e-6);
  }
}

// The file is what HdrHistogram's JavaScript edition prints of these values.
TEST(Histogram, HgrmIsWhatHdrHistogramPrints) {
  Histogram histogram;
  std::int64_t x = 1;
  for (int i = 0; i < 3000; ++i) {
    x = x * 48271 % 2147483647;
    histogram.record(1000 + (x % 1000) * (x % 997) * 7);
  }
  histogram.record(1'000'000'000, 3);
  std::ifstream file(SDMP_SOURCE_DIR "/tests/engine/load/hdr_histogram.hgrm");
  EXPECT_EQ(histogram.hgrm(), std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace
}  // namespace sdmp::load
