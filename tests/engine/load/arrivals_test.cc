#include "engine/load/arrivals.h"

#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

namespace sdmp::load {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::vector<std::int64_t> take(Arrivals arrivals, std::size_t count) {
  std::vector<std::int64_t> due;
  for (; due.size() < count; arrivals.advance()) due.push_back(arrivals.due_ns());
  return due;
}

TEST(Arrivals, AConstantRateHasOneInterval) {
  const auto due = take({1000, false, 7 * kSecond, 0, 1}, 5000);
  for (std::size_t i = 0; i < due.size(); ++i) {
    EXPECT_LE(std::abs(due[i] - 7 * kSecond - static_cast<std::int64_t>(i + 1) * 1'000'000), 1)
        << i;
  }
}

TEST(Arrivals, PhasesOfSeveralAreApart) {
  const auto first = take({1000, false, kSecond, 0, 1}, 100);
  const auto second = take({1000, false, kSecond, 0, 1, 0.25}, 100);
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(first[i] - second[i]), 250'000, 2) << i;
  }
}

TEST(Arrivals, RatesThatDoNotDivideASecondDoNotDrift) {
  const auto due = take({3, false, 0, 0, 1}, 3'000);
  EXPECT_NEAR(static_cast<double>(due.back()), 1e12, 2.0);
}

TEST(Arrivals, ARampReachesTheRateLinearly) {
  // The rate grows from 0 to 1000 per second in 4 s: half of 4 * 1000 arrive in them, and until a
  // part x of the ramp x * x of these.
  const auto due = take({1000, false, 0, 4 * kSecond, 1}, 4000);
  const auto until = [&due](std::int64_t end) {
    return std::ranges::count_if(due, [end](std::int64_t at) { return at <= end; });
  };
  EXPECT_NEAR(static_cast<double>(until(1 * kSecond)), 125, 1);
  EXPECT_NEAR(static_cast<double>(until(2 * kSecond)), 500, 1);
  EXPECT_NEAR(static_cast<double>(until(4 * kSecond)), 2000, 1);
  EXPECT_NEAR(static_cast<double>(until(5 * kSecond)), 3000, 1);
  EXPECT_NEAR(static_cast<double>(due[2500] - due[2499]), 1e6, 2);
}

TEST(Arrivals, PoissonKeepsTheMeanAndSpreadsTheIntervals) {
  constexpr std::size_t kCount = 100'000;
  const auto due = take({1000, true, 0, 0, 42}, kCount);
  const double mean = static_cast<double>(due.back()) / kCount;
  EXPECT_NEAR(mean, 1e6, 2e4);
  // Of exponential intervals 1 - 1/e are shorter than the mean.
  std::size_t shorter = due.front() < 1'000'000 ? 1 : 0;
  for (std::size_t i = 1; i < due.size(); ++i) shorter += due[i] - due[i - 1] < 1'000'000 ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(shorter) / kCount, 0.632, 0.01);
}

TEST(Arrivals, NeverDecreaseAndRepeatWithTheSeed) {
  for (const std::int64_t ramp_ns : {std::int64_t{0}, kSecond}) {
    for (const bool poisson : {false, true}) {
      const auto due = take({50'000, poisson, 100, ramp_ns, 3}, 100'000);
      EXPECT_TRUE(std::ranges::is_sorted(due));
      EXPECT_GE(due.front(), 100);
      EXPECT_EQ(due, take({50'000, poisson, 100, ramp_ns, 3}, 100'000));
      EXPECT_EQ(due == take({50'000, poisson, 100, ramp_ns, 4}, 100'000), !poisson);
    }
  }
}

}  // namespace
}  // namespace sdmp::load
