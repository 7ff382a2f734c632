// protocol::SyncHost for one session: names the session and its peer, and leaves the work to the
// shard's SyncHub.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/protocol/peer_sync.h"
#include "engine/shard/connection.h"
#include "engine/shard/sync_hub.h"

namespace sdmp::shard {

// Lives inside the connection's SessionPart.
class SyncHost final : public protocol::SyncHost {
 public:
  SyncHost(SyncHub& hub, Connection& connection) : hub_(hub), connection_(connection) {}

  std::uint64_t journal_size() override;
  std::optional<std::uint64_t> find_line(const codec::LineNumber& number) override;
  codec::JournalEntry journal_entry(std::uint64_t index) override;
  Freshness freshness(std::uint64_t index) override;
  protocol::Holding holding(const codec::Fingerprint& publisher,
                            const codec::Identifier& resource) override;
  protocol::PeerCursor peer_cursor() override;
  protocol::WantedPage wanted(std::uint64_t from) override;
  bool claim(const codec::Identifier& resource) override;
  void release(const codec::Identifier& resource) override;
  const protocol::TrustTable& trust() override;

  bool send_journal_request(const codec::LineNumber& since) override;
  bool send_journal_update(std::string_view since_text, std::uint64_t first,
                           std::uint64_t count) override;
  bool send_resource_request(std::string_view identifier, const protocol::Wanted& wanted) override;
  bool send_resource_answer(codec::ResponseStatus status, std::optional<std::string_view> request,
                            const codec::Identifier* content) override;
  bool push_resource(std::uint64_t index) override;

  void store_resource(const codec::Container& container,
                      const codec::Identifier& identifier) override;
  void store_progress(const protocol::PeerCursor& cursor,
                      std::vector<protocol::Wanted> wanted) override;
  void forget_wanted(const codec::Identifier& resource) override;

 private:
  const codec::Fingerprint& peer() const;
  SessionToken token() const { return {connection_.slot, connection_.generation}; }

  SyncHub& hub_;
  Connection& connection_;
};

}  // namespace sdmp::shard
