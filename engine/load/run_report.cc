// The end of a run: its figures put together and judged.
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/load/run.h"

namespace sdmp::load {
namespace {

// A client that is at work for more than this share of a thread's time, or behind its own schedule
// by this, is what limits the figures.
constexpr double kBusyShare = 0.9;
constexpr std::int64_t kLagMaxNs = 1'000'000;

std::string in_ms(std::int64_t ns) {
  const auto tenths = (ns + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

}  // namespace

Report Run::report() {
  Report report;
  report.counted = options_.counted;
  report.elapsed_s = static_cast<double>(Clock::read().ns - started_ns_) / 1e9;
  report.measured_s = static_cast<double>(measured_until_ns_ - measured_from_ns_) / 1e9;
  report.interrupted = interrupted_;
  report.stats = total_;
  report.intervals = intervals_;
  report.client_cpu_s = client_cpu_s_;
  if (measured_until_ns_ == 0) {
    report.warnings.push_back(
        "the sessions asked for were not all open in time: nothing was measured");
  }
  if (!drained_) {
    report.warnings.push_back("not everything that was on the way at the end arrived within " +
                              std::to_string(options_.drain_timeout_ns / 1'000'000'000) + " s");
  }
  watch_client(report);
  watch_server(report);
  const double opened_s = static_cast<double>(opened_ns_) / 1e9;
  if (holds_sessions()) {
    report.extras.push_back({"hold_s", std::exchange(report.measured_s, opened_s), "s"});
  } else if (plan_.handshakers + plan_.fetchers == 0) {
    report.extras.push_back({"open_s", opened_s, "s"});
  }
  if (plan_.storm) {
    const double back_s = static_cast<double>(last_progress_ns_ - measured_from_ns_) / 1e9;
    report.extras.push_back({"storm_s", back_s, "s"});
  }
  for (std::size_t i = 0; i < kAdversaries; ++i) {
    const AbuseFigures& figures = total_.abuse[i];
    if (std::ranges::find(plan_.abuse, static_cast<Adversary>(i)) == plan_.abuse.end()) continue;
    std::string label = "abuse." + std::string(name(static_cast<Adversary>(i)));
    report.extras.push_back({label + ".opened", static_cast<double>(figures.opened), ""});
    report.extras.push_back({label + ".refused", static_cast<double>(figures.refused), ""});
    report.extras.push_back({label + ".ended", static_cast<double>(figures.ended), ""});
  }
  if (!plan_.abuse.empty()) {
    const auto quiet = static_cast<double>(total_.latency.percentile(99)) / 1e3;
    const auto abused = static_cast<double>(total_.bystander.percentile(99)) / 1e3;
    report.extras.push_back({"bystanders.p99_before_us", quiet, "µs"});
    report.extras.push_back({"bystanders.p99_during_us", abused, "µs"});
    if (quiet > 0) report.extras.push_back({"bystanders.p99_ratio", abused / quiet, ""});
  }
  return report;
}

void Run::watch_client(Report& report) const {
  const double share = report.client_cpu_s / std::max(report.measured_s * plan_.threads, 1e-9);
  if (share > kBusyShare) {
    report.warnings.push_back(
        "the client was at work for " + std::to_string(std::lround(share * 100)) +
        " % of the time: it, not the server, may be what limits these figures; give it more "
        "--threads or a core of its own");
  }
  const std::int64_t lag_ns = total_.lag.percentile(99);
  if (plan_.rate > 0 && lag_ns > kLagMaxNs) {
    report.warnings.push_back(
        "the client was behind its own schedule (p99 " + in_ms(lag_ns) +
        "): part of the latency is its own; lower --rate or give it more --threads");
  }
}

void Run::watch_server(Report& report) const {
  if (!server_from_ || !server_until_) return;
  ServerUse use;
  use.pid = options_.server_pid;
  use.cpu_s = server_until_->cpu_s - server_from_->cpu_s;
  use.rss_bytes = server_until_->rss_bytes;
  if (sessions_measured_ > 0 && server_before_) {
    use.rss_bytes_per_session = (static_cast<double>(server_until_->rss_bytes) -
                                 static_cast<double>(server_before_->rss_bytes)) /
                                static_cast<double>(sessions_measured_);
  }
  const auto count = static_cast<double>(report.count());
  if (count > 0 && options_.counted == "handshakes")
    use.cpu_us_per_handshake = use.cpu_s * 1e6 / count;
  if (count > 0 && options_.counted != "handshakes" && options_.counted != "sessions") {
    use.cpu_us_per_message = use.cpu_s * 1e6 / count;
  }
  report.server_use = use;
  if (options_.counted == "sessions" && report.measured_s > 0) {
    report.extras.push_back({"server_cpu_percent", 100 * use.cpu_s / report.measured_s, "%"});
  }
}

}  // namespace sdmp::load
