// What the sessions of a shard share for synchronization: the committed journal, claims, the way to
// the ledger, and messages made ready for the wire.
//
// Sessions see the journal only as far as the ledger has told, told means durable, and as far as
// announce() has let them: so all of them are told of the same lines, in updates that they share.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "codec/batch.h"
#include "codec/sync_message.h"
#include "engine/shard/pack_cache.h"
#include "engine/shard/sender.h"

namespace sdmp::shard {

// Thread rule: the shard's thread.
class SyncHub {
 public:
  SyncHub(Core& core, Sender& sender);

  // The announced head.
  std::uint64_t head() const { return head_; }
  // Lines up to here are durable; `since` may name one, since another shard may have announced it.
  std::uint64_t committed() const { return committed_; }
  // On the last committed state, or a later one; released at the end of each turn.
  store::Reader& reader() { return reader_; }
  void release_reader() { reader_.release(); }
  const protocol::TrustTable& trust() const { return *core_.trust; }
  void take_commit(const Committed& committed);
  // Lets the sessions see everything committed. What is committed from now on is announced at
  // `next_ms`, monotonic, at the earliest.
  void announce(std::int64_t next_ms = 0) {
    head_ = committed_;
    next_announcement_ms_ = next_ms;
  }
  // What eager push decides by; looked up once per line and commit, whatever number of sessions
  // asks.
  protocol::SyncHost::Freshness freshness(std::uint64_t line, const codec::Fingerprint& peer);

  // False when it is another session's: this one is among take_released() then, after the next
  // release of any claim.
  bool claim(Connection& connection, const codec::Identifier& resource);
  void release(const codec::Identifier& resource);
  // The sessions that waited for a release, if there was one. Some may have ended since.
  std::vector<SessionToken> take_released();
  bool has_released() const { return released_; }

  // What the store remembers of a peer's announcements; counts as output.
  store::WantedPage wanted(const codec::Fingerprint& peer, std::uint64_t from);

  // To the ledger. Never fails: what finds no room waits here, in order. The ledger is woken at the
  // end of the turn, so that it commits what a turn brings at once, but in a long turn sooner; not
  // long before the next announcement, since a commit whose lines nobody is told of could have held
  // more of them; and not again while it is at work for us.
  void post(ToLedger message);
  static constexpr std::size_t kPostsPerWake = 256;
  // Whether one more message may be taken from a peer (kLedgerPostsPerMessage posts): there are
  // slots, and what the ledger has not answered is no more than so many octets, besides the last
  // message.
  bool ledger_has_room() const;
  static constexpr std::size_t kUnansweredBytesMax = 32u << 20;
  // Hands waiting posts over and wakes the ledger if there was anything for it. Once per turn.
  void flush_posts();
  bool has_waiting_posts() const { return !waiting_posts_.empty(); }
  // When flush_posts() will wake the ledger for what was posted: a time that may have passed;
  // nullopt when nothing was.
  std::optional<std::int64_t> wake_due_ms() const;

  // Begins a part of the output: send…() and push_resource() make kTextPerPart of text and the
  // message that exceeds it, and then find no room until the next part.
  void begin_output() { output_left_ = kTextPerPart; }
  bool output_spent() const { return output_left_ <= 0; }

  // Signs, packs, seals and queues a message with the body that `make_body` returns; false, without
  // calling it, when the connection has no room.
  template <class MakeBody>
  bool send(Connection& connection, codec::Schema schema, MakeBody make_body) {
    if (!has_room(connection)) return false;
    if (const auto packed = pack(schema, make_body())) seal(connection, *packed);
    return true;
  }
  bool send_journal_update(Connection& connection, std::string_view since_text, std::uint64_t first,
                           std::uint64_t count);
  bool send_resource_answer(Connection& connection, codec::ResponseStatus status,
                            std::optional<std::string_view> request,
                            const codec::Identifier* content);
  bool push_resource(Connection& connection, std::uint64_t line);

 private:
  bool has_room(const Connection& connection) const {
    return !output_spent() && sender_.has_room(connection);
  }
  void wake_ledger();
  // The packed text of a new message, in packing_; nullopt (logged) when it exceeds the limits.
  std::optional<codec::Bytes> pack(codec::Schema schema, const std::string& body);
  void seal(Connection& connection, codec::Bytes packed);
  PackCache& cache_of(std::uint64_t line);

  Core& core_;
  Sender& sender_;
  store::Reader reader_;
  std::uint64_t committed_;
  std::uint64_t head_;
  struct FreshLine {
    LineSource source;
    std::uint64_t commit = 0;  // at which the rest was looked up; 0: never
    std::size_t bytes = 0;
    bool replaced = false;
  };
  std::vector<FreshLine> fresh_;  // the latest lines: line modulo size
  std::uint64_t commits_ = 1;     // what the store held at the start counts as one
  std::unordered_set<codec::Identifier, codec::DigestHash> claims_;
  std::vector<SessionToken> claim_waiters_;  // claim_waiting
  bool released_ = false;                    // a claim, since one of them came to wait
  std::deque<ToLedger> waiting_posts_;
  std::size_t posted_ = 0;              // since the ledger was woken
  bool expects_answer_ = false;         // to one of these
  std::deque<std::size_t> unanswered_;  // octets of each post that will be answered, in order
  std::size_t unanswered_bytes_ = 0;
  std::int64_t next_announcement_ms_ = 0;
  std::optional<std::int64_t> woken_ms_;  // the ledger, for what it has not answered yet
  std::int64_t commit_ms_ = 0;            // what a commit takes, about
  std::int64_t output_left_ = kTextPerPart;
  codec::BatchEncoder encoder_;
  codec::ByteVector packing_;
  // Of the latest lines, and of those that only sessions far behind are told of, which would push
  // the others out.
  PackCache near_;
  PackCache far_;
};

}  // namespace sdmp::shard
