// Taking resources, asked for or pushed: SYN-7, SYN-8, JRN-5, P-SYN, P-TRUST.
#include <algorithm>

#include "codec/resource.h"
#include "engine/protocol/peer_sync_active.h"

namespace sdmp::protocol {
namespace {

// An identity proves itself (P-KEY); everything else is verified with the key that trust knows.
codec::Result<void> verify_content(const codec::Container& content, const TrustTable& trust) {
  if (content.lists(codec::Schema::kIdentity)) {
    const auto key = codec::verify_identity(content);
    if (!key) return std::unexpected(key.error());
    return {};
  }
  const TrustEntry* entry = trust.find(content.publisher);
  if (entry == nullptr || !entry->key) return std::unexpected(codec::Error::kPublisher);
  return content.verify(*entry->key);
}

}  // namespace

void PeerSync::Active::take_response(const codec::ResourceResponse& response,
                                     codec::ContainerReader& reader, Now now) {
  seen_ms = now.monotonic_ms;
  std::optional<InFlight> request;
  if (response.request) request = take_in_flight(*response.request);
  const bool ok = !response.status || *response.status == codec::ResponseStatus::kOk;
  if (ok && response.content) {
    take_content(response.content->raw(), request ? &*request : nullptr, reader, now);
    return;
  }
  // 404, 400, or a 200 that brings nothing: this peer does not have it.
  if (request) {
    resolve(&*request);
    ++sync.refused_;
  }
}

// The request was answered and its resource is not wanted of this peer any more.
void PeerSync::Active::resolve(const InFlight* request) {
  if (request == nullptr) return;
  sync.host_.release(request->wanted.resource);
  drop_wanted(request->wanted.resource);
}

void PeerSync::Active::take_content(std::string_view text, const InFlight* request,
                                    codec::ContainerReader& reader, Now now) {
  SyncCounters& counters = sync.counters_;
  // The text lies inside the decoded payload of the message, which is padded behind its end.
  const auto content = reader.parse({text.data(), text.size()});
  if (!content) {
    ++counters.messages_malformed;
    resolve(request);
    return;
  }
  const codec::Identifier identifier = content->identifier();
  const bool other = request != nullptr && (identifier != request->wanted.resource ||
                                            content->publisher != request->wanted.publisher);
  if (!codec::is_resource(*content) || other) {
    ++counters.resources_invalid;
    resolve(request);
    return;
  }
  if (posts.contains(identifier)) {
    // Stays wanted until the store has it.
    ++counters.resources_duplicate;
    if (request != nullptr) sync.host_.release(identifier);
    return;
  }
  // One that an update replaced before it came is still journalled when it comes; the ledger knows
  // whether it did.
  if (sync.host_.holding(content->publisher, identifier) == Holding::kHeld) {
    ++counters.resources_duplicate;
    resolve(request);
    return;
  }
  const TrustTable& trust = sync.host_.trust();
  if (!trust.may_publish(*content, now.unix_ms)) {
    ++counters.resources_untrusted;
    if (request != nullptr) sync.host_.release(identifier);
    refuse_wanted(identifier);
    return;
  }
  if (const auto verified = verify_content(*content, trust); !verified) {
    ++counters.resources_invalid;
    resolve(request);
    return;
  }
  ++counters.resources_received;
  // A push of what another session is fetching is stored without the claim: the ledger takes
  // whichever comes first.
  const bool claimed = request != nullptr || sync.host_.claim(identifier);
  posts.emplace(identifier, Post{content->publisher, claimed});
  sync.host_.store_resource(*content, identifier);
}

void PeerSync::Active::take_stored(const codec::Identifier& resource, StoreOutcome outcome) {
  const auto post = posts.find(resource);
  if (post == posts.end()) return;
  const Wanted taken{post->second.publisher, resource};
  if (post->second.claimed) sync.host_.release(resource);
  posts.erase(post);
  if (!wanted.contains(resource)) return;
  switch (outcome) {
    case StoreOutcome::kJournalled:
    case StoreOutcome::kDuplicate:
      drop_wanted(resource);
      break;
    case StoreOutcome::kForeignUpdate:
      drop_wanted(resource);
      ++sync.refused_;
      break;
    case StoreOutcome::kFailed:
      want_again(taken);
      break;
  }
}

}  // namespace sdmp::protocol
