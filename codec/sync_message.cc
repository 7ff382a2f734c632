#include "codec/sync_message.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "codec/base64url.h"

namespace sdmp::codec {
namespace {

std::unexpected<Error> malformed() {
  return std::unexpected(Error::kMessageBody);
}

std::optional<std::string_view> string_member(json::Value object, std::string_view name) {
  const auto member = object.find(name);
  if (!member || !member->is_string()) return std::nullopt;
  return member->string();
}

// The root member `request` or `data`, when it is an object of this `type`.
std::optional<json::Value> body(const Container& container, std::string_view member,
                                std::string_view type) {
  const auto object = container.payload->find(member);
  if (!object || string_member(*object, "type") != type) return std::nullopt;
  return object;
}

bool is_short_ascii(std::string_view text, std::size_t size_max) {
  return text.size() <= size_max && std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<std::uint8_t>(c) < 0x80;
         });
}

// A non-negative integer token; what exceeds 64 bits caps nothing and becomes the largest value.
std::optional<std::uint64_t> read_limit(json::Value value) {
  if (value.type() != json::Type::kNumber) return std::nullopt;
  const std::string_view token = value.raw();
  if (!std::all_of(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  std::uint64_t limit = 0;
  const auto status = std::from_chars(token.data(), token.data() + token.size(), limit).ec;
  return status == std::errc{} ? limit : std::numeric_limits<std::uint64_t>::max();
}

// An optional member that is a short ASCII string when present. False when it is anything else.
bool read_short_text(json::Value object, std::string_view name, std::size_t size_max,
                     std::optional<std::string_view>& out) {
  const auto member = object.find(name);
  if (!member) return true;
  if (!member->is_string() || !is_short_ascii(member->string(), size_max)) return false;
  out = member->string();
  return true;
}

bool read_status(json::Value data, std::optional<ResponseStatus>& out) {
  const auto member = data.find("status");
  if (!member) return true;
  const auto number = member->integer();
  for (const auto status :
       {ResponseStatus::kOk, ResponseStatus::kBadRequest, ResponseStatus::kNotFound}) {
    if (number == static_cast<std::int64_t>(status)) out = status;
  }
  return out.has_value();
}

}  // namespace

Result<JournalRequest> read_journal_request(const Container& container) {
  const auto request = body(container, "request", "journal");
  if (!request) return malformed();
  const auto since = string_member(*request, "since");
  if (!since) return malformed();
  JournalRequest message;
  message.since_text = *since;
  const auto number = LineNumber::parse(*since);
  message.since_known = number.has_value();
  if (number) message.since = *number;
  if (const auto limit = request->find("limit")) {
    message.limit = read_limit(*limit);
    if (!message.limit) return malformed();
  }
  return message;
}

Result<void> read_journal_update(const Container& container, JournalUpdate& out) {
  out.entries.clear();
  const auto data = body(container, "data", "journal");
  if (!data) return malformed();
  const auto since_text = string_member(*data, "since");
  const auto entries = data->find("entries");
  if (!since_text || !entries || !entries->is_array()) return malformed();
  const auto since = LineNumber::parse(*since_text);
  if (!since) return malformed();
  out.since = *since;
  out.entries.reserve(entries->count());
  for (auto line = entries->first_child(); line; line = line->next_sibling()) {
    if (!line->is_string()) return malformed();
    const auto entry = JournalEntry::parse(line->string());
    if (!entry) return malformed();
    out.entries.push_back(*entry);
  }
  return {};
}

Result<ResourceRequest> read_resource_request(const Container& container) {
  const auto request = body(container, "request", "resource");
  const auto identifier = read_request_identifier(container);
  if (!request || !identifier) return malformed();
  const auto author = string_member(*request, "author");
  const auto resource = string_member(*request, "resource");
  if (!author || !resource) return malformed();
  const auto publisher = Fingerprint::parse(*author);
  const auto name = Identifier::parse(*resource);
  if (!publisher || !name) return malformed();
  return ResourceRequest{*identifier, *publisher, *name};
}

std::optional<std::string_view> read_request_identifier(const Container& container) {
  const auto request = container.payload->find("request");
  if (!request) return std::nullopt;
  const auto identifier = string_member(*request, "identifier");
  if (!identifier || !is_short_ascii(*identifier, kRequestIdentifierMax)) return std::nullopt;
  return identifier;
}

Result<ResourceResponse> read_resource_response(const Container& container) {
  const auto data = body(container, "data", "resource");
  if (!data) return malformed();
  ResourceResponse message;
  if (!read_status(*data, message.status) ||
      !read_short_text(*data, "request", kRequestIdentifierMax, message.request) ||
      !read_short_text(*data, "description", kDescriptionMax, message.description)) {
    return malformed();
  }
  // A status may stand alone: the 400 for a request whose identifier cannot be echoed (P-SYN).
  if (message.request && !message.status) return malformed();
  message.content = data->find("content");
  if (message.content && !message.content->is_object()) return malformed();
  return message;
}

std::string journal_request_body(const LineNumber& since, std::optional<std::uint64_t> limit) {
  std::string text = R"("request":{"type":"journal","since":")";
  base64url_append(since.bytes(), text);
  text.push_back('"');
  if (limit) text.append(R"(,"limit":)").append(std::to_string(*limit));
  text.push_back('}');
  return text;
}

std::string journal_update_body(std::string_view since_text,
                                std::span<const JournalEntry> entries) {
  std::string text = R"("data":{"type":"journal","since":)";
  text.reserve(128 + since_text.size() + entries.size() * (kJournalLineSize + 3));
  json::append_string(since_text, text);
  text.append(R"(,"entries":[)");
  for (const JournalEntry& entry : entries) {
    text.append(text.back() == '[' ? "\"" : ",\"");
    const std::size_t at = text.size();
    text.resize(at + kJournalLineSize);
    entry.write_text(text.data() + at);
    text.push_back('"');
  }
  text.append("]}");
  return text;
}

std::string resource_request_body(std::string_view identifier, const Fingerprint& author,
                                  const Identifier& resource) {
  std::string text = R"("request":{"type":"resource","identifier":)";
  json::append_string(identifier, text);
  text.append(R"(,"author":")");
  base64url_append(author.bytes(), text);
  text.append(R"(","resource":")");
  base64url_append(resource.bytes(), text);
  text.append("\"}");
  return text;
}

std::string resource_response_body(std::optional<ResponseStatus> status,
                                   std::optional<std::string_view> request,
                                   std::string_view content) {
  std::string text = R"("data":{"type":"resource")";
  text.reserve(128 + content.size());
  if (status) {
    text.append(R"(,"status":)").append(std::to_string(static_cast<int>(*status)));
  }
  if (request) {
    text.append(R"(,"request":)");
    json::append_string(*request, text);
  }
  if (!content.empty()) text.append(R"(,"content":)").append(content);
  text.push_back('}');
  return text;
}

}  // namespace sdmp::codec
