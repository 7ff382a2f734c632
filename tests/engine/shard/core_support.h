// A Core on the test's own thread, without a loop: for the parts that can be looked at one by one.
#pragma once

#include <optional>

#include "engine/shard/core.h"
#include "tests/engine/shard/support.h"

namespace sdmp::shard::testing {

struct CoreRig {
  explicit CoreRig(const ShardConfig& config = {})
      : node(1),
        store(std::move(store::Store::open(directory.store(), node.fingerprint()).value())) {
    core.emplace(config,
                 ShardContext{.node_key = node.key,
                              .store = *store,
                              .replay = replay,
                              .census = census,
                              .ledger = port,
                              .wake_ledger = [this] { ++ledger_wakes; },
                              .trust = trust(node, {})},
                 *ring::RingSet::create({.ring = {}, .buffers = 8, .buffer_bytes = 4096}), 1,
                 protocol::Now{1000, unix_now()});
    core->rings.enable();
  }

  // A connection over one end of a socket pair, in this phase.
  Connection& connect(Phase phase) {
    Connection& connection = core->connections.add();
    connection.socket = pair.server.get();
    connection.phase = phase;
    connection.timer.kind = static_cast<std::uint8_t>(TimerKind::kConnection);
    connection.timer.owner = connection.slot;
    return connection;
  }
  ring::Completion next() {
    while (queue.empty()) {
      for (const auto& completion : core->rings.wait(std::nullopt)) queue.push_back(completion);
    }
    const ring::Completion first = queue.front();
    queue.pop_front();
    return first;
  }

  TestNode node;
  store::testing::TemporaryDirectory directory;
  std::unique_ptr<store::Store> store;
  SharedReplayGuard replay{10};
  SessionCensus census{10};
  LedgerPort port;
  int ledger_wakes = 0;
  std::optional<Core> core;
  ring::testing::Pair pair;
  std::deque<ring::Completion> queue;
};

}  // namespace sdmp::shard::testing
