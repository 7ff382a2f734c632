// What a run shows while it goes and leaves behind: progress, files; and its signals.
#pragma once

#include <expected>
#include <string>

#include "engine/load/report.h"
#include "engine/load/threshold.h"
#include "tools/sdmp-load/options.h"

namespace sdmp::tools {

// Waits; true when a stop signal came, which are blocked (engine/relay/stop_signals.h).
bool wait_ms(int ms);

// A line a second on standard error, under a head: one that changes on a terminal, else one below
// the other.
class Progress {
 public:
  explicit Progress(bool quiet);
  void show(const load::Interval& interval, const std::string& counted);
  void end();

 private:
  bool quiet_;
  bool terminal_;
  bool has_head_ = false;
  bool open_ = false;  // a line without its end is on the terminal
};

// "no connection (Connection refused): is a node running there?"; `error` is connect()'s.
std::string explain_refusal(load::ErrorKind kind, int error);
// Whether the files asked for can be written: before the run, not after it.
std::expected<void, std::string> check_outputs(const Options& options);
std::expected<void, std::string> write_outputs(const Options& options, const load::Report& report,
                                               const load::Verdict& verdict);

}  // namespace sdmp::tools
