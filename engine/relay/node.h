// A running node: store, ledger thread, shard threads, control socket. Explicit wiring of the
// parts; no singletons. sdmpd is one with listeners; `sdmp sync` is one that only dials.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/relay/config.h"
#include "engine/relay/home.h"
#include "engine/relay/ledger.h"
#include "engine/relay/outcome.h"
#include "engine/shard/shard.h"

namespace sdmp::relay {

struct NodeMetrics {
  std::vector<shard::ShardCounters> shards;
  LedgerCounters ledger;
  std::uint64_t replay_evicted = 0;
  std::uint64_t trusted_identities = 0;
  std::int64_t uptime_ms = 0;
};
std::string metrics_json(const NodeMetrics& metrics);
std::string metrics_prometheus(const NodeMetrics& metrics);

// What becomes of a dial; called on a shard's thread, must not block.
struct DialEvents {
  std::function<void(const codec::Fingerprint&)> established;
  std::function<void(const protocol::SyncProgress&)> progress;
  std::function<void(const std::string& words)> ended;
};

class Node {
 public:
  struct Options {
    bool listen = true;
    bool control_socket = true;
  };
  // Takes the store's lock, opens the store, probes the kernel, binds, starts all threads and the
  // configured peers. Exit codes for tools: Failure::exit_code (78 when the kernel lacks io_uring
  // or a feature of it).
  struct Failure {
    std::string message;
    int exit_code = 1;
  };
  static std::expected<std::unique_ptr<Node>, Failure> start(Home home, Config config,
                                                             Options options);
  ~Node();

  // The addresses bound, with the ports that the kernel chose.
  const std::vector<Address>& listening() const;
  int shards() const;
  // `peer` is dialled once (keep = false) or kept up. The error is a sentence (nobody trusted).
  Outcome<std::uint64_t> dial(const PeerAddress& peer, bool keep, bool track_round,
                              DialEvents events);
  // Ends a dial and its session; its events end, except for one that is on its way.
  void end_dial(std::uint64_t dial_id);
  Ledger& ledger();
  store::Store& store();
  const Home& home() const;
  NodeMetrics metrics() const;
  // Drains: stop accepting, flush, commit, join every thread. Idempotent.
  void stop();

 private:
  struct State;
  explicit Node(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sdmp::relay
