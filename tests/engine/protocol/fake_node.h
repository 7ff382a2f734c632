// A node in memory for the synchronization tests: FakeNode is what a store and a trust table would
// be, FakeLink is one end of an established session with its PeerSync. Everything that travels is a
// real frame, sealed with real keys; nothing moves until a test moves it.
//
// The ledger is deferred, as the real one is: what a session posts is stored by commit(), and only
// then confirmed.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "codec/frame.h"
#include "codec/resource.h"
#include "codec/sync_message.h"
#include "engine/protocol/peer_sync.h"
#include "engine/protocol/session.h"
#include "tests/engine/protocol/sealing.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol::testing {

class FakeLink;

// `self` is the operator's node; all of `others` are trusted.
inline std::shared_ptr<const TrustTable> make_trust(const TestNode& self,
                                                    std::span<const TestNode* const> others) {
  TrustFacts facts = trust_facts(self, {});
  for (const TestNode* other : others) {
    if (other == &self) continue;
    facts.identities.push_back(other->user.fact());
    facts.identities.push_back(other->fact());
    facts.relationships.push_back(other->user.relates(other->link, *other));
    facts.relationships.push_back(
        self.user.relates(codec::RelationshipType::kConnection, other->user));
  }
  return TrustTable::compute(facts);
}

struct FakeResource {
  std::string text;
  codec::Fingerprint publisher;
  std::optional<codec::Fingerprint> from;  // the peer that it came from
  bool replaced = false;
};

class FakeNode {
 public:
  FakeNode(const TestNode& node, std::shared_ptr<const TrustTable> table)
      : self(node), trust(std::move(table)) {}

  const codec::Fingerprint& fingerprint() const { return self.fingerprint(); }
  // What the ledger does with one container.
  StoreOutcome store(std::string_view text, std::optional<codec::Fingerprint> from);
  // A resource of this node's own making, or imported.
  codec::Identifier publish(const std::string& text);
  codec::Identifier publish_post(std::string_view content) { return publish(self.post(content)); }
  void commit();      // all links' posts
  void pump_links();  // as a shard does when the head has moved or claims were released
  void set_trust(std::shared_ptr<const TrustTable> table);
  bool holds(const codec::Identifier& resource) const { return resources.contains(resource); }
  bool chain_is_intact() const;

  const TestNode& self;
  std::shared_ptr<const TrustTable> trust;
  std::vector<codec::JournalEntry> journal;
  std::map<codec::Identifier, FakeResource> resources;
  std::map<codec::Fingerprint, PeerCursor> cursors;
  std::map<codec::Fingerprint, std::vector<Wanted>> wanted;
  std::set<std::pair<codec::Fingerprint, codec::Identifier>> replaced;  // also before they arrive
  std::set<codec::Identifier> claims;
  std::set<FakeLink*> links;
  bool disk_full = false;
  codec::ContainerReader reader;
};

class FakeLink final : public SyncHost {
 public:
  // What was sent, in order.
  struct SentRequest {
    std::string identifier;
    Wanted wanted;
  };
  struct SentUpdate {
    std::string since;
    std::uint64_t first;
    std::uint64_t count;
  };
  struct SentAnswer {
    codec::ResponseStatus status;
    std::optional<std::string> request;
    std::optional<codec::Identifier> content;
  };

  FakeLink(FakeNode& owner, const codec::Fingerprint& other, SessionKeys keys)
      : node(owner),
        peer(other),
        session(other, std::move(keys)),
        sync(owner.fingerprint(), peer, *this, counters) {
    node.links.insert(this);
  }
  ~FakeLink() override {
    sync.stop();
    node.links.erase(this);
  }

  void start() {
    started = true;
    sync.start(now);
    if (sync.is_loading()) pump();
  }
  // To the end of what is loaded, for which a shard takes many turns.
  void pump() {
    do {
      sync.pump(now);
    } while (sync.is_loading());
  }
  // Takes a stream of frames as a shard would: message by message, pumping after each.
  std::optional<Failure> receive(codec::MutableBytes stream);
  void commit();
  void send(const std::string& text);
  void advance(std::int64_t milliseconds) {
    now.monotonic_ms += milliseconds;
    now.unix_ms += milliseconds;
    if (const auto at = sync.deadline_ms(); at && *at <= now.monotonic_ms) sync.on_deadline(now);
  }

