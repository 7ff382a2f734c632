// A made-up run of each kind, for the tests of what renders reports.
#pragma once

#include <cmath>

#include "engine/load/report.h"

namespace sdmp::load {

// Fan-in with a subscriber, without a fault: 1000 messages in 10 s, latencies of 1 ... 1000 times
// 10 µs.
inline Report sample_report() {
  Report report;
  report.scenario = "fan-in";
  report.counted = "messages";
  report.server = "[::1]:7367";
  report.options = {{"rate", "100"}, {"in-flight", "64"}, {"files", "a<b>&\"c\""}};
  report.started = "2026-03-01T10:00:00Z";
  report.elapsed_s = 12.5;
  report.measured_s = 10;
  report.reads_back = true;
  report.stats.handshakes = 8;
  report.stats.messages = 1000;
  report.stats.bytes_out = 1'000'000;
  report.stats.bytes_in = 24'000;
  report.stats.verified.expected = report.stats.verified.received = 1000;
  for (int i = 1; i <= 1000; ++i) {
    report.stats.latency.record(i * 10'000);
    report.stats.service.record(i * 5'000);
    report.stats.lag.record(i * 10);
  }
  report.client_cpu_s = 0.02;
  report.server_use = ServerUse{.pid = 4711,
                                .cpu_s = 0.05,
                                .rss_bytes = 100 << 20,
                                .rss_bytes_per_session = 9318,
                                .cpu_us_per_message = 50,
                                .cpu_us_per_handshake = std::nullopt};
  for (int i = 1; i <= 12; ++i) {
    Interval interval;
    interval.at_s = i;
    interval.stage = i > 2 ? Stage::kMeasured : Stage::kWarmup;
    interval.rate = 100 + 5 * std::sin(i);
    interval.p50_ns = 5'000'000;
    interval.p99_ns = 9'900'000;
    interval.max_ns = 10'000'000;
    interval.gauges = {8, 64};
    report.intervals.push_back(interval);
  }
  return report;
}

// Nothing came about.
inline Report empty_report() {
  Report report;
  report.scenario = "handshake";
  report.counted = "handshakes";
  report.server = "self";
  report.started = "2026-03-01T10:00:00Z";
  return report;
}

}  // namespace sdmp::load
