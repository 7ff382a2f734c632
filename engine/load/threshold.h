// `--fail-if`: METRIC OP VALUE[UNIT], as in "p99 > 5ms", "missing > 0", "errors > 0.1%". A run in
// which the condition holds has crossed the threshold; so has one that did not measure the metric:
// what could not be judged must not pass silently.
//
// Grammar and names: docs/load-report.md. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/load/report.h"

namespace sdmp::load {

enum class Comparison : std::uint8_t {
  kAbove,     // >
  kAtLeast,   // >=
  kBelow,     // <
  kAtMost,    // <=
  kEqual,     // ==
  kNotEqual,  // !=
};

struct Threshold {
  std::string expression;  // as given, for the messages
  std::string metric;      // as given: "p99"
  std::string figure;      // as in the JSON file: "latency_us.p99"
  Comparison comparison;
  double limit;            // ns for durations, percent if `percent`, else the plain number
  std::string limit_text;  // as given, unit apart: "5 ms"
  bool percent;            // of all attempts
};

// The error is one line: the expression, where it went wrong, and what there is instead.
std::expected<Threshold, std::string> parse_threshold(std::string_view expression);

// A sentence if it is crossed: "p99 is 7.21 ms, above 5 ms (--fail-if 'p99 > 5ms')".
std::optional<std::string> crossed(const Threshold& threshold, const Report& report);

// Whether the run may be called good, and why not.
struct Verdict {
  // Losses: "Verification failed: 3 missing, 1 corrupt; 1,000 expected".
  std::optional<std::string> verification;
  // A sentence per crossed threshold, in their order.
  std::vector<std::string> crossed;
  std::vector<std::string> shortfalls = {};  // the report's

  bool passed() const { return !verification && shortfalls.empty() && crossed.empty(); }
  // All sentences, those of thresholds last.
  std::vector<std::string> failures() const;
};
Verdict judge(const Report& report, std::span<const Threshold> thresholds);

}  // namespace sdmp::load
