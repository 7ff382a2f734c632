// Arbitrary payloads inside a well-formed JWS: reaches the schema checks and the readers of the
// four sync messages that a random JWS text rarely gets to.
#include <cstdint>
#include <cstdlib>

#include "codec/base64url.h"
#include "codec/connection_object.h"
#include "codec/container.h"
#include "codec/resource.h"
#include "codec/sync_message.h"

using namespace sdmp::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ContainerReader reader;
  static ContainerReader content_reader;
  static const std::string header = base64url_encode(as_bytes(R"({"alg":"EdDSA"})"));
  const std::string text = R"({"payload":")" + base64url_encode({data, size}) +
                           R"(","signatures":[{"protected":")" + header +
                           R"(","signature":"AAAA"}]})";
  const auto container = reader.parse_copy(text);
  if (!container) return 0;
  if (container->payload_text != as_text({data, size})) std::abort();
  JournalUpdate update;
  switch (container->first_schema()) {
    case Schema::kJournalRequest:
      (void)read_journal_request(*container);
      break;
    case Schema::kJournalUpdate:
      if (read_journal_update(*container, update)) {
        for (const auto& entry : update.entries) {
          if (JournalEntry::parse(entry.text()) != entry) std::abort();
        }
      }
      break;
    case Schema::kResourceRequest:
      (void)read_resource_request(*container);
      (void)read_request_identifier(*container);
      break;
    case Schema::kResourceResponse:
      if (const auto response = read_resource_response(*container); response && response->content) {
        const std::string_view raw = response->content->raw();
        (void)content_reader.parse({raw.data(), raw.size()});
      }
      break;
    case Schema::kConnection:
      if (check_connection_shape(*container)) (void)read_connection(*container);
      break;
    default:
      (void)verify_identity(*container);
      break;
  }
  return 0;
}
