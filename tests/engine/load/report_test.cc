#include "engine/load/report.h"

#include <gtest/gtest.h>

namespace sdmp::load {
namespace {

TEST(Report, TheRateIsOfWhatTheScenarioCounts) {
  Report report;
  report.measured_s = 2;
  report.stats.handshakes = 10;
  report.stats.messages = 20;
  report.stats.deliveries = 30;
  for (const auto& [counted, count] :
       {std::pair{"handshakes", 10u}, {"sessions", 10u}, {"messages", 20u}, {"deliveries", 30u}}) {
    report.counted = counted;
    EXPECT_EQ(report.count(), count) << counted;
    EXPECT_EQ(report.rate(), count / 2.0) << counted;
  }
}

TEST(Report, NoTimeHasNoRate) {
  Report report;
  report.counted = "messages";
  report.stats.messages = 1;
  EXPECT_EQ(report.rate(), 0);
}

}  // namespace
}  // namespace sdmp::load
