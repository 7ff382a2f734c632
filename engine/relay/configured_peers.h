// The outgoing sessions of node.toml's `peers`: dialled as soon as somebody is trusted who may
// answer, and told anew whom to expect whenever trust changes.
//
// Thread rule: refresh() from any thread.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/relay/address.h"
#include "engine/relay/dial_router.h"
#include "engine/relay/trust_facts.h"

namespace sdmp::relay {

class ConfiguredPeers {
 public:
  // Hands a Dial to its shard.
  using Send = std::function<void(shard::Dial)>;

  ConfiguredPeers(std::vector<PeerAddress> peers, DialRouter& router, Send send);
  void refresh(store::Reader& reader, const protocol::TrustTable& trust,
               const codec::Fingerprint& self);

 private:
  struct Peer {
    PeerAddress peer;
    std::uint64_t dial_id = 0;  // 0: not dialled yet
    std::vector<codec::Fingerprint> expected;
    bool complained = false;
  };

  std::mutex mutex_;
  std::vector<Peer> peers_;
  DialRouter& router_;
  Send send_;
};

// The fingerprints to give to a Dial: expected_at() without a pinned node that is not trusted.
std::vector<codec::Fingerprint> dialable_at(const PeerAddress& peer, store::Reader& reader,
                                            const protocol::TrustTable& trust,
                                            const codec::Fingerprint& self);

}  // namespace sdmp::relay
