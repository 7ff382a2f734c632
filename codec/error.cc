#include "codec/error.h"

#include <array>

#include "codec/check.h"

namespace sdmp::codec {
namespace {

struct Entry {
  Error error;
  std::string_view name;
  std::string_view sentence;
};

// In the order of the enum: the value is the index, which the tests check.
constexpr std::array kEntries{
    Entry{Error::kBase64, "base64", "A text is not canonical unpadded base64url"},
    Entry{Error::kUtf8, "utf8", "The text is not valid UTF-8 or escapes a lone surrogate"},
    Entry{Error::kJsonSyntax, "json_syntax", "The text is not exactly one JSON value"},
    Entry{Error::kJsonDuplicate, "json_duplicate", "A JSON object has the same member twice"},
    Entry{Error::kJsonTooDeep, "json_too_deep", "The JSON is nested deeper than 16 levels"},
    Entry{Error::kTimestamp, "timestamp",
          "A timestamp is not a moment written as YYYY-MM-DDThh:mm:ss.mmmZ"},
    Entry{Error::kUri, "uri", "The text is not a sdmp: URI of a resource or an identity"},
    Entry{Error::kJournalLine, "journal_line",
          "A journal line is not of the form NUMBER@PUBLISHER/RESOURCE"},
    Entry{Error::kJwsShape, "jws_shape",
          "The JWS object has a member missing, extra or of a wrong type, or not one signature"},
    Entry{Error::kJwsHeader, "jws_header",
          "The protected JWS header has members other than alg and kid, or lacks alg"},
    Entry{Error::kJwsAlgorithm, "jws_algorithm",
          "The JWS algorithm is not the one that the signer's key calls for"},
    Entry{Error::kJwsKeyId, "jws_key_id", "The JWS key id differs from the container's publisher"},
    Entry{Error::kSignature, "signature", "The signature does not verify"},
    Entry{Error::kPayloadShape, "payload_shape",
          "A required member of the payload is missing or of a wrong type"},
    Entry{Error::kVersion, "version", "The container's version is not a semver of 0.10"},
    Entry{Error::kPublisher, "publisher",
          "The container's publisher is not the fingerprint that it must be"},
    Entry{Error::kSchemas, "schemas",
          "The container's list of schemas is empty, repeats a schema or names one that is no URI"},
    Entry{Error::kSchemaMismatch, "schema_mismatch",
          "The payload does not satisfy a schema that it lists"},
    Entry{Error::kConnectionMember, "connection_member",
          "The connection object has a member that it may not have"},
    Entry{Error::kMessageBody, "message_body", "The synchronization message is malformed"},
    Entry{Error::kKeyEncoding, "key_encoding", "The key is not in its canonical DER form"},
    Entry{Error::kKeyUnsupported, "key_unsupported",
          "The key is of an algorithm, size or parameter that is not supported"},
    Entry{Error::kKeyWeak, "key_weak", "The key is degenerate and gives no security"},
    Entry{Error::kGroup, "group", "The key agreement group is none of the accepted ones"},
    Entry{Error::kPublicValue, "public_value",
          "The public value of the key agreement is out of its range"},
    Entry{Error::kFrameHeader, "frame_header",
          "The frame header announces no blocks or more than 65536"},
    Entry{Error::kFrameTooLarge, "frame_too_large", "The frame is larger than the limit"},
    Entry{Error::kFrameTag, "frame_tag", "The frame failed its authentication"},
    Entry{Error::kDeflateData, "deflate_data", "The frame is not one complete DEFLATE stream"},
    Entry{Error::kInflatedTooLarge, "inflated_too_large",
          "The frame's text inflates beyond the limit"},
    Entry{Error::kFramePadding, "frame_padding", "The frame's padding is not minimal or not zero"},
    Entry{Error::kFrameText, "frame_text", "The frame's text is not a JSON object"},
    Entry{Error::kOutputTooSmall, "output_too_small",
          "The result does not fit the buffer or the configured limit"},
    Entry{Error::kCryptoLibrary, "crypto_library",
          "A cryptographic library refused an operation that cannot fail on good input"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kEntries.size(); ++i) {
    if (static_cast<std::size_t>(kEntries[i].error) != i) return false;
  }
  return true;
}
static_assert(in_order());

const Entry& entry_of(Error error) {
  const auto index = static_cast<std::size_t>(error);
  SDMP_CHECK(index < kEntries.size());
  return kEntries[index];
}

}  // namespace

std::string_view name(Error error) {
  return entry_of(error).name;
}
std::string_view explain(Error error) {
  return entry_of(error).sentence;
}

}  // namespace sdmp::codec
