#include "engine/load/text_report.h"

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/load/format.h"
#include "tests/engine/load/sample_report.h"

namespace sdmp::load {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TextReport, SaysWhatWasMeasured) {
  const std::string text = text_report(sample_report(), {});
  EXPECT_THAT(text, HasSubstr("sdmp-load  fan-in against [::1]:7367\n"));
  EXPECT_THAT(text, HasSubstr("2026-03-01T10:00:00Z, 12.5 s, measured for 10 s\n"));
  EXPECT_THAT(text, HasSubstr("rate=100 in-flight=64"));
  EXPECT_THAT(text, HasSubstr("Rate       100 messages/s (1,000 in all)\n"));
  EXPECT_THAT(text, HasSubstr("8 handshakes, 977 KiB sent, 23.4 KiB received, 100 KiB/s"));
  EXPECT_THAT(text,
              HasSubstr("Latency        5.00 ms    9.00 ms    9.90 ms    9.99 ms    10.0 ms"));
  EXPECT_THAT(text, HasSubstr("Service        2.50 ms"));
  EXPECT_THAT(text, HasSubstr("Client lag     5.00 µs"));
  EXPECT_THAT(text, Not(HasSubstr("Bystanders")));
  EXPECT_THAT(text, HasSubstr("Latency counts from when a message was due"));
  EXPECT_THAT(
      text,
      HasSubstr("1,000 expected, 1,000 received\n           0 missing, 0 duplicated, 0 corrupt"));
  EXPECT_THAT(text, HasSubstr("Errors     none"));
  EXPECT_THAT(text, HasSubstr("Server     0.0500 s CPU (0.5 % of a core), 50.0 µs CPU per message, "
                              "RSS 100 MiB, 9.10 KiB per\n           session\n"));
  EXPECT_THAT(text,
              HasSubstr("Client     0.0200 s CPU (0.2 % of a core), 20.0 µs CPU per message"));
  EXPECT_THAT(text, Not(HasSubstr("FAILED")));
}

TEST(TextReport, SaysWhatWasNotChecked) {
  Report report = sample_report();
  report.reads_back = false;
  const std::string text = text_report(report, {});
  EXPECT_THAT(text, HasSubstr("0 duplicated, content not checked, 0 out of order"));
  EXPECT_THAT(text, Not(HasSubstr("corrupt")));
  report.server_use->rss_bytes.reset();
  EXPECT_THAT(text_report(report, {}), Not(HasSubstr("RSS")));
}

TEST(TextReport, SaysWhatWentWrong) {
  Report report = sample_report();
  report.interrupted = true;
  report.stats.errors[static_cast<std::size_t>(ErrorKind::kConnect)] = 1234;
  report.stats.errors[static_cast<std::size_t>(ErrorKind::kTimeout)] = 2;
  report.stats.verified.broken_chain = 1;
  report.warnings = {
      "The client was the bottleneck: its own lag reached 12 ms; use --threads 2, "
      "or pin it to a core of its own."};
  report.extras = {{"recovered_s", 1.25, "s"}};
  const Verdict verdict{"verification failed: 1 off", {"p99 is 7.21 ms, above 5 ms"}};
  const std::string text = text_report(report, verdict);
  EXPECT_THAT(text, HasSubstr("fan-in against [::1]:7367: FAILED\n"));
  EXPECT_THAT(text, HasSubstr("; interrupted\n"));
  EXPECT_THAT(text, HasSubstr("Errors     1,234 connect: no connection (refused, unreachable or"));
  EXPECT_THAT(text, HasSubstr("\n           2 timeout: no answer in time\n"));
  EXPECT_THAT(text, HasSubstr("0 out of order, 1 off the journal's chain\n"));
  EXPECT_THAT(text, HasSubstr("Also       recovered_s 1.25 s"));
  EXPECT_THAT(text, HasSubstr("Warning    The client was the bottleneck"));
  EXPECT_THAT(text, HasSubstr("FAILED     verification failed: 1 off\n"));
  EXPECT_THAT(text, HasSubstr("FAILED     p99 is 7.21 ms, above 5 ms\n"));
}

TEST(TextReport, StaysSmall) {
  Report report = sample_report();
  report.stats.bystander.record(1000);
  for (int i = 0; i < 40; ++i) report.options.emplace_back("an-option", "value");
  report.warnings.assign(2, std::string(30, 'w') + " " + std::string(80, 'x') + " and more");
  std::istringstream lines(text_report(report, {}));
  int count = 0;
  std::size_t past_columns = 0;
  for (std::string line; std::getline(lines, line); ++count) past_columns += width(line) > 100;
  EXPECT_LE(count, 30);
  EXPECT_LE(past_columns, 1u) << "only the options' last line may";
}

TEST(TextReport, ARunWithoutAnythingHasNoFigures) {
  const std::string text = text_report(empty_report(), {});
  EXPECT_THAT(text, HasSubstr("Rate       nothing was measured\n"));
  EXPECT_THAT(text, HasSubstr("Latency    no samples\n"));
  EXPECT_THAT(text, Not(HasSubstr("Verified")));
  EXPECT_THAT(text, Not(HasSubstr("Server ")));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST(ProgressLine, ItsColumnsStayWhereTheyAre) {
  Interval small;
  small.at_s = 1;
  const Interval large = [] {
    Interval interval;
    interval.at_s = 3600;
    interval.stage = Stage::kMeasured;
    interval.rate = 1'234'567;
    interval.p50_ns = 999'999;
    interval.p99_ns = 123'456'789;
    interval.gauges = {60'000, 100'000};
    return interval;
  }();
  EXPECT_EQ(progress_head("deliveries"),
            "    time deliveries/s  sessions in flight      p50      p99   errors");
  EXPECT_EQ(progress_line(large),
            "  3600 s    1,234,567    60,000   100,000  1.00 ms   123 ms        0");
  EXPECT_EQ(progress_line(small),
            "     1 s            0         0         0        –        –        0  warm-up");
  Interval failing = large;
  failing.errors = 12'345;
  failing.gauges = {1'000'000, 1'000'000};
  failing.stage = Stage::kOpening;
  EXPECT_EQ(progress_line(failing),
            "  3600 s    1,234,567 1,000,000 1,000,000  1.00 ms   123 ms   12,345  opening");
  EXPECT_LT(width(progress_line(failing)), 80u);
  EXPECT_LT(width(progress_head("handshakes")), 80u);
}

}  // namespace
}  // namespace sdmp::load
