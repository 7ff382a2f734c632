// Resources (RES-1 ... RES-11): typed readers over a parsed Container and builders of new ones.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/container.h"

namespace sdmp::codec {

enum class IdentityType : std::uint8_t { kUser, kNode };
enum class RelationshipType : std::uint8_t { kConnection, kPublisher, kHost };

struct IdentityView {
  IdentityType type;
  UnixMillis expires;
  ByteVector spki;  // identity.key decoded
};
struct RelationshipView {
  RelationshipType type;
  Fingerprint identity;
};

// RES-1: the first schema is `resource`. None of the others is one of what two nodes send each
// other (SES-3, SYN-1) or of what lies only inside encrypted containers (RES-10).
bool is_resource(const Container& container);

// RES-5; kSchemaMismatch when the container lists no identity schema. Does not judge the key.
Result<IdentityView> read_identity(const Container& container);
// RES-5 and P-KEY: parses the key and checks that the identity is signed by itself and published
// under its own fingerprint. kKey*, kPublisher, kSignature.
Result<PublicKey> verify_identity(const Container& container);
// RES-8.
Result<RelationshipView> read_relationship(const Container& container);
// RES-6: the address:port strings; IPv6 in brackets.
Result<std::vector<std::string_view>> read_node_ips(const Container& container);
// RES-4; empty when there are none. Appends to `out`.
Result<void> read_updates(const Container& container, std::vector<Identifier>& out);

// Builders: each returns a signed container's text; `key` is the publisher's.
std::string build_identity(const PrivateKey& key, IdentityType type, UnixMillis created,
                           UnixMillis expires);
std::string build_node_information(const PrivateKey& key, UnixMillis created, std::string_view name,
                                   std::span<const std::string> ips,
                                   std::span<const Identifier> updates = {});
std::string build_user_information(const PrivateKey& key, UnixMillis created, std::string_view name,
                                   std::string_view about);
std::string build_relationship(const PrivateKey& key, UnixMillis created, RelationshipType type,
                               const Fingerprint& identity);
// RES-9; an empty title is left out.
std::string build_post(const PrivateKey& key, UnixMillis created, std::string_view title,
                       std::string_view content, std::span<const Identifier> updates = {});
// RES-4: an update that carries no other data.
std::string build_deletion(const PrivateKey& key, UnixMillis created,
                           std::span<const Identifier> updates);

// sdmp://HOST/PATH (RES-3).
struct ResourceUri {
  Fingerprint publisher;
  std::optional<Identifier> resource;  // absent: the publisher's identity resource
};
// kUri: another scheme, a port, a query, a fragment, or a part that is not 86 base64url characters.
Result<ResourceUri> parse_uri(std::string_view text);
std::string format_uri(const Fingerprint& publisher, const Identifier& resource);

}  // namespace sdmp::codec
