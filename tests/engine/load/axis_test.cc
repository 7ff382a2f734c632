#include "engine/load/axis.h"

#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sdmp::load {
namespace {

using testing::ElementsAre;

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> texts;
  for (const auto& tick : axis.ticks) texts.push_back(tick.label);
  return texts;
}

TEST(Axis, CountsAtRoundNumbers) {
  EXPECT_THAT(labels(count_axis(48'210)), ElementsAre("0", "10k", "20k", "30k", "40k", "50k"));
  EXPECT_THAT(labels(count_axis(66'000)), ElementsAre("0", "20k", "40k", "60k", "80k"));
  EXPECT_THAT(labels(count_axis(1'000'000)),
              ElementsAre("0", "200k", "400k", "600k", "800k", "1M"));
  EXPECT_THAT(labels(count_axis(3)), ElementsAre("0", "1", "2", "3"));
  EXPECT_EQ(count_axis(0).high, 0.2);
}

TEST(Axis, DurationsWithUnits) {
  EXPECT_THAT(labels(duration_axis(4e6, 9e6)),
              ElementsAre("0", "2 ms", "4 ms", "6 ms", "8 ms", "10 ms"));
  const Axis spread = duration_axis(300e3, 1e9);
  EXPECT_EQ(spread.scale, Scale::kLogarithmic);
  EXPECT_EQ(spread.low, 200e3);
  EXPECT_EQ(spread.high, 1e9);
  EXPECT_THAT(labels(spread), ElementsAre("1 ms", "10 ms", "100 ms", "1 s"));
  EXPECT_THAT(labels(duration_axis(1.2e3, 150e3)),
              ElementsAre("1 µs", "2 µs", "5 µs", "10 µs", "20 µs", "50 µs", "100 µs", "200 µs"));
}

TEST(Axis, TimeEndsWhereTheRunDoes) {
  const Axis axis = elapsed_axis(65);
  EXPECT_EQ(axis.high, 65);
  EXPECT_THAT(labels(axis), ElementsAre("0", "10 s", "20 s", "30 s", "40 s", "50 s", "60 s"));
  EXPECT_EQ(labels(elapsed_axis(600)).back(), "10 min");
  EXPECT_EQ(labels(elapsed_axis(8 * 3600)).back(), "8 h");
  EXPECT_EQ(labels(elapsed_axis(0.5)).back(), "0.5 s");
  EXPECT_EQ(elapsed_axis(0).high, 1);
}

TEST(Axis, PercentilesAsFarAsTheCountTellsApart) {
  EXPECT_THAT(labels(percentile_axis(1000)), ElementsAre("50 %", "90 %", "99 %", "99.9 %"));
  EXPECT_THAT(labels(percentile_axis(0)), ElementsAre("50 %", "90 %", "99 %"));
  EXPECT_EQ(percentile_axis(std::numeric_limits<std::uint64_t>::max()).ticks.back().label,
            "99.99999 %");
  const Axis axis = percentile_axis(1000);
  EXPECT_DOUBLE_EQ(axis.place(0), 0);
  EXPECT_NEAR(axis.place(90), 1.0 / 3, 1e-9);
  EXPECT_NEAR(axis.place(99), 2.0 / 3, 1e-9);
  EXPECT_EQ(axis.place(99.9), 1);
  EXPECT_EQ(axis.place(100), 1);
}

TEST(Axis, PlacesStayInsideAndKeepTheirOrder) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(0, 12);
  for (int i = 0; i < 2000; ++i) {
    double low = std::pow(10, exponent(random));
    double high = std::pow(10, exponent(random));
    if (low > high) std::swap(low, high);
    for (const Axis& axis :
         {count_axis(high), duration_axis(low, high), elapsed_axis(high / 1e6)}) {
      ASSERT_GE(axis.high, axis.low);
      ASSERT_GE(axis.ticks.size(), 1u) << high;
      ASSERT_LE(axis.ticks.size(), 16u) << low << " " << high;
      double before = -1;
      for (const auto& tick : axis.ticks) {
        const double place = axis.place(tick.value);
        ASSERT_GT(place, before) << tick.label;
        ASSERT_LE(place, 1);
        before = place;
      }
    }
    const Axis durations = duration_axis(low, high);
    ASSERT_LE(durations.low, low * 1.000001);
    ASSERT_GE(durations.high, high * 0.999999);
    ASSERT_LE(durations.place(low), durations.place(high));
  }
}

TEST(Axis, OneValueHasAnAxisToo) {
  for (const double value : {0.0, 1.0, 1e9}) {
    const Axis axis = duration_axis(value, value);
    EXPECT_GT(axis.high, axis.low);
    EXPECT_GE(axis.ticks.size(), 2u);
  }
}

}  // namespace
}  // namespace sdmp::load
