// One round with a peer, as `sdmp sync` and the control socket's dial see it: what is known of it,
// when it is over, and the words for what came of it. Both say the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "codec/key.h"
#include "engine/protocol/peer_sync.h"
#include "engine/relay/outcome.h"

namespace sdmp::relay {

// A round with a forked peer never gets complete: that peer's journal is not read any more, and so
// nothing tells what it has taken of ours. It is over when nothing has moved for so long.
inline constexpr std::int64_t kForkedQuietMs = 2'000;

struct SyncRound {
  std::optional<codec::Fingerprint> peer;  // since the session is established
  protocol::SyncProgress progress;
  std::optional<std::string> ended;  // the session's end in words

  bool over() const { return ended || progress.complete(); }
  // How long to wait for the next change before the round is given up.
  std::int64_t patience_ms(std::int64_t timeout_ms) const;
  // Of a round that is over or was given up. The error says why it is not complete; `address` names
  // the peer in it.
  Outcome<void> conclusion(const std::string& address, std::int64_t timeout_ms) const;
};

}  // namespace sdmp::relay
