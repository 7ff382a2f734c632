// What the protocol's tests share: users and nodes with deterministic keys, trust tables over them,
// one side of a handshake with everything that it borrows, and two parties brought to a session.
//
// Everything is a function of small seeds; nothing here draws randomness, except RSA keys, which
// are generated once per process and seed.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "codec/container.h"
#include "codec/key.h"
#include "codec/key_agreement.h"
#include "codec/resource.h"
#include "engine/protocol/handshake.h"
#include "engine/protocol/replay_cache.h"
#include "engine/protocol/trust.h"

namespace sdmp::protocol::testing {

// 2025-06-15T15:06:40.000Z: "now" unless a test says otherwise.
inline constexpr codec::UnixMillis kNow = 1'750'000'000'000;
inline constexpr codec::UnixMillis kCreated = kNow - 86'400'000;
// Far enough that real processes, which have a real clock, accept these identities too.
inline constexpr codec::UnixMillis kExpires = kNow + 100 * 365 * 86'400'000LL;

// The key of `seed`: the PKCS#8 of RFC 8410 over a seed-derived secret.
inline codec::PrivateKey make_ed25519_key(std::uint64_t seed) {
  codec::crypto_init();
  static constexpr std::array<std::uint8_t, 16> kPrefix = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30,
                                                           0x05, 0x06, 0x03, 0x2b, 0x65, 0x70,
                                                           0x04, 0x22, 0x04, 0x20};
  const std::string label = "sdmp test key " + std::to_string(seed);
  const codec::Hash hash = codec::sha512(codec::as_bytes(label));
  codec::ByteVector der(kPrefix.begin(), kPrefix.end());
  der.insert(der.end(), hash.begin(), hash.begin() + 32);
  return std::move(codec::PrivateKey::parse_pkcs8(der).value());
}

// RSA-2048, the same key for the same seed within one process.
inline codec::PrivateKey make_rsa_key(std::uint64_t seed) {
  codec::crypto_init();
  static std::map<std::uint64_t, codec::SecretBytes> cache;
  auto found = cache.find(seed);
  if (found == cache.end()) {
    const auto key = codec::PrivateKey::generate(codec::KeyType::kRsa, 2048);
    found = cache.emplace(seed, key.value().to_pem()).first;
  }
  return std::move(codec::PrivateKey::parse_pem(codec::as_text(found->second.bytes())).value());
}

inline codec::PrivateKey make_key(std::uint64_t seed,
                                  codec::KeyType type = codec::KeyType::kEd25519) {
  return type == codec::KeyType::kRsa ? make_rsa_key(seed) : make_ed25519_key(seed);
}

// A key with its self-signed identity.
struct TestIdentity {
  TestIdentity(codec::IdentityType identity_type, std::uint64_t seed, codec::KeyType key_type,
               codec::UnixMillis identity_expires = kExpires)
      : key(make_key(seed, key_type)),
        type(identity_type),
        expires(identity_expires),
        identity(codec::build_identity(key, type, kCreated, expires)) {}

  const codec::Fingerprint& fingerprint() const { return key.public_key().fingerprint(); }
  IdentityFact fact() const {
    const codec::Bytes spki = key.public_key().spki();
    return {fingerprint(), type, expires, codec::ByteVector(spki.begin(), spki.end())};
  }
  RelationshipFact relates(codec::RelationshipType relationship, const TestIdentity& to) const {
    return {fingerprint(), relationship, to.fingerprint()};
  }
  // The same as a signed resource.
  std::string relationship(codec::RelationshipType relationship, const TestIdentity& to) const {
    return codec::build_relationship(key, kCreated, relationship, to.fingerprint());
  }
  std::string post(std::string_view content) const {
    return codec::build_post(key, kCreated, "", content);
  }

  codec::PrivateKey key;
  codec::IdentityType type;
  codec::UnixMillis expires;
  std::string identity;  // the container's text
};

struct TestUser : TestIdentity {
  explicit TestUser(std::uint64_t seed, codec::KeyType key_type = codec::KeyType::kEd25519,
                    codec::UnixMillis identity_expires = kExpires)
      : TestIdentity(codec::IdentityType::kUser, seed, key_type, identity_expires) {}
};