  std::uint64_t journal_size() override { return node.journal.size() - unannounced; }
  std::optional<std::uint64_t> find_line(const codec::LineNumber& number) override;
  codec::JournalEntry journal_entry(std::uint64_t index) override {
    return node.journal.at(index - 1);
  }
  Freshness freshness(std::uint64_t index) override;
  Holding holding(const codec::Fingerprint& publisher, const codec::Identifier& resource) override;
  PeerCursor peer_cursor() override { return node.cursors[peer]; }
  // Only what was loaded is ever forgotten: the position is the index, had nothing been.
  WantedPage wanted(std::uint64_t from) override;
  bool claim(const codec::Identifier& resource) override {
    return node.claims.insert(resource).second;
  }
  void release(const codec::Identifier& resource) override {
    EXPECT_EQ(node.claims.erase(resource), 1u) << "released without a claim";
  }
  const TrustTable& trust() override { return *node.trust; }
  // Any sync message, signed by this node.
  void send_message(std::string_view schema, std::string_view body);

  bool send_journal_request(const codec::LineNumber& since) override;
  bool send_journal_update(std::string_view since_text, std::uint64_t first,
                           std::uint64_t count) override;
  bool send_resource_request(std::string_view identifier, const Wanted& resource) override;
  bool send_resource_answer(codec::ResponseStatus status, std::optional<std::string_view> request,
                            const codec::Identifier* content) override;
  bool push_resource(std::uint64_t index) override;
  void store_resource(const codec::Container& container,
                      const codec::Identifier& identifier) override {
    posts.push_back(ResourcePost{std::string(container.text), identifier});
  }
  void store_progress(const PeerCursor& cursor, std::vector<Wanted> fresh) override {
    posts.push_back(ProgressPost{cursor, std::move(fresh)});
  }
  void forget_wanted(const codec::Identifier& resource) override {
    posts.push_back(ForgetPost{resource});
  }

  struct ResourcePost {
    std::string text;
    codec::Identifier identifier;
  };
  struct ProgressPost {
    PeerCursor cursor;
    std::vector<Wanted> fresh;
  };
  struct ForgetPost {
    codec::Identifier resource;
  };

