// The four synchronization messages (SYN-3 ... SYN-8): readers over a parsed Container, and the
// payload bodies to build them. Unknown members are ignored (P-JWS).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/container.h"
#include "codec/journal.h"

namespace sdmp::codec {

inline constexpr std::size_t kRequestIdentifierMax = 40;  // characters, ASCII (SYN-6)
inline constexpr std::size_t kDescriptionMax = 40;        // characters, ASCII (SYN-7)

struct JournalRequest {
  LineNumber since;  // a since that is not 86 base64url characters cannot name a line: since_known
  bool since_known = true;      // false then: answered from the beginning
  std::string_view since_text;  // as sent
  std::optional<std::uint64_t> limit;
};
struct JournalUpdate {
  LineNumber since;
  std::vector<JournalEntry> entries;
};
struct ResourceRequest {
  std::string_view identifier;
  Fingerprint author;
  Identifier resource;
};
enum class ResponseStatus : std::uint16_t { kOk = 200, kBadRequest = 400, kNotFound = 404 };
struct ResourceResponse {
  std::optional<ResponseStatus> status;
  std::optional<std::string_view> request;
  std::optional<std::string_view> description;
  std::optional<json::Value> content;  // an object; content->raw() is the exact sub-text
};

// Each precondition: container.first_schema() is the matching one. kMessageBody when malformed.
Result<JournalRequest> read_journal_request(const Container& container);
// `out` is overwritten; its memory is reused. Each line is checked on its own; whether the entries
// continue each other and what is known is for the caller, who hashes them anyway (P-SYN).
Result<void> read_journal_update(const Container& container, JournalUpdate& out);
Result<ResourceRequest> read_resource_request(const Container& container);
// The request.identifier alone, for answering 400: present only when it is a string of at most 40
// ASCII characters (P-SYN).
std::optional<std::string_view> read_request_identifier(const Container& container);
Result<ResourceResponse> read_resource_response(const Container& container);

// Payload bodies for build_container, with the schema name that goes first.
std::string journal_request_body(const LineNumber& since, std::optional<std::uint64_t> limit);
// `since_text` is copied as it is: an echo of what was asked, or LineNumber::text().
std::string journal_update_body(std::string_view since_text, std::span<const JournalEntry> entries);
std::string resource_request_body(std::string_view identifier, const Fingerprint& author,
                                  const Identifier& resource);
// `content` is copied verbatim when not empty; `request` and `status` only in answers.
std::string resource_response_body(std::optional<ResponseStatus> status,
                                   std::optional<std::string_view> request,
                                   std::string_view content);

}  // namespace sdmp::codec
