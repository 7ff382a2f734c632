#include "engine/relay/configured_peers.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "engine/relay/clock.h"

namespace sdmp::relay {
namespace {

DialEvents logged_events(const std::string& address) {
  DialEvents events;
  events.established = [address](const codec::Fingerprint& node) {
    spdlog::info("peer {}: session with {}", address, node.text());
  };
  events.ended = [address](const std::string& words) {
    spdlog::info("peer {}: {}; dialled again later", address, words);
  };
  return events;
}

}  // namespace

std::vector<codec::Fingerprint> dialable_at(const PeerAddress& peer, store::Reader& reader,
                                            const protocol::TrustTable& trust,
                                            const codec::Fingerprint& self) {
  std::vector<codec::Fingerprint> expected = expected_at(peer, reader, trust, self);
  std::erase_if(expected, [&](const codec::Fingerprint& node) {
    return node == self || !trust.may_connect(node, unix_now());
  });
  // The order of a hash table is no order: equal sets shall compare equal.
  std::ranges::sort(expected);
  return expected;
}

ConfiguredPeers::ConfiguredPeers(std::vector<PeerAddress> peers, DialRouter& router, Send send)
    : router_(router), send_(std::move(send)) {
  for (PeerAddress& peer : peers) peers_.push_back({.peer = std::move(peer), .expected = {}});
}

void ConfiguredPeers::refresh(store::Reader& reader, const protocol::TrustTable& trust,
                              const codec::Fingerprint& self) {
  const std::lock_guard lock(mutex_);
  for (Peer& peer : peers_) {
    std::vector<codec::Fingerprint> expected = dialable_at(peer.peer, reader, trust, self);
    const std::string address = peer.peer.address.text();
    if (expected.empty()) {
      if (!peer.complained) {
        spdlog::warn(
            "peer {}: nobody is trusted yet who could answer there; dialled when that "
            "changes (`sdmp trust add FILE`)",
            address);
      }
      peer.complained = true;
      continue;
    }
    if (peer.dial_id != 0 && expected == peer.expected) continue;
    if (peer.dial_id == 0) peer.dial_id = router_.add(true, logged_events(address));
    peer.complained = false;
    peer.expected = expected;
    send_({.address = address,
           .expected = std::move(expected),
           .keep = true,
           .track_round = false,
           .dial_id = peer.dial_id});
  }
}

}  // namespace sdmp::relay
