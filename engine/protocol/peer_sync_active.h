// What a PeerSync needs only while something is under way: internal to peer_sync*.cc. It is made
// on demand and freed as soon as everything has settled, so that an idle session does not hold it.
//
// One file per concept: peer_sync_journal.cc reads the peer's journal, peer_sync_requests.cc
// fetches what it announced, peer_sync_resources.cc takes content, peer_sync_answers.cc answers.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "codec/journal.h"
#include "codec/sync_message.h"
#include "engine/protocol/fifo.h"
#include "engine/protocol/peer_sync.h"

namespace sdmp::protocol {

// request.identifier, kept without a heap allocation.
class RequestName {
 public:
  RequestName() = default;
  // Precondition: at most kRequestIdentifierMax characters.
  explicit RequestName(std::string_view text);
  std::string_view view() const { return {characters_.data(), size_}; }

 private:
  std::array<char, codec::kRequestIdentifierMax> characters_{};
  std::uint8_t size_ = 0;
};

// What the peer asked for and has not been sent yet.
struct JournalAnswer {
  std::optional<codec::LineNumber> since;  // absent: names no line, answered from the beginning
  std::string since_text;                  // only then: the echo for "nothing new"
  std::optional<std::uint64_t> limit;
};
struct ResourceAnswer {
  RequestName request;
  codec::Fingerprint author;
  codec::Identifier resource;
};
struct BadRequestAnswer {
  std::optional<RequestName> request;
};
using PendingAnswer = std::variant<JournalAnswer, ResourceAnswer, BadRequestAnswer>;

// A resource_request without its answer; it holds the claim of its resource.
struct InFlight {
  std::uint64_t number;  // of the request: its identifier is r<number>
  Wanted wanted;
  std::int64_t deadline_ms;
};

// A resource with the ledger.
struct Post {
  codec::Fingerprint publisher;
  bool claimed;  // by us, until it is stored
};

// The measurement of a round (PeerSync::track_round). The barrier is a journal_request sent when we
// owe the peer nothing: when its answer arrives and the peer has asked for nothing in between, the
// peer has seen everything that we had sent before, and wants no more of it.
struct Round {
  std::unordered_map<codec::Identifier, bool, codec::DigestHash> delivered;  // -> acknowledged
  std::uint64_t acknowledged = 0;
  bool barrier_due = true;
  bool barrier_out = false;
  bool peer_asked = false;  // since the barrier was sent
  bool barrier_passed = false;

  // Something was sent that the peer may answer with a request.
  void disturb();
  void barrier_answered();
};

struct PeerSync::Active {
  explicit Active(PeerSync& owner) : sync(owner) {}

  // peer_sync_journal.cc
  PeerCursor& known();
  void take_update(const codec::JournalUpdate& update);
  bool send_journal_request(Now now);
  bool send_barrier(Now now);
  void expire_journal_request(Now now);

  // peer_sync_requests.cc
  bool may_request(const codec::Fingerprint& publisher) const;
  // What the store remembers is wanted or refused anew, from its beginning.
  void begin_loading();
  // The same when trust has changed, as soon as nothing is on its way to the store that would be
  // missing there, and when it has come to its end if it is under way.
  void reload_if_due();
  bool may_load() const;
  void load_wanted();
  bool send_resource_requests(Now now);
  void expire_resource_requests(Now now);
  std::optional<InFlight> take_in_flight(std::string_view request);
  void want_again(const Wanted& resource);
  // The peer cannot or need not deliver it any more.
  void drop_wanted(const codec::Identifier& resource);
  // It stays wanted in the store until trust changes.
  void refuse_wanted(const codec::Identifier& resource);
  void release_claims();

  // peer_sync_resources.cc
  void take_response(const codec::ResourceResponse& response, codec::ContainerReader& reader,
                     Now now);
  void take_stored(const codec::Identifier& resource, StoreOutcome outcome);

  // peer_sync_answers.cc
  void take_journal_request(const codec::JournalRequest& request);
  void take_resource_request(const codec::Container& container);
  bool send_answers();

  bool settled() const;
  bool has_output() const;
  std::optional<std::int64_t> deadline_ms() const;

  PeerSync& sync;

  // The peer's journal. `cursor` is what was applied, perhaps ahead of what is durable.
  std::optional<PeerCursor> cursor;
  std::size_t progress_posts = 0;
  bool request_due = false;
  std::optional<codec::LineNumber> asked;  // `since` of the journal_request without an answer
  std::int64_t asked_deadline_ms = 0;
  int ask_attempts = 0;
  // Set while the peer, which did not know our last known line, sends its journal from the
  // beginning: the last line of what came so far.
  std::optional<codec::JournalEntry> probe;
  // An update was not applied to its end because kWantedMax resources are missing already, or
  // because those of before are not loaded yet.
  bool starved = false;

  // What it announced and we still lack. `queue` and `in_flight` may also have what came by another
  // way meanwhile: such an entry is dropped when its turn or its answer comes.
  std::unordered_set<codec::Identifier, codec::DigestHash> wanted;
  Fifo<Wanted> queue;
  std::vector<InFlight> in_flight;
  std::vector<Wanted> failed;  // the peer or the store did not answer: asked for again later
  std::unordered_map<codec::Identifier, Post, codec::DigestHash> posts;
  std::uint64_t requests_sent = 0;
  // The position of the first one that the store remembers and that was not loaded yet.
  std::optional<std::uint64_t> load_from;
  std::size_t refused_so_far = 0;  // of those loaded
  // It is the session's first time: how much is refused, of which there is an end, is not known.
  bool first_load = false;
  bool reload_due = false;  // trust has changed
  std::optional<std::int64_t> retry_at_ms;
  std::int64_t seen_ms = 0;  // the latest monotonic time we were told

  Fifo<PendingAnswer> answers;
  std::unique_ptr<Round> round;

 private:
  void apply(std::span<const codec::JournalEntry> entries, bool reading);
  std::size_t admit(std::span<const codec::JournalEntry> entries, std::vector<Wanted>& fresh);
  void locate(const codec::JournalUpdate& update, bool answer);
  void take_nothing_new();
  void step_probe(const codec::JournalEntry& line);
  void mark_gap();
  void mark_forked();
  bool send_since(Now now);

  void take_content(std::string_view content, const InFlight* request,
                    codec::ContainerReader& reader, Now now);
  void resolve(const InFlight* request);

  bool send(const JournalAnswer& answer);
  bool send(const ResourceAnswer& answer);
  bool send(const BadRequestAnswer& answer);
};

}  // namespace sdmp::protocol
