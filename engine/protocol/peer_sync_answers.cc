// Answering the peer: SYN-3, SYN-4, SYN-6, SYN-8, P-SYN. Descriptors wait; bytes are made when
// there is room for them.
#include <algorithm>

#include "codec/check.h"
#include "engine/protocol/peer_sync_active.h"

namespace sdmp::protocol {

RequestName::RequestName(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
  SDMP_CHECK(text.size() <= codec::kRequestIdentifierMax);
  std::ranges::copy(text, characters_.begin());
}

void PeerSync::Active::take_journal_request(const codec::JournalRequest& request) {
  if (round) round->peer_asked = true;
  // Who asks for nothing of the journal has no use for what it names.
  sync.declines_pushes_ = request.limit == 0;
  JournalAnswer answer;
  if (request.since_known) {
    answer.since = request.since;
  } else if (request.since_text.size() <= kSinceEchoBytesMax) {
    answer.since_text = request.since_text;
  } else {
    answer.since_text = sync.self_.text();
  }
  answer.limit = request.limit;
  answers.push_back(std::move(answer));
}

void PeerSync::Active::take_resource_request(const codec::Container& container) {
  if (round) round->peer_asked = true;
  if (const auto request = codec::read_resource_request(container)) {
    answers.push_back(
        ResourceAnswer{RequestName(request->identifier), request->author, request->resource});
    return;
  }
  ++sync.counters_.messages_malformed;
  BadRequestAnswer answer;
  if (const auto name = codec::read_request_identifier(container)) {
    answer.request = RequestName(*name);
  }
  answers.push_back(answer);
}

bool PeerSync::Active::send_answers() {
  while (!answers.empty()) {
    const bool sent =
        std::visit([this](const auto& answer) { return send(answer); }, answers.front());
    if (!sent) return false;
    answers.pop_front();
  }
  return true;
}

bool PeerSync::Active::send(const JournalAnswer& answer) {
  SyncHost& host = sync.host_;
  const std::uint64_t before = answer.since ? host.find_line(*answer.since).value_or(0) : 0;
  // The peer may have heard of a line elsewhere that is not announced here yet.
  const std::uint64_t size = std::max(host.journal_size(), before);
  const std::uint64_t count =
      std::min({size - before, kUpdateEntriesMax, answer.limit.value_or(kUpdateEntriesMax)});
  if (count == 0) {
    return host.send_journal_update(answer.since ? answer.since->text() : answer.since_text,
                                    before + 1, 0);
  }
  const std::string since =
      before == 0 ? sync.self_.text() : host.journal_entry(before).number.text();
  if (!host.send_journal_update(since, before + 1, count)) return false;
  // The peer knows everything up to the head now: nothing of it is left to broadcast.
  if (before + count == size) sync.told_ = size;
  sync.note_announcement();
  return true;
}

bool PeerSync::Active::send(const ResourceAnswer& answer) {
  const bool held = sync.host_.holding(answer.author, answer.resource) == Holding::kHeld;
  if (!sync.host_.send_resource_answer(
          held ? codec::ResponseStatus::kOk : codec::ResponseStatus::kNotFound,
          answer.request.view(), held ? &answer.resource : nullptr)) {
    return false;
  }
  if (held) {
    ++sync.counters_.requests_answered;
    sync.note_delivery(answer.resource);
  } else {
    ++sync.counters_.requests_not_found;
  }
  return true;
}

bool PeerSync::Active::send(const BadRequestAnswer& answer) {
  std::optional<std::string_view> request;
  if (answer.request) request = answer.request->view();
  if (!sync.host_.send_resource_answer(codec::ResponseStatus::kBadRequest, request, nullptr)) {
    return false;
  }
  ++sync.counters_.requests_bad;
  return true;
}

}  // namespace sdmp::protocol
