#include "engine/load/run.h"

#include <algorithm>

#include <sodium.h>

namespace sdmp::load {
namespace {

constexpr std::int64_t kIntervalNs = 1'000'000'000;

std::string fresh_run_name() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string name(12, '0');
  for (char& c : name) c = kDigits[randombytes_uniform(16)];
  return name;
}

std::uint64_t counted(const Stats& stats, const std::string& what) {
  if (what == "deliveries") return stats.deliveries;
  return what == "messages" ? stats.messages : stats.handshakes;
}

}  // namespace

Run::Run(const Plan& plan, const RunOptions& options)
    : plan_(plan),
      options_(options),
      publications_(fresh_run_name(), plan.publishers),
      started_ns_(Clock::read().ns),
      phase_since_ns_(started_ns_),
      interval_from_ns_(started_ns_) {}

Run::~Run() {
  enter(Phase::kClosing);
  for (const auto& worker : workers_) worker->join();
}

std::expected<std::unique_ptr<Run>, std::string> Run::start(const Plan& plan,
                                                            const RunOptions& options,
                                                            const ServerIdentity& server,
                                                            const TestIdentities& identities) {
  std::unique_ptr<Run> run(new Run(plan, options));
  if (options.server_pid != 0) {
    const auto use = read_process_use(options.server_pid);
    if (!use) return std::unexpected(use.error());
    run->server_before_ = *use;
  }
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < plan.threads; ++i) {
    auto worker = Worker::create(plan, server, identities, run->publications_, run->state_, i);
    if (!worker) return std::unexpected(worker.error());
    workers.push_back(*std::move(worker));
  }
  std::uint64_t room = 0;
  for (const auto& worker : workers) room += worker->sessions_max();
  if (plan.sessions() > room) {
    return std::unexpected(
        std::to_string(plan.sessions()) +
        " sessions are more than this process can hold: " + std::to_string(room) + " with " +
        std::to_string(plan.threads) + (plan.threads == 1 ? " thread" : " threads") +
        " under its limit of open files; raise that (ulimit -n, LimitNOFILE= in a service unit)");
  }
  for (const auto& worker : workers) worker->start();
  run->workers_ = std::move(workers);
  return run;
}

void Run::enter(Phase phase) {
  phase_ = phase;
  phase_since_ns_ = Clock::read().ns;
  state_.phase.store(phase, std::memory_order_release);
  for (const auto& worker : workers_) worker->wake();
}

std::int64_t Run::all_ready_ns() const {
  std::int64_t last_ns = 0;
  for (const auto& worker : workers_) {
    const std::int64_t ready_ns = worker->standing().ready_ns;
    if (ready_ns == 0) return 0;
    last_ns = std::max(last_ns, ready_ns);
  }
  return last_ns;
}

std::int64_t Run::all_back_ns() const {
  std::int64_t last_ns = 0;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const std::int64_t back_ns = workers_[i]->standing().back_ns;
    // A thread may have none of them.
    const bool has_some = i < std::min<std::uint64_t>(plan_.idle, workers_.size());
    if (has_some && back_ns == 0) return 0;
    last_ns = std::max(last_ns, back_ns);
  }
  return last_ns;
}

bool Run::all_done() const {
  std::vector<Worker::Standing> standings;
  for (const auto& worker : workers_) standings.push_back(worker->standing());
  // Behind them: publishers that are done publish nothing any more.
  return load::all_done(standings, phase_, publications_.total());
}

std::int64_t Run::last_progress_ns() const {
  std::int64_t last_ns = measured_from_ns_;
  for (const auto& worker : workers_) last_ns = std::max(last_ns, worker->standing().progress_ns);
  return last_ns;
}

// A lost message must not hold up its run for ever.
bool Run::nothing_happens(std::int64_t now_ns) const {
  std::int64_t patience_ns = options_.drain_timeout_ns;
  // Arrivals may be far apart.
  if (plan_.rate > 0) patience_ns += static_cast<std::int64_t>(1e10 / plan_.rate);
  if (plan_.handshakers > 0) patience_ns += plan_.timeout_ns;
  return now_ns - last_progress_ns() > patience_ns;
}

double Run::threads_cpu_s() const {
  double sum = 0;
  for (const auto& worker : workers_) sum += worker->standing().cpu_s;
  return sum;
}

bool Run::holds_sessions() const {
  return options_.counted == "sessions" && !plan_.storm;
}

void Run::gather() {
  for (const auto& worker : workers_) {
    for (const Worker::Delta& delta : worker->take()) {
      interval_.add(delta.stats);
      Stats counted = delta.stats;
      const bool unmeasured =
          delta.phase == Phase::kOpening || delta.phase == Phase::kWarmup || measured_from_ns_ == 0;
      if (unmeasured && !holds_sessions()) {
        // What is checked is checked from the first message on.
        counted = Stats();
        counted.verified = delta.stats.verified;
        counted.errors = delta.stats.errors;
        counted.connect_errno = delta.stats.connect_errno;
        counted.lost_sessions = delta.stats.lost_sessions;
      } else if (delta.phase != (holds_sessions() ? Phase::kOpening : Phase::kMeasuring)) {
        counted.handshakes = counted.messages = counted.deliveries = 0;
        counted.bytes_in = counted.bytes_out = 0;
      }
      total_.add(counted);
    }
  }
}

