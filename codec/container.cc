#include "codec/container.h"

#include <algorithm>

#include "codec/base64url.h"
#include "codec/distinct.h"
#include "codec/padded_buffer.h"
#include "codec/schema.h"
#include "codec/uri.h"
#include "codec/version.h"

namespace sdmp::codec {
namespace {

// In the order of the enum.
constexpr std::array<std::string_view, kReservedSchemas> kSchemaNames{
    "connection",        "encrypted",        "identity",
    "journal_request",   "journal_update",   "message",
    "message_receipt",   "node_information", "post",
    "relationship",      "resource",         "resource_request",
    "resource_response", "user_information"};

Result<std::string_view> required_string(json::Value object, std::string_view name) {
  const auto member = object.find(name);
  if (!member || !member->is_string()) return std::unexpected(Error::kPayloadShape);
  return member->string();
}

Result<void> read_schemas(json::Value sdmp, std::vector<Schema>& schemas,
                          std::vector<std::string_view>& names) {
  const auto list = sdmp.find("schemas");
  if (!list || !list->is_array()) return std::unexpected(Error::kPayloadShape);
  schemas.clear();
  names.clear();
  for (auto entry = list->first_child(); entry; entry = entry->next_sibling()) {
    if (!entry->is_string()) return std::unexpected(Error::kSchemas);
    const Schema schema = schema_by_name(entry->string());
    if (schema == Schema::kOther && !is_uri(entry->string())) {
      return std::unexpected(Error::kSchemas);
    }
    schemas.push_back(schema);
    names.push_back(entry->string());
  }
  if (schemas.empty() || !all_distinct(names)) return std::unexpected(Error::kSchemas);
  return {};
}

// The members of CON-2 to CON-4.
Result<void> read_sdmp(json::Value sdmp, Container& container) {
  const auto version = required_string(sdmp, "version");
  const auto publisher = required_string(sdmp, "publisher");
  const auto created = required_string(sdmp, "created");
  if (!version || !publisher || !created) return std::unexpected(Error::kPayloadShape);
  if (!is_accepted_version(*version)) return std::unexpected(Error::kVersion);
  const auto fingerprint = Fingerprint::parse(*publisher);
  if (!fingerprint) return std::unexpected(Error::kPublisher);
  const auto moment = parse_timestamp(*created);
  if (!moment) return std::unexpected(moment.error());
  container.version = *version;
  container.publisher = *fingerprint;
  container.created = *moment;
  return {};
}

}  // namespace

std::string_view name(Schema schema) {
  const auto index = static_cast<std::size_t>(schema);
  return index < kSchemaNames.size() ? kSchemaNames[index] : std::string_view();
}

Schema schema_by_name(std::string_view text) {
  const auto found = std::find(kSchemaNames.begin(), kSchemaNames.end(), text);
  return static_cast<Schema>(found - kSchemaNames.begin());
}

bool Container::lists(Schema schema) const {
  return std::find(schemas.begin(), schemas.end(), schema) != schemas.end();
}

Identifier Container::identifier() const {
  return {sha512(as_bytes(jws.payload))};
}

Result<void> Container::verify(const PublicKey& key) const {
  if (key.fingerprint() != publisher) return std::unexpected(Error::kSignature);
  return verify_jws(jws, algorithm, key);
}

struct ContainerReader::State {
  json::Document outer;
  json::Document header;
  json::Document payload;
  std::string header_text;
  std::string payload_text;  // decoded, with padding behind; grows only
  std::vector<Schema> schemas;
  std::vector<std::string_view> schema_names;
  PaddedBuffer copy;

  Result<json::Value> decode_payload(Container& container) {
    const std::string_view encoded = container.jws.payload;
    const std::size_t needed = base64url_decoded_size(encoded.size()) + PaddedText::kPadding;
    if (payload_text.size() < needed) payload_text.resize(needed);
    const auto size =
        base64url_decode(encoded, reinterpret_cast<std::uint8_t*>(payload_text.data()));
    if (!size) return std::unexpected(size.error());
    const PaddedText text{payload_text.data(), *size};
    container.payload_text = text.view();
    return payload.parse(text);
  }
};

ContainerReader::ContainerReader() : state_(std::make_unique<State>()) {}
ContainerReader::~ContainerReader() = default;
ContainerReader::ContainerReader(ContainerReader&&) noexcept = default;
ContainerReader& ContainerReader::operator=(ContainerReader&&) noexcept = default;

Result<Container> ContainerReader::parse(PaddedText text) {
  State& state = *state_;
  Container container;
  container.text = text.view();
  const auto jws = parse_jws(state.outer, text);
  if (!jws) return std::unexpected(jws.error());
  container.jws = *jws;
  const auto header = read_jws_header(jws->protected_header, state.header, state.header_text);
  if (!header) return std::unexpected(header.error());
  container.algorithm = header->algorithm;
  const auto payload = state.decode_payload(container);
  if (!payload) return std::unexpected(payload.error());
  container.payload = *payload;

  const auto sdmp = payload->find("sdmp");
  if (!sdmp || !sdmp->is_object()) return std::unexpected(Error::kPayloadShape);
  if (auto read = read_sdmp(*sdmp, container); !read) return std::unexpected(read.error());
  if (header->kid && *header->kid != sdmp->find("publisher")->string()) {
    return std::unexpected(Error::kJwsKeyId);
  }
  if (auto read = read_schemas(*sdmp, state.schemas, state.schema_names); !read) {
    return std::unexpected(read.error());
  }
  container.schemas = state.schemas;
  for (const Schema schema : container.schemas) {
    if (auto checked = check_schema(schema, *payload); !checked) {
      return std::unexpected(checked.error());
    }
  }
  return container;
}

Result<Container> ContainerReader::parse_copy(std::string_view text) {
  return parse(state_->copy.assign(text));
}

std::string build_payload(const Fingerprint& publisher, UnixMillis created,
                          std::span<const std::string_view> schemas, std::string_view body,
                          std::span<const Identifier> updates) {
  std::string text = R"({"sdmp":{"version":")";
  text.reserve(256 + body.size() + updates.size() * (kDigestTextSize + 3));
  text.append(kWrittenVersion).append(R"(","publisher":")");
  base64url_append(publisher.bytes(), text);
  text.append(R"(","created":")").append(format_timestamp(created)).append(R"(","schemas":[)");
  for (const std::string_view schema : schemas) {
    if (text.back() != '[') text.push_back(',');
    json::append_string(schema, text);
  }
  text.push_back(']');
  if (!updates.empty()) {
    text.append(R"(,"updates":[)");
    for (const Identifier& update : updates) {
      text.append(text.back() == '[' ? "\"" : ",\"");
      base64url_append(update.bytes(), text);
      text.push_back('"');
    }
    text.push_back(']');
  }
  text.push_back('}');
  if (!body.empty()) text.append(",").append(body);
  text.push_back('}');
  return text;
}

std::string build_container(const PrivateKey& key, UnixMillis created,
                            std::span<const std::string_view> schemas, std::string_view body,
                            std::span<const Identifier> updates) {
  return sign_jws(build_payload(key.public_key().fingerprint(), created, schemas, body, updates),
                  key);
}

}  // namespace sdmp::codec
