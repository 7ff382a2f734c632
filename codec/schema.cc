#include "codec/schema.h"

#include <array>
#include <string_view>
#include <vector>

#include "codec/base64url.h"
#include "codec/digest.h"
#include "codec/distinct.h"
#include "codec/socket_address.h"
#include "codec/timestamp.h"

namespace sdmp::codec {
namespace {

std::optional<json::Value> object_member(json::Value object, std::string_view name) {
  const auto member = object.find(name);
  if (!member || !member->is_object()) return std::nullopt;
  return member;
}

std::optional<std::string_view> string_member(json::Value object, std::string_view name) {
  const auto member = object.find(name);
  if (!member || !member->is_string()) return std::nullopt;
  return member->string();
}

bool absent_or_string(json::Value object, std::string_view name) {
  const auto member = object.find(name);
  return !member || member->is_string();
}

bool absent_or_object(json::Value object, std::string_view name) {
  const auto member = object.find(name);
  return !member || member->is_object();
}

bool is_base64url(std::string_view text) {
  thread_local ByteVector octets;
  if (octets.size() < text.size()) octets.resize(text.size());
  return base64url_decode(text, octets.data()).has_value();
}

bool absent_or_base64url(json::Value object, std::string_view name) {
  const auto member = object.find(name);
  return !member || (member->is_string() && is_base64url(member->string()));
}

// RES-5.
bool is_identity(json::Value payload) {
  const auto identity = object_member(payload, "identity");
  if (!identity) return false;
  const auto type = string_member(*identity, "type");
  const auto expires = string_member(*identity, "expires");
  const auto key = string_member(*identity, "key");
  return (type == "user" || type == "node") && expires && parse_timestamp(*expires) && key &&
         !key->empty() && is_base64url(*key);
}

// RES-6. The schema file asks for a name, the text does not (Errata 4).
bool is_node_information(json::Value payload) {
  const auto node = object_member(payload, "node");
  if (!node || !absent_or_string(*node, "name")) return false;
  const auto ips = node->find("ips");
  if (!ips || !ips->is_array()) return false;
  for (auto ip = ips->first_child(); ip; ip = ip->next_sibling()) {
    if (!ip->is_string() || !is_socket_address(ip->string())) return false;
  }
  return true;
}

// RES-7.
bool is_user_information(json::Value payload) {
  const auto user = object_member(payload, "user");
  return user && absent_or_string(*user, "name") && absent_or_string(*user, "about");
}

// RES-8.
bool is_relationship(json::Value payload) {
  const auto relationship = object_member(payload, "relationship");
  if (!relationship) return false;
  const auto type = string_member(*relationship, "type");
  const auto identity = string_member(*relationship, "identity");
  return (type == "connection" || type == "publisher" || type == "host") && identity &&
         Fingerprint::parse(*identity);
}

// RES-9.
bool is_post(json::Value payload) {
  const auto post = object_member(payload, "post");
  return post && absent_or_string(*post, "title") && absent_or_string(*post, "subtitle") &&
         string_member(*post, "content");
}

// RES-10.
bool is_message(json::Value payload) {
  return string_member(payload, "message").has_value();
}
bool is_message_receipt(json::Value payload) {
  const auto receipt = string_member(payload, "receipt");
  return receipt && Identifier::parse(*receipt);
}

// What RFC 7516 section 7.2.1 asks for beside a recipient: some header that can carry alg and enc.
bool is_recipient(json::Value recipient, bool shared_header) {
  return recipient.is_object() && absent_or_object(recipient, "header") &&
         absent_or_base64url(recipient, "encrypted_key") &&
         (shared_header || recipient.find("header"));
}

// RES-11: the shape of a JWE in general or flattened JSON serialization.
bool is_encrypted(json::Value payload) {
  const auto jwe = object_member(payload, "encrypted");
  if (!jwe) return false;
  const auto ciphertext = string_member(*jwe, "ciphertext");
  if (!ciphertext || !is_base64url(*ciphertext)) return false;
  constexpr std::array<std::string_view, 4> kTexts{"protected", "iv", "aad", "tag"};
  for (const std::string_view text : kTexts) {
    if (!absent_or_base64url(*jwe, text)) return false;
  }
  if (!absent_or_object(*jwe, "unprotected")) return false;
  const bool shared_header = jwe->find("protected") || jwe->find("unprotected");
  const auto recipients = jwe->find("recipients");
  if (!recipients) return is_recipient(*jwe, shared_header);
  if (!recipients->is_array() || recipients->count() == 0 || jwe->find("header") ||
      jwe->find("encrypted_key")) {
    return false;
  }
  for (auto recipient = recipients->first_child(); recipient;
       recipient = recipient->next_sibling()) {
    if (!is_recipient(*recipient, shared_header)) return false;
  }
  return true;
}

// RES-4.
bool is_resource_payload(json::Value payload) {
  const auto sdmp = object_member(payload, "sdmp");
  if (!sdmp) return false;
  const auto updates = sdmp->find("updates");
  if (!updates) return true;
  if (!updates->is_array() || updates->count() == 0) return false;
  thread_local std::vector<std::string_view> texts;
  texts.clear();
  for (auto update = updates->first_child(); update; update = update->next_sibling()) {
    if (!update->is_string() || !Identifier::parse(update->string())) return false;
    texts.push_back(update->string());
  }
  return all_distinct(texts);
}

bool satisfies(Schema schema, json::Value payload) {
  switch (schema) {
    case Schema::kEncrypted:
      return is_encrypted(payload);
    case Schema::kIdentity:
      return is_identity(payload);
    case Schema::kMessage:
      return is_message(payload);
    case Schema::kMessageReceipt:
      return is_message_receipt(payload);
    case Schema::kNodeInformation:
      return is_node_information(payload);
    case Schema::kPost:
      return is_post(payload);
    case Schema::kRelationship:
      return is_relationship(payload);
    case Schema::kResource:
      return is_resource_payload(payload);
    case Schema::kUserInformation:
      return is_user_information(payload);
    case Schema::kConnection:
    case Schema::kJournalRequest:
    case Schema::kJournalUpdate:
    case Schema::kResourceRequest:
    case Schema::kResourceResponse:
    case Schema::kOther:
      return true;
  }
  return false;
}

}  // namespace

Result<void> check_schema(Schema schema, json::Value payload) {
  if (!satisfies(schema, payload)) return std::unexpected(Error::kSchemaMismatch);
  return {};
}

}  // namespace sdmp::codec
