// What a finished run looks like: throughput and latency over time, and the percentile curve.
//
// Pure functions, any thread.
#pragma once

#include <optional>

#include "engine/load/report.h"
#include "engine/load/svg_chart.h"

namespace sdmp::load {

// Of long runs several intervals are drawn as one, so that no chart has more points than columns:
// the mean rate, and of latencies the greatest. Absent without intervals, or without a sample.
std::optional<Chart> throughput_chart(const Report& report);
std::optional<Chart> latency_chart(const Report& report);

// Latency and service time by percentile, the bystanders' too where there are some; absent without
// samples.
std::optional<Chart> percentile_chart(const Report& report);

}  // namespace sdmp::load
