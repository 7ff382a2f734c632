// One thread = one ring = one shard: accept, connections, timers, sends, the loop. A connection
// lives and dies on one shard. No lock is shared with other shards on the hot path.
//
// Thread rule: construct and destroy anywhere; run() on the shard's own thread; wake() and
// snapshot() from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "codec/frame.h"
#include "codec/key.h"
#include "engine/protocol/handshake.h"
#include "engine/protocol/peer_sync.h"
#include "engine/protocol/trust.h"
#include "engine/shard/ledger_port.h"
#include "engine/store/store.h"

namespace sdmp::shard {

// The one replay cache of the process, for all shards: a replay must not get past by landing on
// another shard. Locked per handshake, never per message.
class SharedReplayGuard final : public protocol::ReplayGuard {
 public:
  explicit SharedReplayGuard(std::size_t entries_max) : cache_(entries_max) {}
  bool seen(const protocol::ReplayKey& key, codec::UnixMillis now) override;
  bool enter(const protocol::ReplayKey& key, codec::UnixMillis created,
             codec::UnixMillis now) override;
  std::uint64_t evicted();

 private:
  std::mutex mutex_;
  protocol::ReplayCache cache_;
};

// Sessions per node over all shards, so that the limit of P-HS holds however the kernel spreads
// connections. Touched when a session starts or ends.
class SessionCensus {
 public:
  explicit SessionCensus(std::uint32_t per_node_max) : per_node_max_(per_node_max) {}
  // False: the node has as many as it may.
  bool enter(const codec::Fingerprint& node);
  void leave(const codec::Fingerprint& node);

 private:
  std::mutex mutex_;
  std::uint32_t per_node_max_;
  std::unordered_map<codec::Fingerprint, std::uint32_t, codec::DigestHash> sessions_;
};

struct ShardConfig {
  int index = 0;
  // Listening sockets of this shard's own (SO_REUSEPORT), one per address; none: this shard only
  // dials. Owned by the caller, who closes them after run() has returned.
  std::vector<int> listen_fds;
  codec::FrameLimits frame_limits;
  int compress_level = codec::kCompressDefault;
  codec::AeadChoice aead = codec::AeadChoice::kAuto;  // one that aead_backend() has
  // How often expanded keys that nobody used since the last time are taken back.
  std::int64_t key_sweep_ms = 5'000;
  codec::Group dial_group = codec::Group::kX25519;
  std::int64_t handshake_deadline_ms = protocol::kHandshakeDeadlineMs;
  // A send that makes no progress for so long ends the session (a reader that stopped reading).
  std::int64_t send_stall_ms = 60'000;
  // `nope` drain (P-HS): at least 64 KiB and 1 s, then cut.
  std::size_t nope_drain_bytes = 64 * 1024;
  std::int64_t nope_drain_ms = 1'000;
  std::uint32_t connections_max = 100'000;
  // Accepted connections that have not sent their object. So many hold 256 MiB at most.
  std::uint32_t handshakes_max = 16'384;
  // Sockets in one ring's own table; RLIMIT_NOFILE and connections_max bound it as well. 0: all
  // sockets are regular descriptors, as on a kernel whose tables are not fit.
  std::uint32_t direct_sockets_max = 1u << 20;
  // Rings, each with such a table: further ones are opened when connections need them.
  std::size_t rings_max = 256;
  // Silence after which TCP probes whether the peer is still there; 0: never.
  int keepalive_s = 120;
  // A session that received nothing for so long (up to twice of it) holds no receive in the kernel,
  // only a poll. 0: never.
  std::int64_t idle_after_ms = 5'000;
  // Handshakes computed per loop turn: bounds how long established sessions wait behind a storm.
  int handshakes_per_turn = 1;
  // Drain: how long to flush before sessions are closed all the same.
  std::int64_t drain_ms = 5'000;
  // First and last delay of redialling; jitter of up to half is taken off each.
  std::int64_t redial_first_ms = 200;
  std::int64_t redial_last_ms = 30'000;
};

// What happens to dialled sessions, on the shard's thread: for `sdmp sync` and the control socket.
class DialObserver {
 public:
  virtual ~DialObserver() = default;
  virtual void on_established(std::uint64_t dial_id, const codec::Fingerprint& peer) = 0;
  virtual void on_progress(std::uint64_t dial_id, const protocol::SyncProgress& progress) = 0;
  // Connecting failed (`words` says how) or the session ended.
  virtual void on_ended(std::uint64_t dial_id, const protocol::Failure& failure,
                        const std::string& words) = 0;
};

// Counters and gauges of one shard; read by other threads through Shard::snapshot().
struct ShardCounters {
  std::uint64_t accepted = 0;
  std::uint64_t dialled = 0;
  std::uint64_t established = 0;  // total
  std::uint64_t sessions = 0;     // now
  std::uint64_t connections = 0;  // now, handshakes included
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t frames_in = 0;
  std::uint64_t frames_out = 0;
  std::uint64_t expanded_keys = 0;              // now: directions of sessions at work
  std::uint64_t receive_buffers_exhausted = 0;  // ENOBUFS: the group was empty for a moment
  std::uint64_t input_parts = 0;                // times that other work came amid a turn's input
  std::uint64_t input_paused = 0;               // back-pressure: ledger or peer behind
  std::uint64_t turned_away = 0;                // closed at once: no room
  std::uint64_t accept_stops = 0;               // times that the table was full
  std::uint64_t direct_sockets = 0;             // places in the rings' tables; 0: there is none
  std::uint64_t rings = 0;                      // now
  std::uint64_t idle_sockets = 0;               // now: awaited by a poll
  std::array<std::uint64_t, 64> failures{};     // by protocol::Cause
  protocol::SyncCounters sync;
};

// Everything that a shard borrows from the relay; outlives it.
struct ShardContext {
  const codec::PrivateKey& node_key;
  store::Store& store;
  SharedReplayGuard& replay;
  SessionCensus& census;
  LedgerPort& ledger;
  std::function<void()> wake_ledger;                  // cheap; called after posts to the ledger
  std::shared_ptr<const protocol::TrustTable> trust;  // the first one; later ones come in Committed
  DialObserver* dial_observer = nullptr;
};

class Shard {
 public:
  // Sets up the ring: an error is a sentence saying what the kernel refuses or lacks.
  static std::expected<std::unique_ptr<Shard>, std::string> create(const ShardConfig& config,
                                                                   ShardContext context);
  ~Shard();

  // Until a Drain message has been carried out.
  void run();
  // After a push into ledger.to_shard.
  void wake();
  ShardCounters snapshot() const;

 private:
  struct State;
  explicit Shard(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sdmp::shard
