#include "engine/load/identity.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "codec/resource.h"

namespace sdmp::load {
namespace {

// Longer than any series of runs; a trust in test identities that is forgotten ends by itself.
constexpr std::int64_t kLifetimeMs = std::int64_t{30} * 24 * 60 * 60 * 1000;

}  // namespace

codec::Result<TestIdentities> TestIdentities::generate(std::size_t nodes, codec::Suite suite) {
  const codec::KeyType type =
      suite == codec::Suite::kModern ? codec::KeyType::kEd25519 : codec::KeyType::kRsa;
  auto user = codec::PrivateKey::generate(type);
  if (!user) return std::unexpected(user.error());
  std::vector<codec::PrivateKey> keys;
  for (std::size_t i = 0; i < nodes; ++i) {
    auto key = codec::PrivateKey::generate(type);
    if (!key) return std::unexpected(key.error());
    keys.push_back(*std::move(key));
  }
  return TestIdentities(*std::move(user), std::move(keys));
}

std::string TestIdentities::bundle(codec::UnixMillis now) const {
  std::string text =
      codec::build_identity(user_, codec::IdentityType::kUser, now, now + kLifetimeMs) + "\n";
  for (const codec::PrivateKey& node : nodes_) {
    text += codec::build_identity(node, codec::IdentityType::kNode, now, now + kLifetimeMs) + "\n";
    text += codec::build_relationship(user_, now, codec::RelationshipType::kPublisher,
                                      node.public_key().fingerprint()) +
            "\n";
  }
  return text;
}

std::expected<ServerIdentity, std::string> ServerIdentity::from_bundle(std::string_view text,
                                                                       codec::UnixMillis now) {
  protocol::TrustFacts facts;
  codec::ContainerReader reader;
  std::optional<codec::PublicKey> node;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::string_view container_text = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), container_text.size() + 1));
    if (container_text.empty()) continue;
    const std::string place = "line " + std::to_string(line) + ": ";
    const auto container = reader.parse_copy(container_text);
    if (!container) return std::unexpected(place + std::string(explain(container.error())));
    if (!container->lists(codec::Schema::kIdentity)) continue;
    const auto view = codec::read_identity(*container);
    const auto key = codec::verify_identity(*container);
    if (!view || !key) return std::unexpected(place + "the identity is not valid");
    facts.identities.push_back({container->publisher, view->type, view->expires, view->spki});
    if (view->type == codec::IdentityType::kUser) {
      facts.operator_user = container->publisher;
    } else if (std::exchange(node, *key)) {
      return std::unexpected(place + "this is the second node in it, and a server is one");
    }
  }
  if (!node) return std::unexpected("there is no node's identity in it");
  // We dial this node because the bundle names it: no relationship has to say so.
  facts.relationships.push_back(
      {facts.operator_user, codec::RelationshipType::kPublisher, node->fingerprint()});
  auto trust = protocol::TrustTable::compute(facts);
  if (!trust->may_connect(node->fingerprint(), now)) {
    return std::unexpected("an identity in it has expired, or the user's is missing");
  }
  return ServerIdentity{node->fingerprint(), *node, std::move(trust)};
}

}  // namespace sdmp::load
