#include <array>

#include <fmt/format.h>

#include "engine/protocol/cause.h"
#include "engine/relay/node.h"

namespace sdmp::relay {
namespace {

using shard::ShardCounters;

constexpr std::size_t kCauses = static_cast<std::size_t>(protocol::Cause::kLocalFailure) + 1;
static_assert(kCauses <= std::tuple_size_v<decltype(ShardCounters::failures)>);

struct Metric {
  std::string_view name;
  bool gauge;
  std::string_view help;
  std::uint64_t value;
};

std::uint64_t sum(const NodeMetrics& metrics, std::uint64_t ShardCounters::* member) {
  std::uint64_t total = 0;
  for (const ShardCounters& shard : metrics.shards) total += shard.*member;
  return total;
}

std::uint64_t sum(const NodeMetrics& metrics, std::uint64_t protocol::SyncCounters::* member) {
  std::uint64_t total = 0;
  for (const ShardCounters& shard : metrics.shards) total += shard.sync.*member;
  return total;
}

void add_connections(const NodeMetrics& metrics, std::vector<Metric>& out) {
  using C = ShardCounters;
  const auto total = [&](auto member) { return sum(metrics, member); };
  out.push_back({"accepted", false, "Connections accepted", total(&C::accepted)});
  out.push_back({"dialled", false, "Connections dialled", total(&C::dialled)});
  out.push_back({"established", false, "Handshakes completed", total(&C::established)});
  out.push_back({"sessions", true, "Sessions now", total(&C::sessions)});
  out.push_back(
      {"connections", true, "Connections now, handshakes included", total(&C::connections)});
  out.push_back({"bytes_in", false, "Octets received", total(&C::bytes_in)});
  out.push_back({"bytes_out", false, "Octets sent", total(&C::bytes_out)});
  out.push_back({"frames_in", false, "Frames received", total(&C::frames_in)});
  out.push_back({"frames_out", false, "Frames sent", total(&C::frames_out)});
  out.push_back(
      {"expanded_keys", true, "Cipher keys that are expanded now", total(&C::expanded_keys)});
  out.push_back({"receive_buffers_exhausted", false, "Times that all receive buffers were in use",
                 total(&C::receive_buffers_exhausted)});
  out.push_back({"input_parts", false, "Times that other work came amid the input of a turn",
                 total(&C::input_parts)});
  out.push_back({"input_paused", false, "Times that a connection was not read: back-pressure",
                 total(&C::input_paused)});
  out.push_back(
      {"turned_away", false, "Connections closed at once: too many", total(&C::turned_away)});
  out.push_back({"accept_stops", false, "Times that all of a shard's tables of sockets were full",
                 total(&C::accept_stops)});
  out.push_back({"rings", true, "Rings that the shards have opened", total(&C::rings)});
  out.push_back({"direct_sockets", true, "Places in the rings' tables of sockets; 0: no tables",
                 total(&C::direct_sockets)});
  out.push_back({"idle_sockets", true, "Sockets awaited by a poll, not by a receive",
                 total(&C::idle_sockets)});
}

void add_sync(const NodeMetrics& metrics, std::vector<Metric>& out) {
  using S = protocol::SyncCounters;
  const auto total = [&](auto member) { return sum(metrics, member); };
  out.push_back({"messages_ignored", false, "Valid containers that mean nothing here",
                 total(&S::messages_ignored)});
  out.push_back({"messages_malformed", false, "Sync messages whose body is malformed",
                 total(&S::messages_malformed)});
  out.push_back({"updates_broken", false, "Journal updates whose chain is broken: not applied",
                 total(&S::updates_broken)});
  out.push_back({"updates_gap", false, "Journal updates that did not continue what is known",
                 total(&S::updates_gap)});
  out.push_back({"journals_forked", false, "Journals that contradicted known lines",
                 total(&S::journals_forked)});
  out.push_back(
      {"resources_received", false, "New resources verified", total(&S::resources_received)});
  out.push_back({"resources_duplicate", false, "Resources recognized before verification",
                 total(&S::resources_duplicate)});
  out.push_back({"resources_untrusted", false, "Resources of a publisher without the right",
                 total(&S::resources_untrusted)});
  out.push_back({"resources_invalid", false, "Contents that are no valid resource",
                 total(&S::resources_invalid)});
  out.push_back({"requests_answered", false, "Resource requests answered with 200",
                 total(&S::requests_answered)});
  out.push_back({"requests_not_found", false, "Resource requests answered with 404",
                 total(&S::requests_not_found)});
  out.push_back(
      {"requests_bad", false, "Resource requests answered with 400", total(&S::requests_bad)});
  out.push_back({"requests_timed_out", false, "Our requests that were not answered in time",
                 total(&S::requests_timed_out)});
}

void add_node(const NodeMetrics& metrics, std::vector<Metric>& out) {
  const LedgerCounters& ledger = metrics.ledger;
  out.push_back(
      {"journal_lines", true, "Lines of the journal behind the first", ledger.journal_size});
  out.push_back({"commits", false, "Group commits", ledger.commits});
  out.push_back({"commit_failures", false, "Commits that the store refused", ledger.failures});
  out.push_back({"resources_journalled", false, "Resources journalled", ledger.resources});
  out.push_back({"duplicates", false, "Resources that the store had already", ledger.duplicates});
  out.push_back({"foreign_updates", false, "Updates of another publisher's resource: refused",
                 ledger.foreign_updates});
  out.push_back(
      {"trust_computations", false, "Times that trust was computed", ledger.trust_computations});
  out.push_back({"trusted_identities", true, "Identities that trust reaches, expired or not",
                 metrics.trusted_identities});
  out.push_back({"replay_evicted", false, "Replay cache entries dropped before their time",
                 metrics.replay_evicted});
  out.push_back({"shards", true, "Threads that serve connections", metrics.shards.size()});
}

std::vector<Metric> collect(const NodeMetrics& metrics) {
  std::vector<Metric> out;
  add_connections(metrics, out);
  add_sync(metrics, out);
  add_node(metrics, out);
  return out;
}

std::array<std::uint64_t, kCauses> failures_by_cause(const NodeMetrics& metrics) {
  std::array<std::uint64_t, kCauses> totals{};
  for (const ShardCounters& shard : metrics.shards) {
    for (std::size_t i = 0; i < kCauses; ++i) totals[i] += shard.failures[i];
  }
  return totals;
}

}  // namespace

std::string metrics_json(const NodeMetrics& metrics) {
  std::string out = fmt::format("{{\"uptime_ms\":{}", metrics.uptime_ms);
  for (const Metric& metric : collect(metrics)) {
    fmt::format_to(std::back_inserter(out), ",\"{}\":{}", metric.name, metric.value);
  }
  const auto failures = failures_by_cause(metrics);
  for (std::size_t i = 1; i < kCauses; ++i) {
    fmt::format_to(std::back_inserter(out), ",\"failures_{}\":{}",
                   protocol::name(static_cast<protocol::Cause>(i)), failures[i]);
  }
  out += '}';
  return out;
}

std::string metrics_prometheus(const NodeMetrics& metrics) {
  std::string out;
  const auto append = [&out](std::string_view name, bool gauge, std::string_view help) {
    fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help,
                   gauge ? "gauge" : "counter");
  };
  append("sdmp_uptime_seconds", true, "Time since the start");
  fmt::format_to(std::back_inserter(out), "sdmp_uptime_seconds {:.3f}\n",
                 static_cast<double>(metrics.uptime_ms) / 1000.0);
  for (const Metric& metric : collect(metrics)) {
    const std::string name = fmt::format("sdmp_{}{}", metric.name, metric.gauge ? "" : "_total");
    append(name, metric.gauge, metric.help);
    fmt::format_to(std::back_inserter(out), "{} {}\n", name, metric.value);
  }
  append("sdmp_failures_total", false, "Handshakes and sessions that ended, by cause");
  const auto failures = failures_by_cause(metrics);
  for (std::size_t i = 1; i < kCauses; ++i) {
    fmt::format_to(std::back_inserter(out), "sdmp_failures_total{{cause=\"{}\"}} {}\n",
                   protocol::name(static_cast<protocol::Cause>(i)), failures[i]);
  }
  append("sdmp_shard_sessions", true, "Sessions now, by shard");
  for (std::size_t i = 0; i < metrics.shards.size(); ++i) {
    fmt::format_to(std::back_inserter(out), "sdmp_shard_sessions{{shard=\"{}\"}} {}\n", i,
                   metrics.shards[i].sessions);
  }
  return out;
}

}  // namespace sdmp::relay
