#include "codec/resource.h"

#include <algorithm>

#include "codec/base64url.h"

namespace sdmp::codec {
namespace {

std::unexpected<Error> mismatch() {
  return std::unexpected(Error::kSchemaMismatch);
}

// The object `member` of a payload that lists `schema`. That its members are there and of the
// right type was checked when the container was parsed.
std::optional<json::Value> body(const Container& container, Schema schema,
                                std::string_view member) {
  if (!container.payload || !container.lists(schema)) return std::nullopt;
  return container.payload->find(member);
}

std::string member_object(std::string_view name) {
  std::string text;
  json::append_string(name, text);
  return text.append(":{");
}

void append_member(std::string_view name, std::string_view value, std::string& out) {
  if (out.back() != '{') out.push_back(',');
  json::append_string(name, out);
  out.push_back(':');
  json::append_string(value, out);
}

std::string build(const PrivateKey& key, UnixMillis created, Schema schema, std::string members,
                  std::span<const Identifier> updates = {}) {
  const std::array schemas{name(Schema::kResource), name(schema)};
  members.push_back('}');
  return build_container(key, created, schemas, members, updates);
}

std::string_view name_of(RelationshipType type) {
  switch (type) {
    case RelationshipType::kConnection:
      return "connection";
    case RelationshipType::kPublisher:
      return "publisher";
    case RelationshipType::kHost:
      return "host";
  }
  return {};
}

bool is_of_no_resource(Schema schema) {
  switch (schema) {
    case Schema::kConnection:
    case Schema::kJournalRequest:
    case Schema::kJournalUpdate:
    case Schema::kResourceRequest:
    case Schema::kResourceResponse:
    case Schema::kMessage:
    case Schema::kMessageReceipt:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool is_resource(const Container& container) {
  return container.first_schema() == Schema::kResource &&
         std::ranges::none_of(container.schemas, is_of_no_resource);
}

Result<IdentityView> read_identity(const Container& container) {
  const auto identity = body(container, Schema::kIdentity, "identity");
  if (!identity) return mismatch();
  const auto expires = parse_timestamp(identity->find("expires")->string());
  if (!expires) return std::unexpected(expires.error());
  auto spki = base64url_decode(identity->find("key")->string());
  if (!spki) return std::unexpected(spki.error());
  const bool user = identity->find("type")->string() == "user";
  return IdentityView{user ? IdentityType::kUser : IdentityType::kNode, *expires, std::move(*spki)};
}

Result<PublicKey> verify_identity(const Container& container) {
  const auto identity = read_identity(container);
  if (!identity) return std::unexpected(identity.error());
  // Hashing is cheaper than looking at a key from a stranger, and says whether that is worth it.
  if (Fingerprint{sha512(identity->spki)} != container.publisher) {
    return std::unexpected(Error::kPublisher);
  }
  auto key = PublicKey::parse(identity->spki);
  if (!key) return std::unexpected(key.error());
  if (auto verified = container.verify(*key); !verified) {
    return std::unexpected(verified.error());
  }
  return key;
}

Result<RelationshipView> read_relationship(const Container& container) {
  const auto relationship = body(container, Schema::kRelationship, "relationship");
  if (!relationship) return mismatch();
  const auto identity = Fingerprint::parse(relationship->find("identity")->string());
  if (!identity) return std::unexpected(identity.error());
  const std::string_view type = relationship->find("type")->string();
  for (const auto each :
       {RelationshipType::kConnection, RelationshipType::kPublisher, RelationshipType::kHost}) {
    if (type == name_of(each)) return RelationshipView{each, *identity};
  }
  return mismatch();
}

Result<std::vector<std::string_view>> read_node_ips(const Container& container) {
  const auto node = body(container, Schema::kNodeInformation, "node");
  if (!node) return mismatch();
  std::vector<std::string_view> ips;
  for (auto ip = node->find("ips")->first_child(); ip; ip = ip->next_sibling()) {
    ips.push_back(ip->string());
  }
  return ips;
}

Result<void> read_updates(const Container& container, std::vector<Identifier>& out) {
  const auto sdmp = body(container, Schema::kResource, "sdmp");
  if (!sdmp) return mismatch();
  const auto updates = sdmp->find("updates");
  if (!updates) return {};
  for (auto update = updates->first_child(); update; update = update->next_sibling()) {
    const auto identifier = Identifier::parse(update->string());
    if (!identifier) return std::unexpected(identifier.error());
    out.push_back(*identifier);
  }
  return {};
}

std::string build_identity(const PrivateKey& key, IdentityType type, UnixMillis created,
                           UnixMillis expires) {
  std::string members = member_object("identity");
  append_member("type", type == IdentityType::kUser ? "user" : "node", members);
  append_member("expires", format_timestamp(expires), members);
  append_member("key", base64url_encode(key.public_key().spki()), members);
  return build(key, created, Schema::kIdentity, std::move(members));
}

std::string build_node_information(const PrivateKey& key, UnixMillis created, std::string_view name,
                                   std::span<const std::string> ips,
                                   std::span<const Identifier> updates) {
  std::string members = member_object("node");
  append_member("name", name, members);
  members.append(R"(,"ips":[)");
  for (const std::string& ip : ips) {
    if (members.back() != '[') members.push_back(',');
    json::append_string(ip, members);
  }
  members.push_back(']');
  return build(key, created, Schema::kNodeInformation, std::move(members), updates);
}

std::string build_user_information(const PrivateKey& key, UnixMillis created, std::string_view name,
                                   std::string_view about) {
  std::string members = member_object("user");
  append_member("name", name, members);
  append_member("about", about, members);
  return build(key, created, Schema::kUserInformation, std::move(members));
}

std::string build_relationship(const PrivateKey& key, UnixMillis created, RelationshipType type,
                               const Fingerprint& identity) {
  std::string members = member_object("relationship");
  append_member("type", name_of(type), members);
  append_member("identity", identity.text(), members);
  return build(key, created, Schema::kRelationship, std::move(members));
}

std::string build_post(const PrivateKey& key, UnixMillis created, std::string_view title,
                       std::string_view content, std::span<const Identifier> updates) {
  std::string members = member_object("post");
  if (!title.empty()) append_member("title", title, members);
  append_member("content", content, members);
  return build(key, created, Schema::kPost, std::move(members), updates);
}

std::string build_deletion(const PrivateKey& key, UnixMillis created,
                           std::span<const Identifier> updates) {
  const std::array schemas{name(Schema::kResource)};
  return build_container(key, created, schemas, {}, updates);
}

Result<ResourceUri> parse_uri(std::string_view text) {
  constexpr std::string_view kScheme = "sdmp://";
  if (!text.starts_with(kScheme)) return std::unexpected(Error::kUri);
  text.remove_prefix(kScheme.size());
  const auto publisher = Fingerprint::parse(text.substr(0, kDigestTextSize));
  if (!publisher) return std::unexpected(Error::kUri);
  text.remove_prefix(kDigestTextSize);
  if (text.empty() || text == "/") return ResourceUri{*publisher, std::nullopt};
  if (text.front() != '/') return std::unexpected(Error::kUri);
  const auto resource = Identifier::parse(text.substr(1));
  if (!resource) return std::unexpected(Error::kUri);
  return ResourceUri{*publisher, *resource};
}

std::string format_uri(const Fingerprint& publisher, const Identifier& resource) {
  return "sdmp://" + publisher.text() + "/" + resource.text();
}

}  // namespace sdmp::codec
