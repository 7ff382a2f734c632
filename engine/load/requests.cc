#include "engine/load/requests.h"

#include <utility>

#include "codec/sync_message.h"

namespace sdmp::load {

std::string Requests::ask(const Arrived::Line& line, std::int64_t now_ns) {
  const std::string identifier = std::to_string(++count_);
  asked_.emplace(identifier, Asked{line, now_ns});
  return codec::resource_request_body(identifier, line.publisher, line.resource);
}

std::optional<Requests::Asked> Requests::answered(const std::string& identifier) {
  const auto asked = asked_.extract(identifier);
  if (!asked) return std::nullopt;
  return std::move(asked.mapped());
}

void Requests::lose_answers() {
  for (const auto& [identifier, asked] : asked_) to_ask_.push_back(asked.line);
  asked_.clear();
}

}  // namespace sdmp::load
