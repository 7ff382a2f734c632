#include "engine/shard/sync_host.h"

#include <spdlog/spdlog.h>

#include "codec/resource.h"
#include "engine/shard/session_part.h"

namespace sdmp::shard {

const codec::Fingerprint& SyncHost::peer() const {
  return connection_.session->session.peer();
}

std::uint64_t SyncHost::journal_size() {
  return hub_.head();
}

std::optional<std::uint64_t> SyncHost::find_line(const codec::LineNumber& number) {
  const auto line = hub_.reader().find_line(number);
  // The store may be ahead of what the ledger has told: such a line is not known yet.
  if (line && *line > hub_.committed()) return std::nullopt;
  return line;
}

codec::JournalEntry SyncHost::journal_entry(std::uint64_t index) {
  return hub_.reader().journal_entry(index);
}

SyncHost::Freshness SyncHost::freshness(std::uint64_t index) {
  return hub_.freshness(index, peer());
}

protocol::Holding SyncHost::holding(const codec::Fingerprint& publisher,
                                    const codec::Identifier& resource) {
  const auto stored = hub_.reader().find(resource);
  if (stored && stored->publisher == publisher) {
    return stored->replaced ? protocol::Holding::kReplaced : protocol::Holding::kHeld;
  }
  return hub_.reader().is_replaced(publisher, resource) ? protocol::Holding::kReplaced
                                                        : protocol::Holding::kAbsent;
}

protocol::PeerCursor SyncHost::peer_cursor() {
  const store::PeerState state = hub_.reader().peer(peer());
  return {.last = state.last, .position = state.position, .forked = state.forked};
}

protocol::WantedPage SyncHost::wanted(std::uint64_t from) {
  const store::WantedPage stored = hub_.wanted(peer(), from);
  protocol::WantedPage page{.resources = {}, .next = stored.next};
  page.resources.reserve(stored.resources.size());
  for (const store::WantedResource& resource : stored.resources) {
    page.resources.push_back({resource.publisher, resource.identifier});
  }
  return page;
}

bool SyncHost::claim(const codec::Identifier& resource) {
  return hub_.claim(connection_, resource);
}
void SyncHost::release(const codec::Identifier& resource) {
  hub_.release(resource);
}
const protocol::TrustTable& SyncHost::trust() {
  return hub_.trust();
}

bool SyncHost::send_journal_request(const codec::LineNumber& since) {
  return hub_.send(connection_, codec::Schema::kJournalRequest,
                   [&] { return codec::journal_request_body(since, std::nullopt); });
}

bool SyncHost::send_journal_update(std::string_view since_text, std::uint64_t first,
                                   std::uint64_t count) {
  return hub_.send_journal_update(connection_, since_text, first, count);
}

bool SyncHost::send_resource_request(std::string_view identifier,
                                     const protocol::Wanted& wanted_resource) {
  return hub_.send(connection_, codec::Schema::kResourceRequest, [&] {
    return codec::resource_request_body(identifier, wanted_resource.publisher,
                                        wanted_resource.resource);
  });
}

bool SyncHost::send_resource_answer(codec::ResponseStatus status,
                                    std::optional<std::string_view> request,
                                    const codec::Identifier* content) {
  return hub_.send_resource_answer(connection_, status, request, content);
}

bool SyncHost::push_resource(std::uint64_t index) {
  return hub_.push_resource(connection_, index);
}

void SyncHost::store_resource(const codec::Container& container,
                              const codec::Identifier& identifier) {
  StoreResource post{.session = token(),
                     .source = peer(),
                     .publisher = container.publisher,
                     .identifier = identifier,
                     .container = std::string(container.text),
                     .updates = {},
                     .schemas = {container.schemas.begin(), container.schemas.end()}};
  // The container is valid, sdmp.updates with it.
  const auto read = codec::read_updates(container, post.updates);
  SDMP_CHECK(read.has_value());
  hub_.post(std::move(post));
}

void SyncHost::store_progress(const protocol::PeerCursor& cursor,
                              std::vector<protocol::Wanted> wanted_resources) {
  if (cursor.forked) {
    spdlog::warn(
        "the journal of node {} has forked: it contradicts lines that it told before. Its "
        "new lines are not taken until `sdmp reset-peer {}` says so",
        peer().text(), peer().text());
  }
  hub_.post(StoreProgress{token(), peer(), cursor, std::move(wanted_resources)});
}

void SyncHost::forget_wanted(const codec::Identifier& resource) {
  hub_.post(ForgetWanted{peer(), resource});
}

}  // namespace sdmp::shard
