// SDMP containers (CON-1 ... CON-6): a JWS whose payload is a JSON object with a sdmp member.
//
// A Container is parsed to views over memory owned by a ContainerReader: no copy of the text is
// made except for the decoded payload. It is structure only: nothing here verifies a signature
// until verify() is called, because cheap checks come first (P-HS).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/digest.h"
#include "codec/error.h"
#include "codec/json.h"
#include "codec/jws.h"
#include "codec/key.h"
#include "codec/timestamp.h"

namespace sdmp::codec {

// The reserved schema names of CON-5; kOther is a schema named by URI.
enum class Schema : std::uint8_t {
  kConnection,
  kEncrypted,
  kIdentity,
  kJournalRequest,
  kJournalUpdate,
  kMessage,
  kMessageReceipt,
  kNodeInformation,
  kPost,
  kRelationship,
  kResource,
  kResourceRequest,
  kResourceResponse,
  kUserInformation,
  kOther,
};
inline constexpr std::size_t kReservedSchemas = 14;

std::string_view name(Schema schema);          // "connection", ...; "" for kOther
Schema schema_by_name(std::string_view text);  // kOther when not reserved

inline constexpr std::string_view kWrittenVersion = "0.10.4";

// Views into the ContainerReader that parsed it; valid until that reader parses again or ends.
struct Container {
  std::string_view text;  // the exact bytes given
  JwsView jws;
  JwsAlgorithm algorithm = JwsAlgorithm::kOther;
  std::string_view payload_text;       // the decoded payload: JSON text
  std::optional<json::Value> payload;  // always set after parse
  std::string_view version;
  Fingerprint publisher;
  UnixMillis created = 0;
  // In order, reserved or not; schemas[0] is first_schema. Names of kOther ones: payload.
  std::span<const Schema> schemas;

  Schema first_schema() const { return schemas.front(); }
  bool lists(Schema schema) const;
  // SHA-512 over the base64url payload text (RES-2, P-ID). Computed on each call.
  Identifier identifier() const;
  // Verifies with the publisher's key; kSignature also when `key` is not the publisher's.
  Result<void> verify(const PublicKey& key) const;
};

// Parses containers; reuse one per thread and nesting level. Thread rule: one thread at a time.
class ContainerReader {
 public:
  ContainerReader();
  ~ContainerReader();
  ContainerReader(ContainerReader&&) noexcept;
  ContainerReader& operator=(ContainerReader&&) noexcept;

  // JWS shape, protected header (kid must equal sdmp.publisher), payload, the sdmp member, then
  // each listed reserved schema in order (CON-6, codec/schema.h). Any codec error of input.
  Result<Container> parse(PaddedText text);
  Result<Container> parse_copy(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Builds payloads. `body` is appended verbatim behind the sdmp member: either empty or JSON
// members ("\"post\":{...}") without the leading comma. `updates` fills sdmp.updates when not
// empty.
std::string build_payload(const Fingerprint& publisher, UnixMillis created,
                          std::span<const std::string_view> schemas, std::string_view body,
                          std::span<const Identifier> updates = {});

// build_payload for the key's own fingerprint, then sign_jws: the text of a container.
std::string build_container(const PrivateKey& key, UnixMillis created,
                            std::span<const std::string_view> schemas, std::string_view body,
                            std::span<const Identifier> updates = {});

}  // namespace sdmp::codec
