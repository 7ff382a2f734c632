// Synchronization with one peer over one session (SYN-1 ... SYN-10, JRN-5, JRN-6, P-SYN), as relay
// and as end node alike: answering, requesting, broadcasting, pushing; gaps, forks, updates,
// deletions.
//
// Sans-IO: messages come in verified (protocol::Session); everything that it wants done goes
// through SyncHost. What the peer still has to be told is a cursor into the journal, never a queue;
// what it asked for waits as small descriptors, bounded, and becomes bytes only in pump().
// Thread rule: lives on one shard.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codec/container.h"
#include "codec/journal.h"
#include "codec/sync_message.h"
#include "engine/protocol/limits.h"
#include "engine/protocol/session.h"
#include "engine/protocol/trust.h"

namespace sdmp::protocol {

// Two clocks: monotonic for deadlines, wall for protocol time.
struct Now {
  std::int64_t monotonic_ms;
  codec::UnixMillis unix_ms;
};

// What a node remembers of a peer's journal (JRN-6); persistent.
struct PeerCursor {
  std::optional<codec::JournalEntry>
      last;                    // absent: only the first line, the fingerprint, is known
  std::uint64_t position = 0;  // lines after the first one that have been applied
  bool forked = false;         // contradicted known lines: apply nothing (P-SYN)

  bool operator==(const PeerCursor&) const = default;
};

// A resource that a peer's journal announced and that the node does not hold; persistent, so that a
// crash or a restart does not forget it.
struct Wanted {
  codec::Fingerprint publisher;
  codec::Identifier resource;

  bool operator==(const Wanted&) const = default;
};

struct WantedPage {
  std::vector<Wanted> resources;
  std::optional<std::uint64_t> next;  // where to go on; absent: these were the last
};

enum class Holding : std::uint8_t { kAbsent, kHeld, kReplaced };

// What became of a resource that was handed to the ledger.
enum class StoreOutcome : std::uint8_t {
  kJournalled,     // durable, has a line
  kDuplicate,      // was there already
  kForeignUpdate,  // sdmp.updates names another publisher's resource: refused
  kFailed,         // the store could not take it (disk full): nothing changed
};

// The node around one peer's synchronization. Reads answer from the committed state.
class SyncHost {
 public:
  virtual ~SyncHost() = default;

  // Our journal as announced: lines 1 ... journal_size(); line 0 is the first line, our
  // fingerprint.
  virtual std::uint64_t journal_size() = 0;
  // The index of the line that carries this number, which may be durable but not announced yet; 0
  // for since_beginning(self); nullopt: unknown.
  virtual std::optional<std::uint64_t> find_line(const codec::LineNumber& number) = 0;
  virtual codec::JournalEntry journal_entry(std::uint64_t index) = 0;  // 1 <= index <= size
  // Size in octets of the resource of a line, and whether this peer is where we got it from: what
  // eager push decides by.
  struct Freshness {
    std::size_t bytes;
    bool from_this_peer;
    bool replaced;
  };
  virtual Freshness freshness(std::uint64_t index) = 0;

  virtual Holding holding(const codec::Fingerprint& publisher,
                          const codec::Identifier& resource) = 0;
  virtual PeerCursor peer_cursor() = 0;
  // Persistent wanted resources of this peer, at most kWantedPage, in order of announcement, from a
  // position on: 0 or a WantedPage::next.
  virtual WantedPage wanted(std::uint64_t from) = 0;

  // One request per resource at a time on this shard, whatever number of peers announced it.
  virtual bool claim(const codec::Identifier& resource) = 0;
  virtual void release(const codec::Identifier& resource) = 0;

  virtual const TrustTable& trust() = 0;

  // Sending: each builds, signs and queues one message for this session. False: no room in the
  // current send; nothing was sent, try again at the next pump().
  virtual bool send_journal_request(const codec::LineNumber& since) = 0;
  // Lines first ... first+count-1; `since_text` as answers need it. Host caches equal updates.
  virtual bool send_journal_update(std::string_view since_text, std::uint64_t first,
                                   std::uint64_t count) = 0;
  virtual bool send_resource_request(std::string_view identifier, const Wanted& wanted) = 0;
  // An answer; content is sent with status 200, read from the store by the host.
  virtual bool send_resource_answer(codec::ResponseStatus status,
                                    std::optional<std::string_view> request,
                                    const codec::Identifier* content) = 0;
  // The unprompted push of the resource of a line. Host caches it for all its sessions.
  virtual bool push_resource(std::uint64_t index) = 0;

