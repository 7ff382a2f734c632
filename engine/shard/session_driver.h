// Established sessions: input in place from the receive buffers to PeerSync, back-pressure, answers
// of the ledger, output. Events only queue a session; work_some() serves a bounded number of them
// per turn, so that what arrived in many pieces becomes one batch of output. New lines of the
// journal are announced to all sessions in rounds: what is committed during one waits for the next.
#pragma once

#include <deque>
#include <vector>

#include "engine/protocol/handshake.h"
#include "engine/shard/closer.h"
#include "engine/shard/sync_hub.h"

namespace sdmp::shard {

// Thread rule: the shard's thread.
class SessionDriver {
 public:
  SessionDriver(Core& core, Sender& sender, Receiver& receiver, Closer& closer, SyncHub& hub);

  // The handshake is done; what the responder sent behind its object waits in connection.held.
  void establish(Connection& connection, protocol::HandshakeResult result);

  void on_received(Connection& connection, const Received& received);
  void on_sent(Connection& connection, Sender::Outcome outcome);
  void on_deadline(Connection& connection);
  void on_committed(const Committed& committed);
  // The time to look at the ledger's mailbox again, or to announce what it told.
  void on_ledger_timer();
  // Every session: no more input; out with what is queued, then out with the session.
  void drain();

  // Begins a part of the input (kTextPerPart); what comes when it has taken its share is held, and
  // taken when the session is served.
  void begin_input() { input_left_ = kTextPerPart; }
  bool takes_input() const { return input_left_ > 0; }

  // Serves at most kSessionsPerTurn sessions that something happened to, and as many of a round.
  void work_some();
  bool has_work() const {
    return !queue_.empty() || round_left_ > 0 || trust_left_ > 0 || trust_due_ ||
           hub_.has_released();
  }
  // From the start of a round to `sessions` sessions to the start of the next one, at least.
  static std::int64_t round_pause_ms(std::size_t sessions);

 private:
  void queue(Connection& connection);
  void serve_queued();
  void serve_round();
  void start_round_if_due();
  bool has_nothing_to_do(const Connection& connection) const;
  // Output, input that waited, the next deadline. May end the session.
  void serve(Connection& connection);
  // Takes messages off `input`; false when that ended the session.
  bool take_input(Connection& connection, codec::MutableBytes& input);
  bool may_take_input(Connection& connection);
  void block(Connection& connection);
  void arm_timer(Connection& connection);
  void report_progress(Connection& connection);
  // Goes on telling the sessions that trust has changed, kSessionsPerTurn of them.
  void apply_trust();
  void set_trust_end(Connection& connection);
  void finish_if_drained(Connection& connection);
  void wake_ledger_waiters();

  Core& core_;
  Sender& sender_;
  Receiver& receiver_;
  Closer& closer_;
  SyncHub& hub_;
  std::int64_t input_left_ = kTextPerPart;
  std::deque<SessionToken> queue_;            // work_queued; at most one entry per session
  std::vector<SessionToken> ledger_waiters_;  // ledger_waiting
  TimerNode ledger_timer_;
  // The sessions whose turn in the round is still to come: this many, from the list's front. One
  // that leaves is replaced by the last, which is then perhaps looked at twice, but none is missed.
  std::size_t round_left_ = 0;
  std::size_t trust_left_ = 0;  // likewise: those that new trust was not applied to yet
  bool trust_due_ = false;      // there is newer trust than the one that is being applied
  std::int64_t next_round_ms_ = 0;
  TimerNode round_timer_;
};

}  // namespace sdmp::shard
