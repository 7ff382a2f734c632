// Who takes part in a run: test nodes that the server is told to trust once, and the server itself
// as its clients must know it.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codec/key.h"
#include "engine/protocol/trust.h"

namespace sdmp::load {

// One user and its nodes, each of which may publish for it (P-TRUST).
class TestIdentities {
 public:
  // Ed25519 or, for the classic suite, RSA-3072, which takes about a second per key.
  static codec::Result<TestIdentities> generate(std::size_t nodes, codec::Suite suite);
  TestIdentities(codec::PrivateKey user, std::vector<codec::PrivateKey> nodes)
      : user_(std::move(user)), nodes_(std::move(nodes)) {}

  const codec::PrivateKey& user() const { return user_; }
  std::span<const codec::PrivateKey> nodes() const { return nodes_; }
  // What `sdmp trust add` takes: JSON Lines of the identities and of the user's `publisher`
  // relationship to each node.
  std::string bundle(codec::UnixMillis now) const;

 private:
  codec::PrivateKey user_;
  std::vector<codec::PrivateKey> nodes_;
};

struct ServerIdentity {
  codec::Fingerprint node;
  codec::PublicKey key;
  std::shared_ptr<const protocol::TrustTable> trust;  // of the one node

  // From the bundle that `sdmp export` prints there. An error is a sentence.
  static std::expected<ServerIdentity, std::string> from_bundle(std::string_view text,
                                                                codec::UnixMillis now);
};

}  // namespace sdmp::load
