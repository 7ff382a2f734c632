#include "engine/load/load_charts.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/load/sample_report.h"

namespace sdmp::load {
namespace {

using testing::HasSubstr;

TEST(LoadCharts, ThroughputWithItsWarmUp) {
  const auto chart = throughput_chart(sample_report());
  ASSERT_TRUE(chart);
  ASSERT_EQ(chart->lines.size(), 1u);
  EXPECT_EQ(chart->lines[0].points.size(), 12u);
  EXPECT_EQ(chart->lines[0].points[0].x, 0.5);
  ASSERT_EQ(chart->bands.size(), 1u);
  EXPECT_EQ(chart->bands[0].from, 0);
  EXPECT_EQ(chart->bands[0].to, 2);
  EXPECT_EQ(chart->bands[0].text, "warm-up");
  ASSERT_EQ(chart->hovers.size(), 12u);
  EXPECT_THAT(chart->hovers[2].text, HasSubstr("3 s: 101 messages/s\np50 5.00 ms, p99 9.90 ms"));
  EXPECT_THAT(chart->hovers[2].text, HasSubstr("8 sessions, 64 in flight"));
  EXPECT_GE(chart->y.high, 105);
}

TEST(LoadCharts, EachPhaseThatIsNotMeasuredHasItsBand) {
  Report report = sample_report();
  report.intervals[0].stage = Stage::kOpening;
  report.intervals[11].stage = Stage::kDrain;
  const auto chart = throughput_chart(report);
  ASSERT_EQ(chart->bands.size(), 3u);
  EXPECT_EQ(chart->bands[0].text, "opening");
  EXPECT_EQ(chart->bands[1].text, "warm-up");
  EXPECT_EQ(chart->bands[2].text, "drain");
  EXPECT_EQ(chart->bands[2].from, 11);
}

TEST(LoadCharts, LatencyHasGapsWhereNothingCame) {
  Report report = sample_report();
  report.intervals[4].p50_ns = report.intervals[4].p99_ns = report.intervals[4].max_ns = 0;
  const auto chart = latency_chart(report);
  ASSERT_TRUE(chart);
  ASSERT_EQ(chart->lines.size(), 3u);
  EXPECT_EQ(chart->lines[1].name, "p99");
  EXPECT_TRUE(std::isnan(chart->lines[1].points[4].y));
  EXPECT_EQ(chart->lines[1].points[5].y, 9'900'000);
}

TEST(LoadCharts, ThePercentileCurveShowsBothWaysToCount) {
  Report report = sample_report();
  auto chart = percentile_chart(report);
  ASSERT_TRUE(chart);
  ASSERT_EQ(chart->lines.size(), 2u);
  EXPECT_EQ(chart->lines[0].points.back().x, 100);
  EXPECT_THAT(chart->note, HasSubstr("Latency counts from"));
  EXPECT_THAT(chart->hovers.back().text, HasSubstr("latency 10.0 ms\nservice time 5.00 ms"));
  report.stats.bystander.record(1'000'000);
  EXPECT_EQ(percentile_chart(report)->lines.size(), 3u);
}

TEST(LoadCharts, LongRunsAreDrawnWithFewerPoints) {
  Report report = sample_report();
  report.intervals.clear();
  for (int i = 1; i <= 3601; ++i) {
    Interval interval;
    interval.at_s = i;
    interval.stage = Stage::kMeasured;
    interval.rate = i % 2 == 0 ? 100 : 300;
    interval.p50_ns = interval.p99_ns = 1'000'000;
    interval.max_ns = i == 1800 ? 30'000'000 : 2'000'000;
    report.intervals.push_back(interval);
  }
  const auto throughput = throughput_chart(report);
  const auto latency = latency_chart(report);
  EXPECT_LE(throughput->lines[0].points.size(), 300u);
  EXPECT_NEAR(throughput->lines[0].points[100].y, 200, 10);
  EXPECT_EQ(throughput->hovers.back().to, 3601);
  EXPECT_EQ(throughput->note, "Each point is the mean of 13 intervals.");
  double greatest = 0;
  for (const auto& point : latency->lines[2].points) greatest = std::max(greatest, point.y);
  EXPECT_EQ(greatest, 30'000'000);
}

TEST(LoadCharts, WithoutSamplesThereIsNone) {
  EXPECT_FALSE(throughput_chart(empty_report()));
  EXPECT_FALSE(latency_chart(empty_report()));
  EXPECT_FALSE(percentile_chart(empty_report()));
  Report idle = empty_report();
  idle.intervals.resize(1);
  idle.intervals[0].at_s = 1;
  EXPECT_TRUE(throughput_chart(idle));
  EXPECT_FALSE(latency_chart(idle));
}

}  // namespace
}  // namespace sdmp::load
