// The outcome of one run, as the text summary, the JSON file and the page show it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/load/stats.h"

namespace sdmp::load {

// What the server process used, from /proc.
struct ServerUse {
  int pid = 0;
  double cpu_s = 0;  // user and system, while measuring
  // At the end of the measurement; absent when the process had ended.
  std::optional<std::uint64_t> rss_bytes;
  // How much more when all sessions were open than before the first, each; of `idle` only.
  std::optional<double> rss_bytes_per_session;
  std::optional<double> cpu_us_per_message;    // or delivery, what the scenario counts
  std::optional<double> cpu_us_per_handshake;  // only where nothing else was measured
};

enum class Stage : std::uint8_t {
  kOpening,   // sessions are opened
  kRamp,      // the rate of an open loop grows
  kWarmup,    // everything runs, nothing counts
  kMeasured,  // any part of it
  kDrain,     // what is on the way arrives
};
// "opening", "ramp", "warm-up", "measured", "drain".
std::string_view name(Stage stage);

struct Interval {
  double at_s = 0;  // end of the interval, since the start of the run
  double seconds = 1;
  Stage stage = Stage::kWarmup;
  double rate = 0;  // of what the scenario counts, per second
  std::int64_t p50_ns = 0;
  std::int64_t p99_ns = 0;
  std::int64_t max_ns = 0;
  std::uint64_t errors = 0;
  Gauges gauges;

  bool measured() const { return stage == Stage::kMeasured; }
};

struct Report {
  std::string scenario;  // "fan-in"
  std::string counted;   // what `rate` counts: "messages", "handshakes", "deliveries", "sessions"
  std::string server;    // address, or "self"
  // Every option with its value, as given or by default.
  std::vector<std::pair<std::string, std::string>> options;
  std::string started;   // RFC 3339, UTC
  double elapsed_s = 0;  // all of it
  double measured_s = 0;
  bool interrupted = false;  // Ctrl-C: what is here is what came until then
  Stats stats;               // of the measured time; `verified` of the whole run
  bool reads_back = false;   // somebody received the content of what was published, and compared it
  std::vector<Interval> intervals;
  std::optional<ServerUse> server_use;
  double client_cpu_s = 0;  // of this process while measuring
  // Sentences: what the run was to do and did not. Any of them fails it.
  std::vector<std::string> shortfalls;
  // Sentences: what makes figures doubtful, and what to do.
  std::vector<std::string> warnings;
  // Figures that only one scenario has: name as in the JSON file, value, unit.
  struct Extra {
    std::string name;
    double value;
    std::string unit;
  };
  std::vector<Extra> extras;

  // Of `counted`, per second of the measured time.
  double rate() const;
  std::uint64_t count() const;  // of `counted`
};

}  // namespace sdmp::load