// A node, its user, and the user's relationship to it. Seeds 2n and 2n+1 are used.
struct TestNode : TestIdentity {
  explicit TestNode(std::uint64_t seed, codec::KeyType key_type = codec::KeyType::kEd25519,
                    codec::RelationshipType right = codec::RelationshipType::kPublisher,
                    codec::UnixMillis identity_expires = kExpires)
      : TestIdentity(codec::IdentityType::kNode, 2 * seed, key_type, identity_expires),
        user(2 * seed + 1, key_type),
        link(right) {}

  TestUser user;
  codec::RelationshipType link;  // kPublisher or kHost
};

// The bundle of a node: user identity, node identity, relationship.
inline std::string bundle_of(const TestNode& node) {
  return node.user.identity + "\n" + node.identity + "\n" +
         node.user.relationship(node.link, node) + "\n";
}

// `self`'s user is the operator; it is connected to the user of each of `others`.
inline TrustFacts trust_facts(const TestNode& self, std::initializer_list<const TestNode*> others) {
  TrustFacts facts;
  facts.operator_user = self.user.fingerprint();
  const auto add = [&facts](const TestNode& node) {
    facts.identities.push_back(node.user.fact());
    facts.identities.push_back(node.fact());
    facts.relationships.push_back(node.user.relates(node.link, node));
  };
  add(self);
  for (const TestNode* other : others) {
    add(*other);
    facts.relationships.push_back(
        self.user.relates(codec::RelationshipType::kConnection, other->user));
  }
  return facts;
}

inline std::shared_ptr<const TrustTable> make_trust(const TestNode& self,
                                                    std::initializer_list<const TestNode*> others) {
  return TrustTable::compute(trust_facts(self, others));
}

inline AgreementSeed make_seed(std::uint64_t seed) {
  const std::string label = "sdmp test agreement " + std::to_string(seed);
  return AgreementSeed(codec::sha512(codec::as_bytes(label)));
}

// What one node's handshakes borrow.
struct TestSide {
  TestSide(const TestNode& self, std::initializer_list<const TestNode*> others)
      : node(self), trust(make_trust(self, others)) {}

  HandshakeContext context(codec::UnixMillis now = kNow) {
    return {now, node.key, *trust, replay, reader};
  }

  const TestNode& node;
  std::shared_ptr<const TrustTable> trust;
  ReplayCache replay{1'000};
  codec::ContainerReader reader;
};

struct TestSession {
  HandshakeResult initiator;  // what the initiator came out with
  HandshakeResult responder;
};

// Runs a whole handshake by passing buffers. `seed` must be fresh per call for the same sides, or
// the objects of the first call are replayed.
inline TestSession establish(TestSide& initiator_side, TestSide& responder_side,
                             codec::Group group = codec::Group::kX25519, std::uint64_t seed = 1,
                             codec::UnixMillis now = kNow) {
  Initiator initiator(group, {responder_side.node.fingerprint()});
  Responder responder;
  const std::string hello = initiator.start(initiator_side.context(now), make_seed(2 * seed));
  responder.receive(codec::as_bytes(hello), responder_side.context(now));
  EXPECT_EQ(responder.state(), HandshakeState::kExpectCompute) << describe(responder.failure());
  const std::string answer =
      responder.compute(responder_side.context(now), make_seed(2 * seed + 1));
  initiator.receive(codec::as_bytes(answer), initiator_side.context(now));
  EXPECT_EQ(initiator.state(), HandshakeState::kExpectCompute) << describe(initiator.failure());
  initiator.compute(initiator_side.context(now));
  return {initiator.take_result(), responder.take_result()};
}

// A generator whose seed is printed, so that a failing run can be repeated: SDMP_TEST_SEED=n.
class PrintedRandom {
 public:
  PrintedRandom() : PrintedRandom(choose_seed()) {}
  explicit PrintedRandom(std::uint64_t seed) : engine_(seed) {
    std::cout << "SDMP_TEST_SEED=" << seed << "\n";
  }

  // Uniform in [0, bound).
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

 private:
  static std::uint64_t choose_seed() {
    const char* given = getenv("SDMP_TEST_SEED");
    return given != nullptr ? std::stoull(given) : std::random_device{}();
  }
  std::mt19937_64 engine_;
};

}  // namespace sdmp::protocol::testing
