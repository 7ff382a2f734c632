#include "engine/load/threshold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/load/sample_report.h"

namespace sdmp::load {
namespace {

Threshold parsed(std::string_view expression) {
  auto threshold = parse_threshold(expression);
  EXPECT_TRUE(threshold) << threshold.error();
  return threshold ? *threshold : Threshold{};
}

std::string error_of(std::string_view expression) {
  const auto threshold = parse_threshold(expression);
  EXPECT_FALSE(threshold) << expression;
  const std::string error = threshold ? "" : threshold.error();
  EXPECT_EQ(error.find('\n'), std::string::npos);
  return error;
}

std::string crossing(std::string_view expression, const Report& report = sample_report()) {
  return crossed(parsed(expression), report).value_or("");
}

TEST(Threshold, NamesMeanFigures) {
  const std::pair<std::string_view, std::string_view> names[] = {
      {"p99 > 5ms", "latency_us.p99"},
      {"latency.p99 > 5ms", "latency_us.p99"},
      {"latency_us.p99 > 5ms", "latency_us.p99"},
      {"service.p999>=2ms", "service_us.p999"},
      {"lag.p99 > 1ms", "client_lag_us.p99"},
      {"bystander.max > 1s", "bystander_us.max"},
      {"missing>0", "verified.missing"},
      {"  received  <  100  ", "verified.received"},
      {"errors > 0.1%", "errors.total"},
      {"errors.timeout > 0", "errors.timeout"},
      {"rate < 10000", "rate"},
      {"server.cpu_us_per_message > 40", "server.cpu_us_per_message"},
      {"extras.anything > 1", "extras.anything"},
  };
  for (const auto& [expression, figure] : names) {
    const Threshold threshold = parsed(expression);
    EXPECT_EQ(threshold.figure, figure);
    EXPECT_EQ(threshold.expression, expression);
  }
}

TEST(Threshold, UnitsOfTime) {
  for (const auto& [unit, scale] : {std::pair{"ns", 1.0},
                                    {"us", 1e3},
                                    {"µs", 1e3},
                                    {" \xCE\xBCs", 1e3},
                                    {"ms", 1e6},
                                    {" s ", 1e9}}) {
    EXPECT_EQ(parsed("p50 > 2.5" + std::string(unit)).limit, 2.5 * scale) << unit;
  }
}

TEST(Threshold, ErrorsSayWhatThereIs) {
  EXPECT_EQ(error_of("p99 > 5"),
            "--fail-if 'p99 > 5', column 8: p99 is a time and wants a unit: ns, us, µs, ms or s, "
            "as in 5ms");
  EXPECT_EQ(error_of("p99 > 5 min"),
            "--fail-if 'p99 > 5 min', column 9: 'min' is no unit of time; there are ns, us, µs, "
            "ms and s");
  EXPECT_THAT(error_of(" p98 > 5ms"),
              testing::HasSubstr("column 2: no metric is called 'p98'; there are p50, p90, p99"));
  EXPECT_THAT(error_of("errors.tiemout > 0"),
              testing::HasSubstr("errors has total, connect, no_address"));
  EXPECT_THAT(error_of("lag.p1 > 0ms"), testing::HasSubstr("client_lag_us has count, min, mean"));
  EXPECT_EQ(error_of("missing > 1ms"),
            "--fail-if 'missing > 1ms', column 12: missing takes a number, and no 'ms' behind it");
  EXPECT_THAT(error_of("errors > 1ms"), testing::HasSubstr("or a percentage of the attempts"));
  EXPECT_THAT(error_of("missing > 1%"), testing::HasSubstr("no '%' behind it"));
  EXPECT_THAT(error_of("rate < 10,000"), testing::HasSubstr("no ',000' behind it"));
  EXPECT_THAT(error_of("rate = 1"), testing::HasSubstr("column 6: wants a comparison after rate"));
  EXPECT_THAT(error_of("rate"), testing::HasSubstr("wants a comparison after rate"));
  for (const char* number : {"", "-1", "many", "inf", "nan", "."}) {
    EXPECT_THAT(error_of("rate < " + std::string(number)),
                testing::HasSubstr("column 8: wants a number"));
  }
  for (const char* nothing : {"", "   ", "> 5ms"}) {
    EXPECT_THAT(error_of(nothing), testing::HasSubstr("wants a metric")) << nothing;
  }
  EXPECT_THAT(error_of("extras. > 1"), testing::HasSubstr("no metric is called"));
}

TEST(Threshold, EveryComparison) {
  EXPECT_EQ(crossing("rate > 100"), "");
  EXPECT_EQ(crossing("rate >= 100"), "rate is 100, not below 100 (--fail-if 'rate >= 100')");
  EXPECT_EQ(crossing("rate < 100"), "");
  EXPECT_EQ(crossing("rate < 200"), "rate is 100, below 200 (--fail-if 'rate < 200')");
  EXPECT_EQ(crossing("rate <= 100"), "rate is 100, not above 100 (--fail-if 'rate <= 100')");
  EXPECT_EQ(crossing("rate == 100"), "rate is 100, which is 100 (--fail-if 'rate == 100')");
  EXPECT_EQ(crossing("rate != 100"), "");
  EXPECT_EQ(crossing("rate != 99"), "rate is 100, not 99 (--fail-if 'rate != 99')");
}

TEST(Threshold, TimesAreShownWithTheirUnit) {
  EXPECT_EQ(crossing("max > 5ms"), "max is 10.0 ms, above 5 ms (--fail-if 'max > 5ms')");
  EXPECT_EQ(crossing("max > 0.0100s"), "");
  EXPECT_EQ(crossing("service.max > 4999us"),
            "service.max is 5,000,000 ns, above 4999 us (--fail-if 'service.max > 4999us')");
}

TEST(Threshold, ErrorsAsAShareOfTheAttempts) {
  Report report = sample_report();
  EXPECT_EQ(crossing("errors > 0%", report), "");
  report.stats.errors[static_cast<std::size_t>(ErrorKind::kTimeout)] = 1;
  EXPECT_EQ(crossing("errors > 0.1%", report), "");
  EXPECT_EQ(crossing("errors.timeout > 0.05%", report),
            "errors.timeout is 0.0999 %, above 0.05 % (--fail-if 'errors.timeout > 0.05%')");
  EXPECT_EQ(crossing("errors > 0", report), "errors is 1, above 0 (--fail-if 'errors > 0')");
}

TEST(Threshold, WhatWasNotMeasuredCountsAsCrossed) {
  const Report report = empty_report();
  EXPECT_EQ(crossing("p99 > 5ms", report),
            "p99 was not measured, there are no samples; what cannot be judged does not pass "
            "(--fail-if 'p99 > 5ms')");
  EXPECT_THAT(crossing("server.rss_bytes > 1", report), testing::HasSubstr("--server-pid"));
  EXPECT_THAT(crossing("missing > 0", report), testing::HasSubstr("verifies nothing"));
  EXPECT_THAT(crossing("errors > 1%", report), testing::HasSubstr("nothing was attempted"));
  EXPECT_THAT(crossing("rate < 1", report), testing::HasSubstr("nothing was counted"));
  EXPECT_THAT(crossing("extras.ramp_s > 1", report), testing::HasSubstr("no such figure"));
  EXPECT_THAT(crossing("server.cpu_us_per_handshake > 1"), testing::HasSubstr("no such figure"));
}

TEST(Threshold, ExtrasAreJudgedByTheirName) {
  Report report = empty_report();
  report.extras = {{"ramp_s", 3.5, "s"}};
  EXPECT_EQ(crossing("extras.ramp_s > 4", report), "");
  EXPECT_EQ(crossing("extras.ramp_s > 3", report),
            "extras.ramp_s is 3.50, above 3 (--fail-if 'extras.ramp_s > 3')");
}

TEST(Threshold, TheVerdictNamesLossesFirst) {
  Report report = sample_report();
  const Threshold thresholds[] = {parsed("p50 > 1ms"), parsed("rate < 1"), parsed("missing > 0")};
  EXPECT_EQ(judge(report, thresholds).failures().size(), 1u);
  EXPECT_TRUE(judge(report, {}).passed());
  report.stats.verified.missing = 3;
  report.stats.verified.corrupt = 1;
  const Verdict verdict = judge(report, thresholds);
  EXPECT_FALSE(verdict.passed());
  EXPECT_EQ(verdict.verification, "Verification failed: 3 missing, 1 corrupt; 1,000 expected");
  EXPECT_EQ(verdict.crossed.size(), 2u);
  EXPECT_EQ(verdict.failures().front(), *verdict.verification);
}

TEST(Threshold, WhatTheRunFellShortOfFailsIt) {
  Report report = sample_report();
  report.shortfalls = {"nothing was measured"};
  const Threshold thresholds[] = {parsed("missing > 0")};
  const Verdict verdict = judge(report, thresholds);
  EXPECT_FALSE(verdict.passed());
  EXPECT_EQ(verdict.failures(), report.shortfalls);
}

}  // namespace
}  // namespace sdmp::load
