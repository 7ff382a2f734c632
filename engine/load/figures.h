// Every figure of a finished run, by the name that it has in the JSON file. The file, thresholds
// and the documentation's test all read this one list: what can be printed can be judged.
//
// Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/load/report.h"

namespace sdmp::load {

enum class FigureKind : std::uint8_t {
  kPlain,     // a number; if it has a unit, its name says which
  kErrors,    // a count of failed attempts, which may be judged as a share of all
  kDuration,  // ns here, µs in the JSON file, a number with a unit in thresholds
};

struct Figure {
  std::string name;  // "rate", "latency_us.p99": a member, or group and member
  FigureKind kind;
  // Absent when the run did not measure it: never a made-up 0.
  std::optional<double> value;
};

// In the order of the JSON file, groups together; those of `extras` last, as "extras.<name>".
// Of an empty Report: all names, without values.
std::vector<Figure> figures(const Report& report);

// What was asked of the server, done or failed: what the scenario counts, and the errors.
double attempts(const Report& report);

// Whether the scenario checks what arrives.
bool verifies(const Report& report);

// One of what is counted: "messages" is "message".
std::string singular(std::string_view counted);
// "no connection (refused, unreachable, reset)".
std::string_view explain(ErrorKind kind);

}  // namespace sdmp::load
