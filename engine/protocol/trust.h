// Who may connect and who may publish (P-TRUST): computed from resources, nothing else.
//
// A TrustTable is immutable once computed: share it between threads, swap it whole.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "codec/digest.h"
#include "codec/key.h"
#include "codec/resource.h"
#include "codec/timestamp.h"

namespace sdmp::protocol {

// The facts that trust is computed from: identities and relationships in the store that no update
// has replaced.
struct IdentityFact {
  codec::Fingerprint fingerprint;
  codec::IdentityType type;
  codec::UnixMillis expires;
  codec::ByteVector spki;
};
struct RelationshipFact {
  codec::Fingerprint publisher;
  codec::RelationshipType type;
  codec::Fingerprint identity;
};
struct TrustFacts {
  codec::Fingerprint operator_user;  // the relay's operator: a user identity
  std::vector<IdentityFact> identities;
  std::vector<RelationshipFact> relationships;
};

enum class PublishRight : std::uint8_t {
  kNone,
  kOwnIdentity,  // `host` nodes: their own identity and node_information only
  kAnything,
};

struct TrustEntry {
  codec::Fingerprint fingerprint;
  // The key and type of the identity; absent while the node does not hold the identity resource:
  // the fingerprint is reached by a relationship, its identity is welcome, nothing else is.
  std::optional<codec::PublicKey> key;
  codec::IdentityType type = codec::IdentityType::kUser;
  // The first moment at which the trust has ended: the earliest expiry along the best chain from
  // the operator, its own included.
  codec::UnixMillis valid_until = 0;
  // The same without its own expiry: until then its identity is welcome, so that one that is not
  // known yet can arrive and one that has expired can be renewed.
  codec::UnixMillis identity_until = 0;
  bool may_connect = false;
  PublishRight publish = PublishRight::kNone;
  // With kAnything: when that ends; kOwnIdentity is left until valid_until (a node reached by a
  // `publisher` chain that ends before its `host` chain).
  codec::UnixMillis publish_until = 0;
};

class TrustTable {
 public:
  // Keys already parsed are taken over from `previous` when given. An identity whose key does not
  // parse is left out (P-KEY: degenerate keys are refused when an identity is loaded).
  static std::shared_ptr<const TrustTable> compute(const TrustFacts& facts,
                                                   const TrustTable* previous = nullptr);

  // Every fingerprint reached, keys known or not, expired or not; nullptr when not reached.
  const TrustEntry* find(const codec::Fingerprint& fingerprint) const;
  // A trusted, unexpired identity with a known key; nullptr otherwise.
  const TrustEntry* find_valid(const codec::Fingerprint& fingerprint, codec::UnixMillis now) const;
  // A node that may connect at `now` (P-HS: a trusted identity of type `node`).
  bool may_connect(const codec::Fingerprint& fingerprint, codec::UnixMillis now) const;
  // Whether `container`, a resource, is of a publisher that may publish it at `now`. An identity
  // of a fingerprint that is reached is welcome even while its key is unknown.
  bool may_publish(const codec::Container& container, codec::UnixMillis now) const;

  std::size_t size() const { return entries_.size(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::unordered_map<codec::Fingerprint, TrustEntry, codec::DigestHash> entries_;
};

}  // namespace sdmp::protocol