  FakeNode& node;
  codec::Fingerprint peer;
  Session session;
  SyncCounters counters;
  PeerSync sync;
  Now now{1'000, kNow};
  std::uint64_t unannounced = 0;  // the latest lines that sessions do not see yet
  bool started = false;
  std::size_t room = SIZE_MAX;  // messages that may still be sent
  codec::ByteVector outgoing;
  std::deque<std::variant<ResourcePost, ProgressPost, ForgetPost>> posts;

  std::vector<codec::LineNumber> sent_journal_requests;
  std::vector<SentUpdate> sent_updates;
  std::vector<SentRequest> sent_requests;
  std::vector<SentAnswer> sent_answers;
  std::vector<std::uint64_t> pushed;

 private:
  std::uint64_t forgotten_ = 0;

  bool take_room() {
    if (room == 0) return false;
    --room;
    return true;
  }
};

inline StoreOutcome FakeNode::store(std::string_view text, std::optional<codec::Fingerprint> from) {
  if (disk_full) return StoreOutcome::kFailed;
  const auto container = reader.parse_copy(text);
  EXPECT_TRUE(container.has_value());
  const codec::Identifier identifier = container->identifier();
  if (resources.contains(identifier)) return StoreOutcome::kDuplicate;
  std::vector<codec::Identifier> updates;
  EXPECT_TRUE(codec::read_updates(*container, updates).has_value());
  for (const codec::Identifier& update : updates) {
    const auto target = resources.find(update);
    if (target != resources.end() && target->second.publisher != container->publisher) {
      return StoreOutcome::kForeignUpdate;
    }
  }
  for (const codec::Identifier& update : updates) {
    replaced.emplace(container->publisher, update);
    if (resources.contains(update)) resources[update].replaced = true;
  }
  const bool is_replaced = replaced.contains({container->publisher, identifier});
  resources[identifier] = {std::string(text), container->publisher, from, is_replaced};
  const codec::LineNumber number =
      journal.empty() ? codec::number_after(fingerprint()) : codec::number_after(journal.back());
  journal.push_back({number, container->publisher, identifier});
  return StoreOutcome::kJournalled;
}

inline codec::Identifier FakeNode::publish(const std::string& text) {
  const auto container = reader.parse_copy(text);
  EXPECT_TRUE(container.has_value());
  const codec::Identifier identifier = container->identifier();
  store(text, std::nullopt);
  pump_links();
  return identifier;
}

inline void FakeNode::pump_links() {
  for (FakeLink* link : links) {
    if (link->started && link->sync.has_output()) link->pump();
  }
}

inline void FakeNode::commit() {
  for (FakeLink* link : links) link->commit();
  pump_links();
}

inline void FakeNode::set_trust(std::shared_ptr<const TrustTable> table) {
  trust = std::move(table);
  for (FakeLink* link : links) link->sync.on_trust_changed();
  pump_links();
}

inline bool FakeNode::chain_is_intact() const {
  codec::LineNumber number = codec::number_after(fingerprint());
  for (const codec::JournalEntry& entry : journal) {
    if (entry.number != number) return false;
    number = codec::number_after(entry);
  }
  return true;
}

inline std::optional<Failure> FakeLink::receive(codec::MutableBytes stream) {
  for (;;) {
    auto message = session.receive(stream, *node.trust, now.unix_ms, shared_scratch());
    if (!message) return message.error();
    if (!*message) return std::nullopt;
    sync.on_message(**message, shared_scratch(), now);
    sync.pump(now);
  }
}

inline void FakeLink::commit() {
  while (!posts.empty()) {
    const auto post = std::move(posts.front());
    posts.pop_front();
    if (const auto* resource = std::get_if<ResourcePost>(&post)) {
      const StoreOutcome outcome = node.store(resource->text, peer);
      sync.on_stored(resource->identifier, outcome);
    } else if (const auto* progress = std::get_if<ProgressPost>(&post)) {
      node.cursors[peer] = progress->cursor;
      auto& list = node.wanted[peer];
      list.insert(list.end(), progress->fresh.begin(), progress->fresh.end());
      sync.on_progress_stored();
    } else {
      const codec::Identifier gone = std::get<ForgetPost>(post).resource;
      forgotten_ +=
          std::erase_if(node.wanted[peer], [&](const Wanted& w) { return w.resource == gone; });
    }
  }
}

inline void FakeLink::send(const std::string& text) {
  const codec::ByteVector frame = seal(text, session.next_send_key(shared_scratch()));
  outgoing.insert(outgoing.end(), frame.begin(), frame.end());
}

inline std::optional<std::uint64_t> FakeLink::find_line(const codec::LineNumber& number) {
  if (number == codec::since_beginning(node.fingerprint())) return 0;
  for (std::size_t i = 0; i < node.journal.size(); ++i) {
    if (node.journal[i].number == number) return i + 1;
  }
  return std::nullopt;
}

inline SyncHost::Freshness FakeLink::freshness(std::uint64_t index) {
  const FakeResource& resource = node.resources.at(node.journal.at(index - 1).resource);
  return {resource.text.size(), resource.from == peer, resource.replaced};
}

inline Holding FakeLink::holding(const codec::Fingerprint& publisher,
                                 const codec::Identifier& resource) {
  const auto found = node.resources.find(resource);
  if (found == node.resources.end() || found->second.publisher != publisher) {
    return Holding::kAbsent;
  }
  return found->second.replaced ? Holding::kReplaced : Holding::kHeld;
}

inline WantedPage FakeLink::wanted(std::uint64_t from) {
  from = std::max(from, forgotten_);
  const std::span<const Wanted> rest = std::span(node.wanted[peer]).subspan(from - forgotten_);
  const auto page = rest.first(std::min(rest.size(), kWantedPage));
  WantedPage result{.resources = {page.begin(), page.end()}, .next = {}};
  if (page.size() < rest.size()) result.next = from + page.size();
  return result;
}

inline void FakeLink::send_message(std::string_view schema, std::string_view body) {
  const std::array schemas = {schema};
  send(codec::build_container(node.self.key, now.unix_ms, schemas, body));
}

inline bool FakeLink::send_journal_request(const codec::LineNumber& since) {
  if (!take_room()) return false;
  sent_journal_requests.push_back(since);
  send_message("journal_request", codec::journal_request_body(since, std::nullopt));
  return true;
}

inline bool FakeLink::send_journal_update(std::string_view since_text, std::uint64_t first,
                                          std::uint64_t count) {
  if (!take_room()) return false;
  sent_updates.push_back({std::string(since_text), first, count});
  const std::span<const codec::JournalEntry> all(node.journal);
  send_message("journal_update",
               codec::journal_update_body(
                   since_text, count == 0 ? all.first(0) : all.subspan(first - 1, count)));
  return true;
}

inline bool FakeLink::send_resource_request(std::string_view identifier, const Wanted& resource) {
  if (!take_room()) return false;
  sent_requests.push_back({std::string(identifier), resource});
  send_message("resource_request",
               codec::resource_request_body(identifier, resource.publisher, resource.resource));
  return true;
}

inline bool FakeLink::send_resource_answer(codec::ResponseStatus status,
                                           std::optional<std::string_view> request,
                                           const codec::Identifier* content) {
  if (!take_room()) return false;
  SentAnswer answer{status, std::nullopt, std::nullopt};
  if (request) answer.request = std::string(*request);
  if (content != nullptr) answer.content = *content;
  sent_answers.push_back(answer);
  send_message(
      "resource_response",
      codec::resource_response_body(
          status, request, content != nullptr ? node.resources.at(*content).text : std::string()));
  return true;
}

inline bool FakeLink::push_resource(std::uint64_t index) {
  if (!take_room()) return false;
  pushed.push_back(index);
  send_message(
      "resource_response",
      codec::resource_response_body(std::nullopt, std::nullopt,
                                    node.resources.at(node.journal.at(index - 1).resource).text));
  return true;
}

}  // namespace sdmp::protocol::testing