  // To the ledger; each is confirmed later by on_stored / on_progress_stored, in order. The caller
  // of on_message guarantees room for kLedgerPostsPerMessage posts.
  virtual void store_resource(const codec::Container& container,
                              const codec::Identifier& identifier) = 0;
  // Moves the cursor of this peer and adds to its wanted resources, in one transaction.
  virtual void store_progress(const PeerCursor& cursor, std::vector<Wanted> wanted) = 0;
  // The peer says that it does not have it (404), or it is held by now: want it no longer from it.
  // Not confirmed, and no harm is done when it is lost: the next session asks once more.
  virtual void forget_wanted(const codec::Identifier& resource) = 0;
};
inline constexpr std::size_t kLedgerPostsPerMessage = 2;

// Counters of everything that an operator may want to know; one per shard, shared by its sessions.
struct SyncCounters {
  std::uint64_t messages_ignored = 0;    // valid containers that mean nothing here
  std::uint64_t messages_malformed = 0;  // sync messages whose body is malformed
  std::uint64_t updates_broken = 0;      // chain broken inside one update: not applied
  std::uint64_t updates_gap = 0;         // did not continue what we know: asked again
  std::uint64_t journals_forked = 0;
  std::uint64_t resources_received = 0;   // new, verified, handed to the ledger
  std::uint64_t resources_duplicate = 0;  // recognized before verification
  std::uint64_t resources_untrusted = 0;  // publisher unknown or without the right
  std::uint64_t resources_invalid = 0;    // content not a valid resource or a bad signature
  std::uint64_t requests_answered = 0;
  std::uint64_t requests_not_found = 0;
  std::uint64_t requests_bad = 0;  // answered 400
  std::uint64_t requests_timed_out = 0;
};

// How far one round has come: for `sdmp sync`, which ends when it is complete.
struct SyncProgress {
  // The peer has answered "nothing new" to our last request, and nothing that it announced before
  // is still to be loaded.
  bool peer_journal_read = false;
  bool forked = false;
  std::size_t wanted = 0;          // announced, not held, not refused
  std::size_t refused = 0;         // announced, not trusted (or 404)
  std::size_t ledger_posts = 0;    // handed to the ledger, not confirmed
  std::uint64_t received = 0;      // resources journalled in this session
  std::uint64_t delivered = 0;     // resources sent to the peer in this session
  std::uint64_t acknowledged = 0;  // of these, seen in the peer's journal since
  std::size_t pending_answers = 0;
  bool barrier_passed = false;  // the peer asked for nothing after our last delivery
  // Nothing more to fetch, nothing asked for, everything delivered acknowledged.
  bool complete() const;
};

class PeerSync {
 public:
  // All of them outlive it: of every idle session the fingerprints would be 128 octets more.
  PeerSync(const codec::Fingerprint& self, const codec::Fingerprint& peer, SyncHost& host,
           SyncCounters& counters);

  // The session is established: both sides send a journal_request from last known (P-SYN).
  void start(Now now);
  // A message that Session verified. Precondition: wants_input(). Nothing in a resource that it
  // carries ends the session: what is invalid there is somebody else's word (ignored, counted).
  void on_message(const Message& message, SessionScratch& scratch, Now now);
  // False while the peer has more unanswered requests than kPendingAnswersMax: stop reading.
  bool wants_input() const;
  // Sends what can be sent: requests, pending answers, then what the journal has beyond the
  // cursor. Call when a send has completed, when the head moved, after on_message, and when
  // has_output() after on_stored, on_progress_stored or on_trust_changed. start and on_deadline do
  // it themselves.
  void pump(Now now);
  // Our journal has grown, or resources were released by other sessions: pump() may have work.
  bool has_output() const;
  // What the store remembers of the peer's announcements is read in portions, one per pump(): pump
  // again, though not at once, since others want their turn.
  bool is_loading() const;
  // Trust was computed anew: refused resources are asked for again.
  void on_trust_changed();
  void on_stored(const codec::Identifier& resource, StoreOutcome outcome);
  void on_progress_stored();
  // Monotonic time of the next deadline, if any; on_deadline() when it has passed.
  std::optional<std::int64_t> deadline_ms() const;
  void on_deadline(Now now);
  // The session ends: releases its claims.
  void stop();

  SyncProgress progress() const;
  // Measures a round (barrier requests, acknowledgements): costs a little, off by default.
  void track_round();

 private:
  struct Active;  // everything that an idle session does not need (peer_sync_active.h)

  Active& activate();
  void release_if_settled();
  bool broadcast();
  bool push_fresh(std::uint64_t last);
  void note_delivery(const codec::Identifier& resource);
  void note_push(std::uint64_t index);
  void note_announcement();

  const codec::Fingerprint& self_;
  const codec::Fingerprint& peer_;
  SyncHost& host_;
  SyncCounters& counters_;
  std::uint64_t told_ = 0;    // the broadcast cursor: our lines up to here have been sent (SYN-2)
  std::uint64_t pushed_ = 0;  // lines up to here were pushed, though perhaps not yet told
  std::uint64_t received_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint32_t refused_ = 0;  // persistent wanted resources that are not asked for
  bool peer_journal_read_ = false;
  bool forked_ = false;
  bool declines_pushes_ = false;  // its last journal_request was one for no lines
  std::unique_ptr<Active> active_;

 public:
  ~PeerSync();
};

}  // namespace sdmp::protocol
