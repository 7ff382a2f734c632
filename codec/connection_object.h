// Connection objects (SES-2, SES-3, SES-4, P-HS): containers that list exactly one schema,
// `connection`, and hold g, p and N.
#pragma once

#include <string>

#include "codec/container.h"
#include "codec/key_agreement.h"

namespace sdmp::codec {

struct ConnectionParameters {
  Group group;
  ByteVector public_value;  // N, of the length and range that P-HS asks for
};

// Shape only, no group: exactly the schema `connection`, the members sdmp{version, publisher,
// created, schemas} and connection{g, p, N} and nothing else at either level or beside them.
// kSchemas, kConnectionMember, kPayloadShape, kBase64.
Result<void> check_connection_shape(const Container& container);
// g, p and N (kGroup, kPublicValue, kBase64). Precondition: check_connection_shape passed.
Result<ConnectionParameters> read_connection(const Container& container);

std::string build_connection_object(const PrivateKey& key, UnixMillis created, Group group,
                                    Bytes public_value);

}  // namespace sdmp::codec
