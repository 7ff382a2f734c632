#include "engine/load/json_report.h"

#include <cstdlib>
#include <limits>

#include <gtest/gtest.h>

#include "codec/json.h"
#include "engine/load/figures.h"
#include "tests/engine/load/sample_report.h"

namespace sdmp::load {
namespace {

// The report, read back.
class Parsed {
 public:
  explicit Parsed(const Report& report, const Verdict& verdict = {})
      : text_(json_report(report, verdict)) {
    const auto parsed = document_.parse_copy(text_);
    EXPECT_TRUE(parsed) << text_;
    if (parsed) root_ = *parsed;
  }

  // "verified.missing": the member of a member.
  std::optional<codec::json::Value> find(std::string_view path) const {
    auto value = root_;
    while (value && !path.empty()) {
      const std::size_t dot = std::min(path.find('.'), path.size());
      value = value->find(path.substr(0, dot));
      path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return value;
  }
  std::string raw(std::string_view path) const {
    const auto value = find(path);
    return value ? std::string(value->raw()) : "absent";
  }

 private:
  std::string text_;
  codec::json::Document document_;
  std::optional<codec::json::Value> root_;
};

TEST(JsonReport, EveryFigureIsThere) {
  Report report = sample_report();
  for (const Report& each : {report, empty_report()}) {
    const Parsed json(each);
    for (const auto& figure : figures(each)) {
      const std::string raw = json.raw(figure.name);
      if (!figure.value) {
        EXPECT_EQ(raw, "null") << figure.name;
        continue;
      }
      const double scale = figure.kind == FigureKind::kDuration ? 1e-3 : 1;
      EXPECT_NEAR(std::strtod(raw.c_str(), nullptr), *figure.value * scale, 0.0005) << figure.name;
    }
  }
}

TEST(JsonReport, TheNamesThatScriptsRelyOn) {
  const Parsed json(sample_report());
  EXPECT_EQ(json.raw("schema"), R"("sdmp-load/1")");
  EXPECT_EQ(json.raw("scenario"), R"("fan-in")");
  EXPECT_EQ(json.raw("started"), R"("2026-03-01T10:00:00Z")");
  EXPECT_EQ(json.raw("elapsed_s"), "12.5");
  EXPECT_EQ(json.raw("measured_s"), "10");
  EXPECT_EQ(json.raw("interrupted"), "false");
  EXPECT_EQ(json.raw("counted"), R"("messages")");
  EXPECT_EQ(json.raw("handshakes_per_s"), "0.8");
  EXPECT_EQ(json.raw("messages_per_s"), "100");
  EXPECT_EQ(json.raw("deliveries_per_s"), "0");
  EXPECT_EQ(json.raw("bytes_per_s"), "102400");
  EXPECT_EQ(json.raw("latency_us.max"), "10000");
  for (const char* group : {"latency_us.", "service_us.", "client_lag_us."}) {
    for (const char* name : {"count", "min", "mean", "p50", "p90", "p99", "p999", "p9999"}) {
      EXPECT_NE(json.raw(std::string(group) + name), "absent") << group << name;
    }
  }
  EXPECT_EQ(json.raw("verified.expected"), "1000");
  EXPECT_EQ(json.raw("verified.received"), "1000");
  EXPECT_EQ(json.raw("verified.duplicated"), "0");
  EXPECT_EQ(json.raw("server.address"), R"("[::1]:7367")");
  EXPECT_EQ(json.raw("server.pid"), "4711");
  EXPECT_EQ(json.raw("server.cpu_us_per_message"), "50");
  EXPECT_EQ(json.raw("server.cpu_us_per_handshake"), "null");
  EXPECT_EQ(json.raw("server.rss_bytes"), "104857600");
  EXPECT_EQ(json.raw("server.rss_bytes_per_session"), "9318");
  for (std::size_t i = 0; i < kErrorKinds; ++i) {
    EXPECT_EQ(json.raw("errors." + std::string(name(static_cast<ErrorKind>(i)))), "0");
  }
}

TEST(JsonReport, OptionsAreEscapedAndMayRepeat) {
  Report report = sample_report();
  report.options = {{"fail-if", "p99 > 5ms"},
                    {"quo\"te", "back\\slash\n"},
                    {"fail-if", "missing > 0"},
                    {"file", "caf\xE9"}};
  const Parsed json(report);
  EXPECT_EQ(json.find("options.fail-if")->string(), "p99 > 5ms, missing > 0");
  EXPECT_EQ(json.find("options.quo\"te")->string(), "back\\slash\n");
  EXPECT_EQ(json.find("options.file")->string(), "caf?");
  EXPECT_EQ(json.find("options")->count(), 3u);
}

TEST(JsonReport, TheVerdictIsInIt) {
  Report report = sample_report();
  report.warnings = {"The client was the bottleneck."};
  report.extras = {{"ramp_s", 3.5, "s"}, {"odd", std::numeric_limits<double>::quiet_NaN(), ""}};
  const Parsed json(report, {std::nullopt, {"p99 is 7.21 ms, above 5 ms"}});
  EXPECT_EQ(json.raw("passed"), "false");
  EXPECT_EQ(json.find("failures")->first_child()->string(), "p99 is 7.21 ms, above 5 ms");
  EXPECT_EQ(json.find("warnings")->count(), 1u);
  EXPECT_EQ(json.raw("extras.ramp_s.value"), "3.5");
  EXPECT_EQ(json.raw("extras.ramp_s.unit"), R"("s")");
  EXPECT_EQ(json.raw("extras.odd.value"), "null");
  EXPECT_EQ(Parsed(report).raw("passed"), "true");
}

TEST(JsonReport, IntervalsInOrder) {
  Report report = sample_report();
  report.intervals[0].p50_ns = report.intervals[0].p99_ns = report.intervals[0].max_ns = 0;
  const Parsed json(report);
  ASSERT_EQ(json.find("intervals")->count(), 12u);
  const auto first = *json.find("intervals")->first_child();
  EXPECT_EQ(first.find("at_s")->raw(), "1");
  EXPECT_EQ(first.find("phase")->string(), "warm-up");
  EXPECT_EQ(first.find("measured")->raw(), "false");
  EXPECT_EQ(first.find("p99_us")->raw(), "null");
  const auto second = *first.next_sibling();
  EXPECT_EQ(second.find("seconds")->raw(), "1");
  EXPECT_EQ(second.find("p50_us")->raw(), "5000");
  EXPECT_EQ(second.find("max_us")->raw(), "10000");
  EXPECT_EQ(second.find("errors")->raw(), "0");
  EXPECT_EQ(second.find("sessions")->raw(), "8");
  EXPECT_EQ(second.find("in_flight")->raw(), "64");
  EXPECT_EQ(Parsed(empty_report()).find("intervals")->count(), 0u);
}

}  // namespace
}  // namespace sdmp::load
