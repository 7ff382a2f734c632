// Fetching what the peer's journal announced: SYN-6, SYN-9, P-SYN.
#include <algorithm>
#include <charconv>

#include "engine/protocol/peer_sync_active.h"

namespace sdmp::protocol {
namespace {

// Unique in the session, which is all that SYN-6 needs: requests of one node to one peer over two
// sessions are answered each on its own session.
std::string request_text(std::uint64_t number) {
  return "r" + std::to_string(number);
}

}  // namespace

// A publisher that is reached but whose key is not known yet may announce its identity; whether
// the content is welcome is decided when it is here.
bool PeerSync::Active::may_request(const codec::Fingerprint& publisher) const {
  return sync.host_.trust().find(publisher) != nullptr;
}

void PeerSync::Active::begin_loading() {
  load_from = 0;
  refused_so_far = 0;
}

void PeerSync::Active::reload_if_due() {
  if (!reload_due || load_from || progress_posts > 0) return;
  reload_due = false;
  begin_loading();
}

bool PeerSync::Active::may_load() const {
  return load_from && wanted.size() <= kWantedMax / 2;
}

void PeerSync::Active::load_wanted() {
  if (!may_load()) return;
  const WantedPage page = sync.host_.wanted(*load_from);
  load_from = page.next;
  for (const Wanted& resource : page.resources) {
    if (wanted.contains(resource.resource)) continue;
    const bool refused = !may_request(resource.publisher);
    if (refused && refused_so_far < kRefusedMax) {
      ++refused_so_far;
    } else if (refused ||
               sync.host_.holding(resource.publisher, resource.resource) != Holding::kAbsent) {
      sync.host_.forget_wanted(resource.resource);
    } else {
      wanted.insert(resource.resource);
      queue.push_back(resource);
    }
  }
  if (load_from) return;
  sync.refused_ = static_cast<std::uint32_t>(refused_so_far);
  first_load = false;
  reload_if_due();
}

bool PeerSync::Active::send_resource_requests(Now now) {
  SyncHost& host = sync.host_;
  std::vector<Wanted> kept;  // being fetched or stored by somebody else, or on its way to the store
  std::size_t looked_at = 0;
  bool room = true;
  while (room && looked_at < queue.size() && looked_at < kWantedScanMax &&
         in_flight.size() < kRequestsInFlightMax) {
    const Wanted& next = queue[looked_at];
    if (!wanted.contains(next.resource)) {
      ++looked_at;
    } else if (posts.contains(next.resource)) {
      kept.push_back(next);
      ++looked_at;
    } else if (host.holding(next.publisher, next.resource) != Holding::kAbsent) {
      drop_wanted(next.resource);
      ++looked_at;
    } else if (!host.claim(next.resource)) {
      kept.push_back(next);
      ++looked_at;
    } else if (host.send_resource_request(request_text(requests_sent + 1), next)) {
      in_flight.push_back({++requests_sent, next, now.monotonic_ms + kRequestTimeoutMs});
      ++looked_at;
    } else {
      host.release(next.resource);
      room = false;
    }
  }
  const bool blocked = !kept.empty();
  queue.replace_front(looked_at, std::move(kept));
  if (blocked && !retry_at_ms) retry_at_ms = now.monotonic_ms + kClaimRetryMs;
  return room;
}

void PeerSync::Active::expire_resource_requests(Now now) {
  if (retry_at_ms && now.monotonic_ms >= *retry_at_ms) {
    retry_at_ms.reset();
    for (const Wanted& resource : failed) queue.push_back(resource);
    failed.clear();
  }
  for (auto request = in_flight.begin(); request != in_flight.end();) {
    if (now.monotonic_ms < request->deadline_ms) {
      ++request;
      continue;
    }
    ++sync.counters_.requests_timed_out;
    sync.host_.release(request->wanted.resource);
    // Who else announced it comes first: claimed again at once it would be this peer's for ever.
    failed.push_back(request->wanted);
    if (!retry_at_ms) retry_at_ms = now.monotonic_ms + kClaimRetryMs;
    request = in_flight.erase(request);
  }
}

std::optional<InFlight> PeerSync::Active::take_in_flight(std::string_view request) {
  std::uint64_t number = 0;
  if (!request.starts_with('r')) return std::nullopt;
  const auto parsed = std::from_chars(request.data() + 1, request.data() + request.size(), number);
  const auto found = std::ranges::find(in_flight, number, &InFlight::number);
  if (parsed.ec != std::errc() || found == in_flight.end() || request_text(number) != request) {
    return std::nullopt;
  }
  const InFlight taken = *found;
  in_flight.erase(found);
  return taken;
}

void PeerSync::Active::want_again(const Wanted& resource) {
  failed.push_back(resource);
  const std::int64_t at = seen_ms + kRequestTimeoutMs;
  if (!retry_at_ms) retry_at_ms = at;
}

void PeerSync::Active::drop_wanted(const codec::Identifier& resource) {
  if (wanted.erase(resource) > 0) sync.host_.forget_wanted(resource);
}

void PeerSync::Active::refuse_wanted(const codec::Identifier& resource) {
  if (wanted.erase(resource) == 0) return;
  ++sync.refused_;
  ++refused_so_far;
}

void PeerSync::Active::release_claims() {
  for (const InFlight& request : in_flight) sync.host_.release(request.wanted.resource);
  for (const auto& [resource, post] : posts) {
    if (post.claimed) sync.host_.release(resource);
  }
}

}  // namespace sdmp::protocol
