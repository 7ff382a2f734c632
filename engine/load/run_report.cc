// The end of a run: its figures put together and judged.
#include <algorithm>
#include <utility>

#include "engine/load/client_limits.h"
#include "engine/load/run.h"

namespace sdmp::load {
namespace {

double in_s(std::int64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

}  // namespace

Report Run::report() {
  Report report;
  report.counted = options_.counted;
  report.elapsed_s = in_s(Clock::read().ns - started_ns_);
  report.measured_s = in_s(measured_until_ns_ - measured_from_ns_);
  report.interrupted = interrupted_;
  report.stats = total_;
  report.reads_back = plan_.subscribers + plan_.fetchers > 0;
  report.intervals = intervals_;
  report.client_cpu_s = client_cpu_s_;
  tell_spans(report);
  if (!drained_) {
    report.warnings.push_back("not everything that was on the way at the end arrived within " +
                              std::to_string(options_.drain_timeout_ns / 1'000'000'000) + " s");
  }
  watch_client(report);
  watch_server(report);
  tell_abuse(report);
  tell_shortfalls(report);
  return report;
}

// Of a run that holds sessions the figures are of their opening, of a storm until all are back;
// what the sessions cost while they are held is told apart.
void Run::tell_spans(Report& report) const {
  if (measured_until_ns_ == 0) return;
  if (holds_sessions()) {
    report.extras.push_back({"hold_s", report.measured_s, "s"});
    report.extras.push_back({"hold_client_cpu_s", report.client_cpu_s, "s"});
    if (plan_.churn_per_s > 0) {
      report.extras.push_back({"replaced", static_cast<double>(total_.replaced_sessions), ""});
    }
    report.measured_s = in_s(opened_ns_);
    report.client_cpu_s = client_cpu_from_s_;
  } else if (plan_.handshakers + plan_.fetchers == 0) {
    report.extras.push_back({"open_s", in_s(opened_ns_), "s"});
  }
  if (plan_.storm && storm_ns_ > 0) {
    report.measured_s = in_s(storm_ns_);
    report.extras.push_back({"storm_s", report.measured_s, "s"});
  }
}

void Run::tell_shortfalls(Report& report) const {
  const auto tell = [&report](std::string sentence) {
    report.shortfalls.push_back(std::move(sentence));
  };
  if (measured_until_ns_ == 0) {
    tell(interrupted_ ? "interrupted before the measurement began: nothing was measured"
                      : "the sessions asked for were not all open in time: nothing was measured");
    return;
  }
  if (report.count() == 0) {
    tell("nothing was measured: no " + options_.counted + " came about");
  }
  if (total_.lost_sessions > 0) {
    tell(std::to_string(total_.lost_sessions) + " of the idle sessions were ended by the server");
  }
  if (plan_.storm && storm_ns_ == 0 && !interrupted_) {
    tell("not all sessions were back after the storm when its time was over");
  }
  if (total_.unfinished_fetches > 0 && !interrupted_) {
    tell(std::to_string(total_.unfinished_fetches) + " of " + std::to_string(plan_.fetchers) +
         " nodes did not get to the end of the server's journal");
  }
}

void Run::tell_abuse(Report& report) const {
  for (std::size_t i = 0; i < kAdversaries; ++i) {
    const auto adversary = static_cast<Adversary>(i);
    if (std::ranges::find(plan_.abuse, adversary) == plan_.abuse.end()) continue;
    const AbuseFigures& figures = total_.abuse[i];
    const std::string label = "abuse." + std::string(name(adversary));
    report.extras.push_back({label + ".opened", static_cast<double>(figures.opened), ""});
    // Who never reads does not learn how it ended.
    if (adversary == Adversary::kNeverRead) continue;
    report.extras.push_back({label + ".refused", static_cast<double>(figures.refused), ""});
    report.extras.push_back({label + ".ended", static_cast<double>(figures.ended), ""});
  }
  if (plan_.abuse.empty()) return;
  const auto p99_us = [](const Histogram& of) {
    return static_cast<double>(of.percentile(99)) / 1e3;
  };
  const Histogram& before = total_.undisturbed;
  const Histogram& during = total_.bystander;
  if (before.count() > 0) {
    report.extras.push_back({"bystanders.p99_before_us", p99_us(before), "µs"});
  }
  if (during.count() == 0) return;
  report.extras.push_back({"bystanders.p99_during_us", p99_us(during), "µs"});
  if (before.count() > 0) {
    report.extras.push_back({"bystanders.p99_ratio", p99_us(during) / p99_us(before), ""});
  }
}

void Run::watch_client(Report& report) const {
  ClientUse use;
  use.cpu_s = report.client_cpu_s;
  use.measured_s = report.measured_s;
  use.threads = plan_.threads;
  use.cores = usable_cores();
  use.open_loop = plan_.rate > 0;
  use.lag_p99_ns = total_.lag.percentile(99);
  for (std::string& sentence : client_limits(use)) report.warnings.push_back(std::move(sentence));
}

void Run::watch_server(Report& report) const {
  if (!server_before_ || !server_from_ || !server_until_) return;
  ServerUse use;
  use.pid = options_.server_pid;
  const double cpu_s = server_until_->cpu_s - server_from_->cpu_s;
  use.cpu_s = holds_sessions() ? server_from_->cpu_s - server_before_->cpu_s : cpu_s;
  // A process that has ended and is not waited for yet has none.
  if (server_until_->rss_bytes > 0) use.rss_bytes = server_until_->rss_bytes;
  // What a load leaves behind is no session's, nor is a session's share of a few told from noise.
  if (options_.counted == "sessions" && plan_.idle > 0 && server_opened_->rss_bytes > 0) {
    use.rss_bytes_per_session = (static_cast<double>(server_opened_->rss_bytes) -
                                 static_cast<double>(server_before_->rss_bytes)) /
                                plan_.idle;
  }
  const bool of_handshakes = options_.counted == "handshakes" || options_.counted == "sessions";
  if (const auto count = static_cast<double>(report.count()); count > 0) {
    (of_handshakes ? use.cpu_us_per_handshake : use.cpu_us_per_message) = use.cpu_s * 1e6 / count;
  }
  report.server_use = use;
  if (options_.counted == "sessions") {
    const double span_s = in_s(measured_until_ns_ - measured_from_ns_);
    report.extras.push_back({"server_cpu_percent", 100 * cpu_s / span_s, "%"});
  }
}

}  // namespace sdmp::load
