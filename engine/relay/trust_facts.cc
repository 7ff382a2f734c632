#include "engine/relay/trust_facts.h"

#include <algorithm>

#include "codec/resource.h"
#include "engine/relay/clock.h"

namespace sdmp::relay {
namespace {

using codec::Fingerprint;
using codec::Schema;

// Calls `use` with each current resource of a schema; what does not parse is passed over.
template <class Use>
void for_each_current(store::Reader& reader, Schema schema, Use use) {
  codec::ContainerReader parser;
  for (const codec::Identifier& identifier : reader.current(schema)) {
    const auto stored = reader.find(identifier);
    if (!stored) continue;
    const auto container = parser.parse_copy(stored->container);
    if (container) use(*container);
  }
}

bool names_address(const codec::Container& node_information, const Address& address) {
  const auto ips = codec::read_node_ips(node_information);
  if (!ips) return false;
  return std::ranges::any_of(*ips, [&](std::string_view text) {
    const auto announced = parse_address(text);
    return announced && *announced == address;
  });
}

}  // namespace

protocol::TrustFacts read_trust_facts(store::Reader& reader, const Fingerprint& operator_user) {
  protocol::TrustFacts facts;
  facts.operator_user = operator_user;
  for_each_current(reader, Schema::kIdentity, [&](const codec::Container& container) {
    auto identity = codec::read_identity(container);
    if (!identity) return;
    facts.identities.push_back({.fingerprint = container.publisher,
                                .type = identity->type,
                                .expires = identity->expires,
                                .spki = std::move(identity->spki)});
  });
  for_each_current(reader, Schema::kRelationship, [&](const codec::Container& container) {
    const auto relationship = codec::read_relationship(container);
    if (!relationship) return;
    facts.relationships.push_back({.publisher = container.publisher,
                                   .type = relationship->type,
                                   .identity = relationship->identity});
  });
  return facts;
}

std::vector<Fingerprint> expected_at(const PeerAddress& peer, store::Reader& reader,
                                     const protocol::TrustTable& trust, const Fingerprint& self) {
  if (peer.pinned) return {*peer.pinned};
  const codec::UnixMillis now = unix_now();
  std::vector<Fingerprint> expected;
  const auto add = [&](const Fingerprint& node) {
    if (node == self || !trust.may_connect(node, now)) return;
    if (std::ranges::find(expected, node) == expected.end()) expected.push_back(node);
  };
  for_each_current(reader, Schema::kNodeInformation, [&](const codec::Container& container) {
    if (names_address(container, peer.address)) add(container.publisher);
  });
  if (expected.empty()) {
    for (const auto& [fingerprint, entry] : trust) add(fingerprint);
  }
  return expected;
}

}  // namespace sdmp::relay
