#include "codec/connection_object.h"

#include <algorithm>

#include "codec/base64url.h"

namespace sdmp::codec {
namespace {

// Whether every member of `object` is one of `allowed`.
bool has_only(json::Value object, std::initializer_list<std::string_view> allowed) {
  for (auto member = object.first_child(); member; member = member->next_sibling()) {
    if (std::find(allowed.begin(), allowed.end(), member->name()) == allowed.end()) return false;
  }
  return true;
}

// The octets of connection.p or connection.N.
Result<ByteVector> octets_of(json::Value connection, std::string_view name) {
  const auto member = connection.find(name);
  if (!member || !member->is_string()) return std::unexpected(Error::kPayloadShape);
  return base64url_decode(member->string());
}

}  // namespace

Result<void> check_connection_shape(const Container& container) {
  if (container.schemas.size() != 1 || container.first_schema() != Schema::kConnection) {
    return std::unexpected(Error::kSchemas);
  }
  const json::Value payload = *container.payload;
  const auto connection = payload.find("connection");
  if (!connection || !connection->is_object()) return std::unexpected(Error::kPayloadShape);
  if (!has_only(payload, {"sdmp", "connection"}) || !has_only(*connection, {"g", "p", "N"}) ||
      !has_only(*payload.find("sdmp"), {"version", "publisher", "created", "schemas"})) {
    return std::unexpected(Error::kConnectionMember);
  }
  const auto generator = connection->find("g");
  if (!generator || generator->type() != json::Type::kNumber) {
    return std::unexpected(Error::kPayloadShape);
  }
  for (const std::string_view name : {"p", "N"}) {
    if (auto octets = octets_of(*connection, name); !octets) {
      return std::unexpected(octets.error());
    }
  }
  return {};
}

Result<ConnectionParameters> read_connection(const Container& container) {
  const json::Value connection = *container.payload->find("connection");
  // integer() takes plain integer tokens only: 9.0, 9e0 and 2^64+9 name no generator (P-HS).
  const auto generator = connection.find("g")->integer();
  if (!generator) return std::unexpected(Error::kGroup);
  const auto prime = octets_of(connection, "p");
  if (!prime) return std::unexpected(prime.error());
  const auto group = identify_group(*generator, *prime);
  if (!group) return std::unexpected(group.error());
  auto value = octets_of(connection, "N");
  if (!value) return std::unexpected(value.error());
  if (auto checked = EphemeralKey::check_public_value(*group, *value); !checked) {
    return std::unexpected(checked.error());
  }
  return ConnectionParameters{*group, std::move(*value)};
}

std::string build_connection_object(const PrivateKey& key, UnixMillis created, Group group,
                                    Bytes public_value) {
  std::string body = R"("connection":{"g":)";
  body.append(std::to_string(group_generator(group))).append(R"(,"p":")");
  base64url_append(group_prime(group), body);
  body.append(R"(","N":")");
  base64url_append(public_value, body);
  body.append("\"}");
  const std::array schemas{name(Schema::kConnection)};
  return build_container(key, created, schemas, body);
}

}  // namespace sdmp::codec
