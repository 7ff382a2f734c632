#include "engine/load/idler.h"

#include <gtest/gtest.h>

#include "tests/engine/load/test_run.h"

namespace sdmp::load {
namespace {

using testing::errors;
using testing::Misconduct;
using testing::run_against;

Plan holding(std::uint32_t sessions) {
  Plan plan;
  plan.idle = sessions;
  plan.duration_ns = 200'000'000;
  return plan;
}

TEST(Idler, OpensAndHoldsThemAll) {
  for (const int threads : {1, 2}) {
    Plan plan = holding(100);
    plan.threads = threads;
    const auto [report, conduct] = run_against({}, plan, "sessions");
    EXPECT_EQ(conduct.sessions, 100u);
    EXPECT_EQ(report.stats.handshakes, 100u);
    EXPECT_EQ(report.stats.latency.count(), 100u);
    EXPECT_EQ(report.stats.error_count(), 0u);
    ASSERT_FALSE(report.extras.empty());
    EXPECT_EQ(report.extras[0].name, "hold_s");
    EXPECT_GE(report.extras[0].value, static_cast<double>(plan.duration_ns) / 1e9);
    EXPECT_TRUE(report.shortfalls.empty());
    // What is counted is how they opened.
    EXPECT_LT(report.measured_s, report.elapsed_s);
  }
}

TEST(Idler, ARampTakesItsTime) {
  Plan plan = holding(50);
  plan.ramp_ns = 300'000'000;
  const auto [report, conduct] = run_against({}, plan, "sessions");
  EXPECT_EQ(conduct.sessions, 50u);
  EXPECT_GE(report.measured_s, 0.29);
}

TEST(Idler, AStormReplacesAllOfThemOnce) {
  Plan plan = holding(50);
  plan.duration_ns = testing::kSlowness * 500'000'000ll;
  plan.storm = true;
  const auto [report, conduct] = run_against({}, plan, "sessions");
  EXPECT_EQ(conduct.sessions, 100u);
  EXPECT_EQ(report.stats.handshakes, 50u) << "those of the storm";
  EXPECT_EQ(report.stats.error_count(), 0u);
  ASSERT_FALSE(report.extras.empty());
  EXPECT_EQ(report.extras.back().name, "storm_s");
  EXPECT_GT(report.extras.back().value, 0);
  // The rate is that of the storm, not of the time that they were held behind it.
  EXPECT_EQ(report.measured_s, report.extras.back().value);
  EXPECT_LT(report.measured_s, report.elapsed_s);
  EXPECT_TRUE(report.shortfalls.empty());
}

TEST(Idler, AStormThatNotAllComeBackFromFails) {
  Misconduct misconduct;
  misconduct.honest_sessions = 20;
  Plan plan = holding(20);
  plan.storm = true;
  const auto [report, conduct] = run_against(misconduct, plan, "sessions");
  for (const auto& extra : report.extras) EXPECT_NE(extra.name, "storm_s");
  ASSERT_FALSE(report.shortfalls.empty());
  EXPECT_NE(report.shortfalls.back().find("storm"), std::string::npos);
}

TEST(Idler, ChurnReplacesSomeOfThem) {
  Plan plan = holding(20);
  plan.churn_per_s = 100;
  plan.duration_ns = 500'000'000;
  const auto [report, conduct] = run_against({}, plan, "sessions");
  EXPECT_GT(conduct.sessions, 20u + 10u);
  EXPECT_LE(static_cast<double>(conduct.sessions), 20 + 100 * report.elapsed_s + 2);
  EXPECT_EQ(report.stats.error_count(), 0u);
  // Those that were opened first are what the rate is of.
  EXPECT_EQ(report.stats.handshakes, 20u);
  EXPECT_EQ(report.stats.replaced_sessions + 20, conduct.sessions);
}

TEST(Idler, SessionsThatTheServerEndsAreErrorsAndOpenedAgain) {
  Misconduct misconduct;
  misconduct.greeting = Misconduct::Greeting::kCloseBehind;
  misconduct.greeting_sessions = 10;
  Plan plan = holding(30);
  plan.duration_ns = 600'000'000;
  const auto [report, conduct] = run_against(misconduct, plan, "sessions");
  EXPECT_EQ(errors(report, ErrorKind::kClosed), 10u);
  EXPECT_EQ(report.stats.error_count(), 10u);
  EXPECT_EQ(conduct.sessions, 40u);
  ASSERT_EQ(report.shortfalls.size(), 1u);
  EXPECT_NE(report.shortfalls[0].find("10 of the idle sessions"), std::string::npos);
}

}  // namespace
}  // namespace sdmp::load
