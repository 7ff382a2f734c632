// The ledger thread: the store's one writer. It takes what shards and local commands hand in,
// appends everything that gathered in one transaction (group commit: one fsync for all that arrived
// while the last one ran), computes trust anew when an identity or a relationship changed, and
// then tells every shard the new head. Told means durable.
//
// Thread rule: run() on its own thread; attach() and observe_trust() before it; everything else
// from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/protocol/trust.h"
#include "engine/relay/bundle.h"
#include "engine/shard/ledger_port.h"
#include "engine/store/store.h"

namespace sdmp::relay {

// The answer to a local submission: one outcome per resource, in order, after the commit.
using LocalOutcomes = std::vector<protocol::StoreOutcome>;

struct LedgerCounters {
  std::uint64_t commits = 0;
  std::uint64_t resources = 0;  // journalled
  std::uint64_t duplicates = 0;
  std::uint64_t foreign_updates = 0;
  std::uint64_t failures = 0;  // commits that the store refused
  std::uint64_t trust_computations = 0;
  std::uint64_t journal_size = 0;
};

class Ledger {
 public:
  struct ShardLink {
    shard::LedgerPort* port;
    std::function<void()> wake;  // Shard::wake
  };
  using Trust = std::shared_ptr<const protocol::TrustTable>;

  // Computes the first trust.
  Ledger(store::Store& store, const codec::Fingerprint& operator_user);
  ~Ledger();

  // The last trust computed; the one of construction is for the shards' start.
  Trust trust() const;
  // Before run().
  void attach(std::vector<ShardLink> links);
  // Before run(): called on the ledger's thread with every later trust, after the commit that
  // changed it. Must not wait for the ledger.
  void observe_trust(std::function<void(const Trust&)> observer);
  void run();
  // After posts into a port's to_ledger.
  void wake();
  // Ends run() after everything posted and submitted before has been committed. A shard that still
  // waits for an answer should be drained first.
  void stop();

  // From the control socket or the process itself: verified resources, all in one transaction.
  std::future<LocalOutcomes> submit(std::vector<VerifiedResource> resources);
  // Operator's word on a forked peer. False: the store refused.
  std::future<bool> reset_peer(const codec::Fingerprint& node);
  // A Dial, EndDial or Drain for a shard; the ledger's thread is the one producer of to_shard.
  void tell(std::size_t shard, shard::ToShard message);
  LedgerCounters snapshot() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sdmp::relay
