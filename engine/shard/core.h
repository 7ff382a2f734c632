// What all parts of one shard share. No behaviour: each part (Receiver, Sender, Closer, Acceptor,
// Dialer, HandshakeDriver, SessionDriver, SyncHub) has a file of its own and works on this.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/protocol/peer_sync.h"
#include "engine/protocol/session.h"
#include "engine/ring/buffer_ring.h"
#include "engine/ring/ring.h"
#include "engine/ring/waker.h"
#include "engine/shard/connection_table.h"
#include "engine/shard/failure_log.h"
#include "engine/shard/places.h"
#include "engine/shard/send_pool.h"
#include "engine/shard/shard.h"
#include "engine/shard/timer_wheel.h"

namespace sdmp::shard {

// Receive buffers of a shard: 512 of 16 KiB (8 MiB) are taken by whatever arrives between two
// turns, and given back in the same turn. A frame of up to 16 KiB mostly lies whole in one.
inline constexpr std::uint32_t kReceiveBuffers = 512;
inline constexpr std::uint32_t kReceiveBufferBytes = 16 * 1024;
// Output of one connection per send. Enough to make the kernel's cost per send small, little
// enough that 1,000 busy sessions hold 128 MiB at worst. One frame that is larger goes alone.
inline constexpr std::size_t kSendBatchBytes = 128 * 1024;
// Sessions served per turn, and the memory of what they send: bounds how long a new handshake or
// message waits behind a fan-out to very many sessions. A socket with room takes its octets as soon
// as a send is submitted, so that the buffers which the pool keeps serve any number of sessions.
inline constexpr std::size_t kSessionsPerTurn = 256;
inline constexpr std::size_t kOutputPerTurn = 6u << 20;
static_assert(kSendBatchBytes == SendPool::kClasses[2]);
static_assert(kOutputPerTurn + SendPool::kClasses.back() <= SendPool::kKeptBytesMax);

// What a ring's table holds beyond connections_max: one backlog of connections that are accepted
// only to be closed.
inline constexpr std::uint32_t kPlacesToTurnAway = 4096;

enum class TimerKind : std::uint8_t { kConnection, kDial, kAccept, kLedger, kDrain, kKeys };

// A dialled connection came to its end; the Dialer decides what follows.
struct DialEnd {
  std::uint64_t dial_id;
  bool was_established;
  protocol::Failure failure;
  std::string words;
};

struct Core {
  Core(const ShardConfig& shard_config, ShardContext shard_context, ring::Waker shard_waker,
       ring::BufferRing shard_buffers, ring::Ring shard_ring, protocol::Now started)
      : config(shard_config),
        context(std::move(shard_context)),
        trust(context.trust),
        now(started),
        waker(std::move(shard_waker)),
        buffers(std::move(shard_buffers)),
        ring(std::move(shard_ring)),
        places(ring.direct_sockets()),
        timers(started.monotonic_ms),
        scratch(config.frame_limits, *codec::aead_backend(config.aead)) {}

  const ShardConfig config;
  ShardContext context;
  std::shared_ptr<const protocol::TrustTable> trust;
  protocol::Now now;  // read once per turn
  // The ring goes first at the end: the kernel writes to the other two.
  ring::Waker waker;
  ring::BufferRing buffers;
  ring::Ring ring;
  Places places;
  TimerWheel timers;
  SendPool pool;
  ConnectionTable connections;
  protocol::SessionScratch scratch;
  ShardCounters counters;
  FailureLog log;
  std::vector<DialEnd> dial_ends;
  bool draining = false;

  const codec::Fingerprint& self() const { return context.node_key.public_key().fingerprint(); }
};

}  // namespace sdmp::shard
