// One run from its first connection to its report: starts the client threads, leads them through
// the phases, gathers what they count.
//
// Thread rule: one thread, the caller's; it owns the client threads.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/load/process_use.h"
#include "engine/load/report.h"
#include "engine/load/worker.h"

namespace sdmp::load {

struct RunOptions {
  std::string counted = "messages";  // what Report::rate() is of
  int server_pid = 0;                // 0: not watched
  // How long the first session may take to open (all: 10 ms more for each), and what is on the way
  // at the end to arrive. A run that ends by its count waits no longer than the second either once
  // nothing happens any more.
  std::int64_t open_timeout_ns = 60'000'000'000;
  std::int64_t drain_timeout_ns = 10'000'000'000;
};

class Run {
 public:
  // An error is a sentence: what the kernel refuses. The references must outlive it.
  static std::expected<std::unique_ptr<Run>, std::string> start(const Plan& plan,
                                                                const RunOptions& options,
                                                                const ServerIdentity& server,
                                                                const TestIdentities& identities);
  ~Run();

  // Leads the run on; to be called a few times a second until finished(). The result is the second
  // that has passed since the last one, when it has.
  std::optional<Interval> step();
  bool finished() const { return finished_; }
  // Ends the load early, as if its time were over; then the report is a partial one.
  void interrupt();
  // Once, after finished(): all but scenario, server, options and started.
  Report report();

 private:
  Run(const Plan& plan, const RunOptions& options);

  void gather();
  void enter(Phase phase);
  void lead(std::int64_t now_ns);
  // What is counted is how sessions open; what is measured, how the server holds them.
  bool holds_sessions() const;
  std::int64_t open_limit_ns() const;
  // When the last one was, monotonic; 0: not all are.
  std::int64_t all_ready_ns() const;
  std::int64_t all_back_ns() const;
  bool all_done() const;
  std::int64_t last_progress_ns() const;
  bool nothing_happens(std::int64_t now_ns) const;
  double threads_cpu_s() const;
  // nullopt: it is not watched, or gone.
  std::optional<ProcessUse> server_use() const;
  void begin_measuring(std::int64_t now_ns);
  void end_measuring(std::int64_t now_ns);
  void close();
  std::optional<Interval> close_interval(std::int64_t now_ns);
  // Of the interval that ends now.
  Stage stage(std::int64_t now_ns) const;
  void watch_client(Report& report) const;
  void tell_spans(Report& report) const;
  void tell_shortfalls(Report& report) const;
  void tell_abuse(Report& report) const;
  void watch_server(Report& report) const;

  const Plan& plan_;
  RunOptions options_;
  Publications publications_;
  RunState state_;
  std::vector<std::unique_ptr<Worker>> workers_;

  Phase phase_ = Phase::kOpening;
  std::int64_t started_ns_;
  std::int64_t phase_since_ns_;
  std::int64_t opened_ns_ = 0;  // how long it took until all sessions were open
  std::int64_t measured_from_ns_ = 0;
  std::int64_t measured_until_ns_ = 0;
  bool finished_ = false;
  bool interrupted_ = false;
  bool drained_ = true;
  bool stuck_ = false;  // what is on the way will not arrive

  Stats total_;  // of the measured time; `verified`, errors and latencies also of what follows
  Stats interval_;
  std::int64_t interval_from_ns_;
  std::vector<Interval> intervals_;
  std::optional<ProcessUse> server_before_;  // the first session
  std::optional<ProcessUse> server_opened_;  // all are open, and nothing else was asked of it
  std::optional<ProcessUse> server_from_;    // the measurement's begin and end
  std::optional<ProcessUse> server_until_;
  double client_cpu_from_s_ = 0;  // of the client's threads, until the measurement began
  double client_cpu_s_ = 0;       // and while measuring
  std::int64_t storm_ns_ = 0;     // how long it took until all were back; 0: they are not
};

}  // namespace sdmp::load
