#include "engine/load/run.h"

#include <gtest/gtest.h>

#include "tests/engine/load/test_run.h"

namespace sdmp::load {
namespace {

using testing::Misconduct;
using testing::publishing;
using testing::run_against;

TEST(Run, WarmUpIsCheckedAndNotCounted) {
  Plan plan = publishing(2, 0, 0);
  plan.in_flight = 2;
  plan.warmup_ns = 300'000'000;
  plan.duration_ns = 300'000'000;
  const auto [report, conduct] = run_against({}, plan);
  EXPECT_EQ(report.stats.verified.expected, conduct.journalled);
  EXPECT_EQ(report.stats.verified.received, conduct.journalled);
  EXPECT_GT(report.stats.messages, 0u);
  EXPECT_LT(report.stats.messages, conduct.journalled);
  EXPECT_GE(report.measured_s, 0.3);
  EXPECT_GE(report.elapsed_s, 0.6);
}

TEST(Run, TheRampIsNotMeasured) {
  Plan plan = publishing(2, 0, 0);
  plan.rate = 400;
  plan.ramp_ns = 500'000'000;
  plan.warmup_ns = 100'000'000;
  plan.duration_ns = 300'000'000;
  const auto [report, conduct] = run_against({}, plan);
  EXPECT_GE(report.elapsed_s, 0.9);
  EXPECT_LT(report.measured_s, 0.6);
  // Half of the rate in the ramp, all of it behind it: some 140 before anything counts.
  EXPECT_LE(report.stats.messages + 100, conduct.journalled);
  EXPECT_EQ(report.stats.verified.received, conduct.journalled);
}

// The session is lost shortly before the end and comes back after it.
testing::Outcome with_a_loss_at_the_end(const Misconduct& misconduct) {
  Plan plan = publishing(1, 0, 0);
  plan.rate = 400;
  plan.duration_ns = 400'000'000;
  return run_against(misconduct, plan);
}

TEST(Run, WhatWasDueBeforeTheEndIsSentAfterIt) {
  Misconduct misconduct;
  misconduct.close_publisher_at = 120;
  const auto [report, conduct] = with_a_loss_at_the_end(misconduct);
  EXPECT_EQ(conduct.closed, 1u);
  EXPECT_EQ(report.stats.verified.missing, 0u);
  EXPECT_NEAR(static_cast<double>(conduct.journalled), 400 * report.measured_s, 1.5);
}

TEST(Run, WhatWasDueAndNeverSentIsMissingAndCountsAsItWaited) {
  Misconduct misconduct;
  misconduct.close_publisher_at = 120;
  misconduct.refuses_after_closing = true;
  const auto [report, conduct] = with_a_loss_at_the_end(misconduct);
  const auto due = 400 * report.measured_s;
  EXPECT_NEAR(static_cast<double>(report.stats.verified.expected), due, 1.5);
  // Lines about the last ones may have been lost with the session.
  EXPECT_LE(report.stats.verified.received, 119u);
  EXPECT_GE(report.stats.verified.received, 60u);
  EXPECT_EQ(report.stats.verified.missing,
            report.stats.verified.expected - report.stats.verified.received);
  EXPECT_EQ(report.stats.latency.count(), report.stats.verified.expected);
  EXPECT_GE(report.stats.latency.percentile(90), testing::kPatienceNs);
}

TEST(Run, IntervalsAddUpToTheWhole) {
  Plan plan = publishing(1, 0, 0);
  plan.rate = 300;
  plan.duration_ns = 1'200'000'000;
  const auto [report, conduct] = run_against({}, plan);
  ASSERT_GE(report.intervals.size(), 2u);
  double sum = 0;
  for (const Interval& interval : report.intervals) sum += interval.rate * interval.seconds;
  EXPECT_NEAR(sum, static_cast<double>(conduct.journalled), 0.5);
  EXPECT_TRUE(report.intervals[0].measured());
  EXPECT_EQ(report.intervals[0].gauges.sessions, 1u);
}

TEST(Run, IntervalsTellTheirPhase) {
  Misconduct misconduct;
  misconduct.ignore_every = 200;  // the run waits for it at the end
  Plan plan = publishing(1, 0, 0);
  plan.rate = 90;
  plan.ramp_ns = 1'100'000'000;
  plan.warmup_ns = 1'100'000'000;
  plan.duration_ns = 900'000'000;
  const auto [report, conduct] = run_against(misconduct, plan);
  std::vector<Stage> stages;
  for (const Interval& interval : report.intervals) {
    if (stages.empty() || stages.back() != interval.stage) stages.push_back(interval.stage);
  }
  EXPECT_EQ(stages, (std::vector{Stage::kRamp, Stage::kWarmup, Stage::kMeasured, Stage::kDrain}));
}

TEST(Run, AnInterruptEndsItEarlyAndCleanly) {
  const TestIdentities identities = testing::test_identities();
  testing::TestServer server(identities);
  server.start();
  Plan plan = publishing(2, 2, 0);
  plan.server = server.address();
  plan.duration_ns = 60'000'000'000;
  const std::int64_t begin_ns = Clock::read().ns;
  const Report report = testing::carry_out(plan, testing::patient("deliveries"), server.identity(),
                                           identities, [&](auto& run) {
                                             if (Clock::read().ns - begin_ns > 300'000'000)
                                               run.interrupt();
                                           });
  EXPECT_TRUE(report.interrupted);
  EXPECT_LT(report.elapsed_s, 10);
  EXPECT_GT(report.stats.deliveries, 0u);
  EXPECT_EQ(report.stats.verified.expected, report.stats.verified.received);
  EXPECT_EQ(report.stats.verified.expected, 2 * server.stop().journalled);
}

TEST(Run, AProcessThatCannotBeWatchedIsToldBeforeTheRun) {
  const TestIdentities identities = testing::test_identities(1);
  const testing::TestServer server(identities);
  Plan plan;
  plan.server = server.address();
  RunOptions options;
  options.server_pid = INT32_MAX;
  const auto run = Run::start(plan, options, server.identity(), identities);
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().find(std::to_string(INT32_MAX)), std::string::npos);
}

// The server reads and answers nothing for 300 ms, once.
testing::Outcome with_a_pause(double rate) {
  Misconduct misconduct;
  misconduct.pause = std::chrono::milliseconds(300);
  misconduct.pause_at = 100;
  Plan plan = publishing(1, 0, 400);
  plan.rate = rate;
  plan.in_flight = 1;
  return run_against(misconduct, plan);
}

TEST(Run, AnOpenLoopCountsAPauseOfTheServerForAllThatWereDueInIt) {
  const auto [report, conduct] = with_a_pause(400);
  EXPECT_EQ(report.stats.messages, 400u);
  const Histogram& latency = report.stats.latency;
  EXPECT_GE(latency.max(), 250'000'000);
  // Of the 120 that were due in the pause 80 waited for 100 ms and more: 20 % of all.
  EXPECT_GE(latency.percentile(85), 90'000'000);
  EXPECT_LE(report.stats.service.percentile(85), latency.percentile(85));
}

TEST(Run, AClosedLoopShowsThePauseOnce) {
  const auto [report, conduct] = with_a_pause(0);
  EXPECT_EQ(report.stats.messages, 400u);
  EXPECT_GE(report.stats.latency.max(), 250'000'000);
  EXPECT_LT(report.stats.latency.percentile(99), 200'000'000);
}

TEST(Run, WhatCouldNotBeSentInTimeCountsFromWhenItWasDue) {
  // The session is gone for 200 ms: what was due meanwhile is sent late.
  Misconduct misconduct;
  misconduct.close_publisher_at = 100;
  Plan plan = publishing(1, 0, 400);
  plan.rate = 400;
  const auto [report, conduct] = run_against(misconduct, plan);
  EXPECT_EQ(conduct.closed, 1u);
  EXPECT_EQ(report.stats.verified.missing, 0u);
  // Of 400 some 80 were due meanwhile, half of them for 100 ms or more.
  EXPECT_GE(report.stats.latency.percentile(92), 80'000'000);
  // That is not the client's doing: it could not have been sent before.
  EXPECT_LT(report.stats.lag.percentile(92), testing::kSlowness * 80'000'000ll);
  // All but the one that was on the way were answered at once when they were sent.
  EXPECT_LT(report.stats.service.percentile(50), 50'000'000);
  EXPECT_LT(report.stats.service.percentile(92), report.stats.latency.percentile(92));
}

TEST(Run, WhatAFullWindowHoldsUpIsNotTheClientsLag) {
  // Some 13 MB are due in the pause, more than sockets hold.
  Misconduct misconduct;
  misconduct.pause = std::chrono::seconds(testing::kSlowness > 1 ? 9 : 3);
  misconduct.pause_at = 20;
  Plan plan = publishing(1, 0, 0);
  plan.rate = 150;
  plan.duration_ns = (testing::kSlowness > 1 ? 12 : 5) * 1'000'000'000ll;
  plan.sizes = {{65'536, 1}};
  const auto [report, conduct] = run_against(misconduct, plan);
  const Stats& stats = report.stats;
  EXPECT_GE(stats.latency.max(), 2'500'000'000);
  // What of the latency is neither the server's answer nor the client's doing: the wait for room,
  // whatever a busy machine adds to both.
  EXPECT_GE(stats.latency.mean() - stats.service.mean() - stats.lag.mean(), 50e6);
}

TEST(Run, APoissonProcessArrivesAsOftenAsAskedFor) {
  Plan plan = publishing(3, 0, 0);
  plan.rate = 400;
  plan.poisson = true;
  plan.duration_ns = 1'000'000'000;
  const auto [report, conduct] = run_against({}, plan);
  EXPECT_EQ(report.stats.verified.missing, 0u);
  // Six standard deviations of 400 around the time that it took.
  EXPECT_NEAR(static_cast<double>(report.stats.verified.expected), 400 * report.measured_s, 120);
}

}  // namespace
}  // namespace sdmp::load