std::optional<Interval> Run::step() {
  if (finished_) return std::nullopt;
  gather();
  const std::int64_t now_ns = Clock::read().ns;
  lead(now_ns);
  return close_interval(now_ns);
}

// A busy core still does 100 handshakes a second.
std::int64_t Run::open_limit_ns() const {
  const auto sessions = static_cast<std::int64_t>(plan_.sessions());
  return options_.open_timeout_ns + plan_.ramp_ns + sessions * 10'000'000;
}

void Run::lead(std::int64_t now_ns) {
  const std::int64_t in_phase_ns = now_ns - phase_since_ns_;
  switch (phase_) {
    case Phase::kOpening:
      if (interrupted_ || in_phase_ns > open_limit_ns()) {
        close();
      } else if (const std::int64_t ready_ns = all_ready_ns(); ready_ns > 0) {
        opened_ns_ = ready_ns - phase_since_ns_;
        server_opened_ = server_use();
        state_.begin_ns.store(now_ns, std::memory_order_relaxed);
        if (plan_.unmeasured_ns() > 0) {
          enter(Phase::kWarmup);
        } else {
          begin_measuring(now_ns);
        }
      }
      return;
    case Phase::kWarmup:
      if (interrupted_) {
        // What is on the way may arrive, and counts as little as what came before.
        state_.end_ns.store(now_ns, std::memory_order_relaxed);
        enter(Phase::kDraining);
      } else if (in_phase_ns >= plan_.unmeasured_ns()) {
        begin_measuring(now_ns);
      }
      return;
    case Phase::kMeasuring: {
      const bool over = plan_.duration_ns > 0 && in_phase_ns >= plan_.duration_ns;
      const bool by_count = plan_.duration_ns == 0;
      stuck_ = by_count && nothing_happens(now_ns);
      if (interrupted_ || over || stuck_ || (by_count && all_done())) end_measuring(now_ns);
      return;
    }
    case Phase::kDraining:
      drained_ = all_done();
      if (drained_ || stuck_ || in_phase_ns > options_.drain_timeout_ns) close();
      return;
    case Phase::kClosing:
      return;
  }
}

std::optional<ProcessUse> Run::server_use() const {
  if (options_.server_pid == 0) return std::nullopt;
  const auto use = read_process_use(options_.server_pid);
  return use ? std::optional(*use) : std::nullopt;
}

void Run::begin_measuring(std::int64_t now_ns) {
  measured_from_ns_ = now_ns;
  server_from_ = server_use();
  client_cpu_from_s_ = threads_cpu_s();
  enter(Phase::kMeasuring);
}

void Run::end_measuring(std::int64_t now_ns) {
  measured_until_ns_ = now_ns;
  state_.end_ns.store(now_ns, std::memory_order_relaxed);
  if (plan_.duration_ns == 0 && !interrupted_) {
    // Everything was done before this thread looked.
    measured_until_ns_ = std::min(std::max(last_progress_ns(), measured_from_ns_ + 1), now_ns);
  }
  server_until_ = server_use();
  client_cpu_s_ = threads_cpu_s() - client_cpu_from_s_;
  if (const std::int64_t back_ns = all_back_ns(); back_ns > 0) {
    storm_ns_ = back_ns - measured_from_ns_;
  }
  enter(Phase::kDraining);
}

void Run::close() {
  enter(Phase::kClosing);
  for (const auto& worker : workers_) worker->join();
  gather();
  finished_ = true;
}

void Run::interrupt() {
  interrupted_ = true;
}

Stage Run::stage(std::int64_t now_ns) const {
  const bool measuring_is_over = measured_until_ns_ > 0 && interval_from_ns_ >= measured_until_ns_;
  if (measured_from_ns_ > 0 && !measuring_is_over) return Stage::kMeasured;
  if (phase_ == Phase::kOpening) return Stage::kOpening;
  if (phase_ != Phase::kWarmup) return Stage::kDrain;
  const bool ramps = plan_.rate > 0 && now_ns - phase_since_ns_ <= plan_.ramp_ns;
  return ramps ? Stage::kRamp : Stage::kWarmup;
}

std::optional<Interval> Run::close_interval(std::int64_t now_ns) {
  const std::int64_t length_ns = now_ns - interval_from_ns_;
  if (length_ns < kIntervalNs && !finished_) return std::nullopt;
  Interval interval;
  interval.at_s = static_cast<double>(now_ns - started_ns_) / 1e9;
  interval.seconds = static_cast<double>(length_ns) / 1e9;
  interval.stage = stage(now_ns);
  interval.rate = static_cast<double>(counted(interval_, options_.counted)) / interval.seconds;
  interval.p50_ns = interval_.latency.percentile(50);
  interval.p99_ns = interval_.latency.percentile(99);
  interval.max_ns = interval_.latency.max();
  interval.errors = interval_.error_count();
  for (const auto& worker : workers_) interval.gauges.add(worker->standing().gauges);
  interval_ = Stats();
  interval_from_ns_ = now_ns;
  intervals_.push_back(interval);
  return interval;
}

}  // namespace sdmp::load
