// What all parts of one shard share. No behaviour: each part (Receiver, Sender, Closer, Acceptor,
// Dialer, HandshakeDriver, SessionDriver, SyncHub) has a file of its own and works on this.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/protocol/peer_sync.h"
#include "engine/protocol/session.h"
#include "engine/ring/ring_set.h"
#include "engine/shard/connection_table.h"
#include "engine/shard/failure_log.h"
#include "engine/shard/places.h"
#include "engine/shard/send_pool.h"
#include "engine/shard/shard.h"
#include "engine/shard/timer_wheel.h"

namespace sdmp::shard {

// Frames received in one go: then whatever else there is to do comes first, and what was produced
// is submitted. A frame with a new resource takes two verifications: some 5 ms for so many.
inline constexpr std::uint64_t kFramesPerPart = 16;
// Text of messages that is read, or signed and compressed, in one go, besides the message that
// exceeds it. A frame of a few octets may hold 4 MiB: some 12 ms to read, and more to make.
inline constexpr std::int64_t kTextPerPart = 1 << 20;
// A connection's output takes no further frame from this size on. Enough to make the kernel's cost
// per send small; with the last frame it mostly fits a buffer of twice the size, so that 1,000 busy
// sessions hold 64 MiB.
inline constexpr std::size_t kSendBatchBytes = 32 * 1024;
// Sessions served per turn, and the memory of what they send, of those that something happened to
// as of a round: bounds how long a new handshake or message waits behind a fan-out to very many
// sessions. A socket with room takes its octets as soon as a send is submitted, so that the buffers
// which the pool keeps, still in the CPU's cache, serve any number of sessions.
inline constexpr std::size_t kSessionsPerTurn = 256;
inline constexpr std::size_t kOutputPerTurn = 2u << 20;
static_assert(2 * kSendBatchBytes == SendPool::kClasses[2]);
static_assert(2 * (kOutputPerTurn + SendPool::kClasses.back()) <= SendPool::kKeptBytesMax);

enum class TimerKind : std::uint8_t { kConnection, kDial, kAccept, kLedger, kDrain, kKeys, kIdle };

// A dialled connection came to its end; the Dialer decides what follows.
struct DialEnd {
  std::uint64_t dial_id;
  bool was_established;
  protocol::Failure failure;
  std::string words;
};

struct Core {
  Core(const ShardConfig& shard_config, ShardContext shard_context, ring::RingSet shard_rings,
       std::size_t tables_max, protocol::Now started)
      : config(shard_config),
        context(std::move(shard_context)),
        trust(context.trust),
        now(started),
        rings(std::move(shard_rings)),
        tables(rings.first().direct_sockets(), tables_max),
        timers(started.monotonic_ms),
        scratch(config.frame_limits, *codec::aead_backend(config.aead)) {}

  const ShardConfig config;
  ShardContext context;
  std::shared_ptr<const protocol::TrustTable> trust;
  protocol::Now now;  // read once per turn
  ring::RingSet rings;
  Tables tables;
  TimerWheel timers;
  SendPool pool;
  Slab<HandshakePart> handshake_parts;
  Slab<SessionPart> session_parts;
  ConnectionTable connections;
  protocol::SessionScratch scratch;
  ShardCounters counters;
  FailureLog log;
  std::vector<DialEnd> dial_ends;
  bool draining = false;

  const codec::Fingerprint& self() const { return context.node_key.public_key().fingerprint(); }
};

}  // namespace sdmp::shard
