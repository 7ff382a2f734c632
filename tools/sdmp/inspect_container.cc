#include "codec/base64url.h"
#include "codec/connection_object.h"
#include "codec/resource.h"
#include "codec/sync_message.h"
#include "tools/sdmp/inspection.h"

namespace sdmp::tools {
namespace {

using codec::Schema;

// The publisher's key: from an identity that the input held before, else from the home's store.
std::optional<codec::PublicKey> find_key(const codec::Container& container,
                                         const Inspection& inspection) {
  const auto seen = inspection.keys.find(container.publisher);
  if (seen != inspection.keys.end()) return seen->second;
  if (inspection.opened == nullptr) return std::nullopt;
  store::Reader& reader = *inspection.opened->reader;
  codec::ContainerReader containers;
  for (const auto& identifier : reader.current(Schema::kIdentity)) {
    const auto stored = reader.find(identifier);
    if (!stored || stored->publisher != container.publisher) continue;
    const auto identity = containers.parse_copy(stored->container);
    if (!identity) continue;
    if (auto key = codec::verify_identity(*identity)) return *key;
  }
  return std::nullopt;
}

void explain_signature(Inspection& inspection, const codec::Container& container, Layer& layer) {
  const auto signature = codec::base64url_decode(container.jws.signature);
  if (!signature) {
    inspection.fault(layer, "signature: " + std::string(codec::explain(signature.error())));
    return;
  }
  layer.number("signature_octets", signature->size());
  if (container.lists(Schema::kIdentity)) {
    const auto own = codec::verify_identity(container);
    if (!own) {
      inspection.fault(layer, "by its own key: " + std::string(codec::explain(own.error())));
      return;
    }
    inspection.keys.emplace(own->fingerprint(), *own);
  }
  const auto key = find_key(container, inspection);
  if (!key) {
    layer.text("signature",
               inspection.opened == nullptr
                   ? "not checked: the publisher's key is not known (give --home DIR to look it up)"
                   : "not checked: the publisher's identity is not in this home's store");
    return;
  }
  const auto verified = container.verify(*key);
  layer.text("signature", verified ? "verifies with the publisher's key" : "DOES NOT VERIFY");
  if (!verified) inspection.fault(layer, std::string(codec::explain(verified.error())));
}

void explain_header(const codec::Container& container, Layer& layer) {
  const auto header = codec::base64url_decode(container.jws.protected_header);
  if (header) layer.json("protected", codec::as_text(*header));
}

std::vector<std::string> schema_names(const codec::Container& container) {
  std::vector<std::string> names;
  const auto list = container.payload->find("sdmp")->find("schemas");
  for (auto entry = list->first_child(); entry; entry = entry->next_sibling()) {
    names.emplace_back(entry->string());
  }
  return names;
}

void explain_connection(Inspection& inspection, const codec::Container& container, Layer& layer) {
  Layer connection("connection");
  const auto shape = codec::check_connection_shape(container);
  const auto parameters =
      shape ? codec::read_connection(container)
            : codec::Result<codec::ConnectionParameters>(std::unexpected(shape.error()));
  if (parameters) {
    connection.text("group", codec::name(parameters->group));
    connection.number("public_value_octets", parameters->public_value.size());
  } else {
    inspection.fault(connection, "refused: " + std::string(codec::explain(parameters.error())));
  }
  layer.layer(std::move(connection));
}

// P-SYN: a chain that is broken inside one update makes the update malformed.
void explain_entries(Inspection& inspection, const codec::JournalUpdate& update, Layer& message) {
  message.number("entries", update.entries.size());
  for (std::size_t i = 1; i < update.entries.size(); ++i) {
    if (update.entries[i].number == codec::number_after(update.entries[i - 1])) continue;
    inspection.fault(message, "entry " + std::to_string(i + 1) + " does not continue entry " +
                                  std::to_string(i) + " (JRN-4)");
    return;
  }
}

codec::Result<void> explain_journal_message(Inspection& inspection,
                                            const codec::Container& container, Layer& message) {
  if (container.first_schema() == Schema::kJournalUpdate) {
    codec::JournalUpdate update;
    if (auto read = codec::read_journal_update(container, update); !read) return read;
    message.text("since", update.since.text());
    explain_entries(inspection, update, message);
    return {};
  }
  const auto request = codec::read_journal_request(container);
  if (!request) return std::unexpected(request.error());
  message.text("since", request->since_text);
  if (request->limit) message.number("limit", *request->limit);
  return {};
}

codec::Result<void> explain_response(Inspection& inspection, const codec::Container& container,
                                     Layer& message) {
  const auto response = codec::read_resource_response(container);
  if (!response) return std::unexpected(response.error());
  if (response->status) message.number("status", static_cast<std::uint64_t>(*response->status));
  if (response->request) message.text("request", *response->request);
  if (response->description) message.text("description", *response->description);
  if (response->content) {
    Layer content("container");
    explain_container(inspection, response->content->raw(), content);
    message.layer(std::move(content));
  }
  return {};
}

codec::Result<void> explain_request(const codec::Container& container, Layer& message) {
  const auto request = codec::read_resource_request(container);
  if (!request) return std::unexpected(request.error());
  message.text("identifier", request->identifier);
  message.text("address", codec::format_uri(request->author, request->resource));
  return {};
}

void explain_message(Inspection& inspection, const codec::Container& container, Layer& layer) {
  Layer message(codec::name(container.first_schema()));
  codec::Result<void> read;
  switch (container.first_schema()) {
    case Schema::kJournalRequest:
    case Schema::kJournalUpdate:
      read = explain_journal_message(inspection, container, message);
      break;
    case Schema::kResourceRequest:
      read = explain_request(container, message);
      break;
    case Schema::kResourceResponse:
      read = explain_response(inspection, container, message);
      break;
    default:
      return;
  }
  if (!read) inspection.fault(message, std::string(codec::explain(read.error())));
  layer.layer(std::move(message));
}

}  // namespace

void explain_container(Inspection& inspection, std::string_view text, Layer& layer) {
  layer.number("octets", text.size());
  codec::ContainerReader containers;
  const auto parsed = containers.parse_copy(text);
  if (!parsed) {
    inspection.fault(layer, std::string(codec::explain(parsed.error())));
    return;
  }
  const codec::Container& container = *parsed;
  explain_header(container, layer);
  explain_signature(inspection, container, layer);
  layer.text("identifier", container.identifier().text());
  layer.text("publisher", container.publisher.text());
  layer.text("created", codec::format_timestamp(container.created));
  layer.text("version", container.version);
  layer.texts("schemas", schema_names(container));
  if (codec::is_resource(container)) {
    layer.text("address", codec::format_uri(container.publisher, container.identifier()));
  }
  layer.number("payload_octets", container.payload_text.size());
  layer.json("payload", container.payload_text);
  if (container.first_schema() == Schema::kConnection) {
    explain_connection(inspection, container, layer);
  }
  explain_message(inspection, container, layer);
}

}  // namespace sdmp::tools
