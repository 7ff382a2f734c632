#include "tools/sdmp-load/scenario.h"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include <signal.h>
#include <unistd.h>

#include "engine/load/run.h"
#include "engine/load/text_report.h"
#include "engine/relay/descriptor_limit.h"
#include "engine/relay/stop_signals.h"
#include "tools/sdmp-load/cores.h"
#include "tools/sdmp-load/identities.h"
#include "tools/sdmp-load/outputs.h"
#include "tools/sdmp-load/self_relay.h"

namespace sdmp::tools {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kNotPassed = 3;
constexpr std::uint64_t kSelfEntries = 10'000;

int fail(const std::string& message, int code = kFailed) {
  std::cerr << "sdmp-load: " << message << '\n';
  return code;
}

std::int64_t unix_ms() {
  return load::Clock::read().unix_ms;
}

// What a run goes against.
struct Target {
  std::optional<SelfRelay> self;
  std::optional<load::TestIdentities> identities;
  std::optional<load::ServerIdentity> server;
  std::string address;
  int pid = 0;
  std::vector<std::string> warnings;
};

std::uint32_t nodes_for(const Options& options, const load::Plan& plan) {
  if (options.nodes > 0) return options.nodes;
  // RSA keys take a second each.
  const std::uint32_t most = options.suite == "classic" ? 4 : 512;
  const auto sessions = static_cast<std::uint32_t>(std::min<std::uint64_t>(plan.sessions(), most));
  return std::max(sessions, 2u);
}

std::uint64_t entries_for(const Options& options) {
  if (options.scenario != "sync") return 0;
  // A relay of one's own has nothing to fetch yet.
  return options.entries == 0 && options.self ? kSelfEntries : options.entries;
}

std::expected<Target, std::string> start_self(const Options& options, const load::Plan& plan) {
  Target target;
  auto identities = load::TestIdentities::generate(
      nodes_for(options, plan),
      options.suite == "classic" ? codec::Suite::kClassic : codec::Suite::kModern);
  if (!identities) return std::unexpected(std::string(explain(identities.error())));
  target.identities = *std::move(identities);
  SelfOptions self;
  self.suite = options.suite;
  self.shards = std::max(options.shards, 1);
  const Cores cores = split_cores(self.shards);
  self.cores = cores.server;
  if (!options.peer.empty()) self.listen = options.peer;
  auto relay = SelfRelay::start(self, *target.identities);
  if (!relay) return std::unexpected(relay.error());
  if (!stay_on(cores.client) || !cores.apart()) {
    target.warnings.push_back(
        "relay and client share their cores: what one uses is taken from the other; give sdmp-load "
        "two cores or more");
  }
  auto server = load::ServerIdentity::from_bundle(relay->bundle(), unix_ms());
  if (!server) return std::unexpected(server.error());
  target.server = *std::move(server);
  target.address = relay->address();
  target.pid = relay->process().pid();
  target.self.emplace(*std::move(relay));
  return target;
}

std::expected<Target, std::string> find_peer(const Options& options) {
  Target target;
  auto identities = load_identities(options.keys);
  if (!identities) return std::unexpected(identities.error());
  target.identities = *std::move(identities);
  std::ifstream in(options.server, std::ios::binary);
  if (!in) return std::unexpected("--server: " + options.server + " cannot be read");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  auto server = load::ServerIdentity::from_bundle(text, unix_ms());
  if (!server) return std::unexpected("--server: " + options.server + ": " + server.error());
  target.server = *std::move(server);
  target.address = options.peer;
  target.pid = options.server_pid;
  return target;
}

// One handshake, so that a server that is not there, or no such server, is told in one line.
std::expected<void, std::string> try_once(const load::Plan& plan, const Target& target) {
  load::Plan once;
  once.server = plan.server;
  once.group = plan.group;
  once.timeout_ns = plan.timeout_ns;
  once.handshakers = 1;
  once.count = 1;
  load::RunOptions options;
  options.counted = "handshakes";
  auto run = load::Run::start(once, options, *target.server, *target.identities);
  if (!run) return std::unexpected(run.error());
  while (!(*run)->finished()) {
    (*run)->step();
    if (wait_ms(10)) return std::unexpected("interrupted before the load began");
  }
  const load::Report report = (*run)->report();
  if (report.stats.handshakes > 0) return {};
  for (std::size_t i = 0; i < load::kErrorKinds; ++i) {
    if (report.stats.errors[i] == 0) continue;
    return std::unexpected(
        target.address + ": " +
        explain_refusal(static_cast<load::ErrorKind>(i), report.stats.connect_errno));
  }
  return std::unexpected(target.address + ": no answer");
}

std::expected<load::Report, std::string> carry_out(const load::Plan& plan,
                                                   const load::RunOptions& run_options,
                                                   Target& target, Progress& progress) {
  auto run = load::Run::start(plan, run_options, *target.server, *target.identities);
  if (!run) return std::unexpected(run.error());
  while (!(*run)->finished()) {
    if (wait_ms(50)) (*run)->interrupt();
    if (const auto interval = (*run)->step()) progress.show(*interval, run_options.counted);
    if (target.self) target.self->process().drain_output();
  }
  progress.end();
  return (*run)->report();
}

std::string counted_by(const std::string& scenario) {
  if (scenario == "handshake") return "handshakes";
  if (scenario == "idle") return "sessions";
  return scenario == "fan-in" ? "messages" : "deliveries";
}

// What an empty node is to fetch. False: that was interrupted.
std::expected<bool, std::string> publish_first(const Options& options, const load::Plan& plan,
                                               Target& target) {
  const std::uint64_t entries = entries_for(options);
  if (entries == 0) return true;
  load::Plan filling = plan;
  filling.fetchers = 0;
  filling.publishers = 4;
  filling.in_flight = 64;
  filling.count = entries;
  Progress quiet(true);
  const auto report = carry_out(filling, {}, target, quiet);
  if (!report) return std::unexpected(report.error());
  if (report->interrupted) return false;
  if (report->stats.verified.received == entries) return true;
  return std::unexpected("of " + std::to_string(entries) + " entries to fetch only " +
                         std::to_string(report->stats.verified.received) + " could be published");
}

std::expected<load::Report, std::string> measure(const Options& options, const load::Plan& plan,
                                                 Target& target) {
  load::RunOptions run_options;
  run_options.counted = counted_by(options.scenario);
  run_options.server_pid = target.pid;
  const auto filled = publish_first(options, plan, target);
  if (!filled) return std::unexpected(filled.error());
  if (!*filled) {
    load::Report report;
    report.counted = run_options.counted;
    report.interrupted = true;
    report.shortfalls = {
        "interrupted while the entries to fetch were published: nothing was measured"};
    return report;
  }
  load::Plan known = plan;
  known.entries = entries_for(options);
  Progress progress(options.quiet);
  return carry_out(known, run_options, target, progress);
}

std::expected<void, std::string> check_target(const Options& options) {
  if (options.self) {
    if (!options.keys.empty() || !options.server.empty() || options.server_pid != 0) {
      return std::unexpected(
          "--self makes its own keys and relay: leave --keys, --server and "
          "--server-pid out");
    }
    if (options.peer.empty()) return {};
  } else if (options.shards != 0 || options.nodes != 0) {
    return std::unexpected(std::string(options.shards != 0 ? "--shards" : "--nodes") +
                           " is of the relay and the identities that --self makes");
  }
  if (!options.self && (options.peer.empty() || options.server.empty() || options.keys.empty())) {
    return std::unexpected(
        "against which server? --self, or --peer ADDR:PORT with --server BUNDLE "
        "(from `sdmp export` there) and --keys DIR (from `sdmp-load prepare`)");
  }
  const auto address = ring::SocketAddress::parse(options.peer);
  if (!address) return std::unexpected("--peer: " + address.error());
  return {};
}

// With what was not given, or is otherwise known better.
Options as_run(Options options, const Target& target) {
  const auto nodes = target.identities->nodes();
  options.nodes = static_cast<std::uint32_t>(nodes.size());
  const bool classic = nodes[0].public_key().type() == codec::KeyType::kRsa;
  options.suite = classic ? "classic" : "modern";
  options.entries = entries_for(options);
  return options;
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

int run_scenario(const Options& options) {
  relay::raise_descriptor_limit();
  auto plan = make_plan(options);
  if (!plan) return fail(plan.error(), kUsage);
  const auto thresholds = make_thresholds(options);
  if (!thresholds) return fail(thresholds.error(), kUsage);
  if (const auto target = check_target(options); !target) return fail(target.error(), kUsage);
  // The relay of --self listens there too, on a port of its own.
  const std::string listen = options.peer.empty() ? "127.0.0.1:0" : options.peer;
  if (const auto aimed = aim_at(options, *ring::SocketAddress::parse(listen), *plan); !aimed) {
    return fail(aimed.error(), kUsage);
  }
  if (const auto files = check_outputs(options); !files) return fail(files.error());
  relay::block_stop_signals();

  const std::string started = now_text();
  auto target = options.self ? start_self(options, *plan) : find_peer(options);
  if (!target) return fail(target.error());
  plan->server = *ring::SocketAddress::parse(target->address);
  if (const auto reached = try_once(*plan, *target); !reached) return fail(reached.error());
  auto report = measure(options, *plan, *target);
  if (!report) return fail(report.error());
  report->scenario = options.scenario;
  report->server = options.self ? "self" : target->address;
  report->started = started;
  report->options = describe(as_run(options, *target), *plan);
  report->warnings.insert(report->warnings.end(), target->warnings.begin(), target->warnings.end());

  const load::Verdict verdict = load::judge(*report, *thresholds);
  std::cout << load::text_report(*report, verdict);
  if (const auto written = write_outputs(options, *report, verdict); !written) {
    return fail(written.error());
  }
  return verdict.passed() ? 0 : kNotPassed;
}

}  // namespace sdmp::tools
