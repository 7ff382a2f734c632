// What shards and the ledger tell each other. The ledger (engine/relay/ledger.h) is the store's one
// writer; shards hand verified resources to it and learn of commits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "codec/container.h"
#include "codec/digest.h"
#include "engine/protocol/peer_sync.h"
#include "engine/protocol/trust.h"
#include "engine/shard/mailbox.h"

namespace sdmp::shard {

// Names a session of one shard for as long as it lives; a late answer to a closed session finds
// another generation and is dropped.
struct SessionToken {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};

// Shard to ledger. Owning: the frame that it came from is gone when the ledger reads it.
struct StoreResource {
  SessionToken session;
  codec::Fingerprint source;  // the node at the other end
  codec::Fingerprint publisher;
  codec::Identifier identifier;
  std::string container;
  std::vector<codec::Identifier> updates;
  std::vector<codec::Schema> schemas;
};
struct StoreProgress {
  SessionToken session;
  codec::Fingerprint peer;
  protocol::PeerCursor cursor;
  std::vector<protocol::Wanted> wanted;
};
struct ForgetWanted {
  codec::Fingerprint peer;
  codec::Identifier resource;
};
using ToLedger = std::variant<std::monostate, StoreResource, StoreProgress, ForgetWanted>;

// Ledger to shard, after a commit (or a failure to commit).
struct StoredAnswer {
  SessionToken session;
  codec::Identifier identifier;
  protocol::StoreOutcome outcome;
};
struct ProgressAnswer {
  SessionToken session;
};
struct LineSource {
  std::uint64_t line;
  codec::Fingerprint source;  // the node that the resource came from; own fingerprint: local
};
struct Committed {
  std::uint64_t journal_size = 0;
  // In the order of this shard's posts.
  std::vector<std::variant<StoredAnswer, ProgressAnswer>> answers;
  // The fresh lines of this commit, for eager push; shared by all shards.
  std::shared_ptr<const std::vector<LineSource>> fresh;
  // Set when trust was computed anew.
  std::shared_ptr<const protocol::TrustTable> trust;
};

// Relay to shard. A Dial whose dial_id names a dial that is still kept only replaces what that one
// expects (trust has changed).
struct Dial {
  std::string address;                       // "127.0.0.1:7367", "[::1]:7367"
  std::vector<codec::Fingerprint> expected;  // not empty
  bool keep;                                 // reconnect with backoff when it ends
  bool track_round;                          // report the round's progress
  std::uint64_t dial_id;                     // chosen by the caller, comes back in events
};
// Ends a dial: it is not kept up any longer and its session, if there is one, is closed. Unknown
// ids are ignored.
struct EndDial {
  std::uint64_t dial_id = 0;
};
// Stop accepting, flush what is queued, close every session, then end the loop.
struct Drain {};
using ToShard = std::variant<std::monostate, Committed, Dial, EndDial, Drain>;

// The two directions between one shard and the ledger, and who wakes whom. The relay owns it and
// connects the wakers.
struct LedgerPort {
  // Entries, each at most about one frame: bounds what a shard can have in flight to the ledger.
  static constexpr std::size_t kToLedgerMax = 1024;
  static constexpr std::size_t kToShardMax = 1024;

  Mailbox<ToLedger> to_ledger{kToLedgerMax};
  Mailbox<ToShard> to_shard{kToShardMax};
};

}  // namespace sdmp::shard
