// What a connection has while its session is established. Together with the Connection it is all
// that an idle session costs.
#pragma once

#include <memory>

#include "engine/protocol/peer_sync.h"
#include "engine/protocol/session.h"
#include "engine/shard/connection.h"
#include "engine/shard/sync_host.h"

namespace sdmp::shard {

struct SessionPart {
  SessionPart(Connection& connection, protocol::HandshakeResult result, SyncHub& hub, Core& core)
      : session(result.peer, std::move(result.keys)),
        host(hub, connection),
        sync(core.self(), session.peer(), host, core.counters.sync) {}

  protocol::Session session;
  SyncHost host;
  protocol::PeerSync sync;
  std::unique_ptr<protocol::SyncProgress> reported;  // only where a DialObserver listens
};
// An idle session costs at most 1 KiB of our memory, what the replay cache keeps of it included.
static_assert(sizeof(Connection) + sizeof(SessionPart) <= 656);

}  // namespace sdmp::shard
