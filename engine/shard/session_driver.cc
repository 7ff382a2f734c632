#include "engine/shard/session_driver.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/shard/session_part.h"

namespace sdmp::shard {
namespace {

using protocol::Cause;

// The ledger answers what it stored, which wakes us; this is for the rest (and only runs while
// sessions wait for it).
constexpr std::int64_t kLedgerRetryMs = 10;
// A send costs the kernel some 5 us, whatever little it carries. Rounds are so far apart that this
// takes a fiftieth of the shard's time, up to 200 sessions; of more, each is told of new lines
// every 50 ms, or as soon as the round before is through. What is committed later than that after a
// round waits for nothing.
constexpr std::size_t kSessionsPerPauseMs = 4;
constexpr std::int64_t kRoundPauseMaxMs = 50;

bool same(const protocol::SyncProgress& a, const protocol::SyncProgress& b) {
  const auto fields = [](const protocol::SyncProgress& p) {
    return std::tie(p.peer_journal_read, p.forked, p.wanted, p.refused, p.ledger_posts, p.received,
                    p.delivered, p.acknowledged, p.pending_answers, p.barrier_passed);
  };
  return fields(a) == fields(b);
}

}  // namespace

SessionDriver::SessionDriver(Core& core, Sender& sender, Receiver& receiver, Closer& closer,
                             SyncHub& hub)
    : core_(core), sender_(sender), receiver_(receiver), closer_(closer), hub_(hub) {
  ledger_timer_.kind = static_cast<std::uint8_t>(TimerKind::kLedger);
  round_timer_.kind = static_cast<std::uint8_t>(TimerKind::kLedger);
}

std::int64_t SessionDriver::round_pause_ms(std::size_t sessions) {
  return std::min(static_cast<std::int64_t>(sessions / kSessionsPerPauseMs), kRoundPauseMaxMs);
}

void SessionDriver::establish(Connection& connection, protocol::HandshakeResult result) {
  connection.phase = Phase::kEstablished;
  connection.was_established = true;
  connection.session = core_.session_parts.make(connection, std::move(result), hub_, core_);
  core_.connections.enter_session(connection);
  ++core_.counters.established;
  core_.counters.sessions = core_.connections.sessions().size();
  SessionPart& part = *connection.session;
  if (connection.dialled && core_.context.dial_observer != nullptr) {
    core_.context.dial_observer->on_established(connection.dial_id, part.session.peer());
    if (connection.track_round) {
      part.sync.track_round();
      part.reported = std::make_unique<protocol::SyncProgress>();
    }
  }
  set_trust_end(connection);
  part.sync.start(core_.now);
  connection.input_paused = false;
  receiver_.arm(connection);
  queue(connection);
}

void SessionDriver::queue(Connection& connection) {
  if (connection.work_queued) return;
  connection.work_queued = true;
  queue_.push_back({connection.slot, connection.generation});
}

void SessionDriver::work_some() {
  for (const SessionToken& token : hub_.take_released()) {
    Connection* connection = core_.connections.find(token);
    if (connection == nullptr) continue;
    connection->claim_waiting = false;
    if (connection->phase == Phase::kEstablished) queue(*connection);
  }
  apply_trust();
  serve_queued();
  serve_round();
}

void SessionDriver::serve_queued() {
  const std::size_t output_max = sender_.queued_bytes() + kOutputPerTurn;
  begin_input();
  hub_.begin_output();
  for (std::size_t budget = std::min(queue_.size(), kSessionsPerTurn);
       budget > 0 && sender_.queued_bytes() < output_max && takes_input() && !hub_.output_spent();
       --budget) {
    const SessionToken token = queue_.front();
    queue_.pop_front();
    Connection* connection = core_.connections.find(token);
    if (connection == nullptr) continue;
    connection->work_queued = false;
    if (connection->phase == Phase::kEstablished) serve(*connection);
  }
}

void SessionDriver::serve_round() {
  if (round_left_ == 0) return;
  const std::size_t output_max = sender_.queued_bytes() + kOutputPerTurn;
  hub_.begin_output();
  round_left_ = std::min(round_left_, core_.connections.sessions().size());
  for (std::size_t budget = std::min(round_left_, kSessionsPerTurn);
       budget > 0 && sender_.queued_bytes() < output_max && !hub_.output_spent(); --budget) {
    // Serving one may end it, and with it the list's last entry.
    round_left_ = std::min(round_left_, core_.connections.sessions().size());
    if (round_left_ == 0) break;
    Connection& connection = *core_.connections.at(core_.connections.sessions()[--round_left_]);
    // One with a send in flight is served when that has ended. One that is queued is served all
    // the same: told with the others of the same lines, it shares what was packed for them.
    if (connection.send_in_flight) continue;
    if (connection.session->sync.has_output()) serve(connection);
  }
  start_round_if_due();
}

void SessionDriver::start_round_if_due() {
  if (round_left_ > 0 || hub_.committed() == hub_.head()) return;
  if (core_.now.monotonic_ms < next_round_ms_ && !core_.draining) {
    core_.timers.arm(round_timer_, next_round_ms_);
    return;
  }
  round_left_ = core_.connections.sessions().size();
  next_round_ms_ = core_.now.monotonic_ms + round_pause_ms(round_left_);
  hub_.announce(next_round_ms_);
}

void SessionDriver::on_received(Connection& connection, const Received& received) {
  switch (received.kind) {
    case Received::Kind::kNothing:
      return;
    case Received::Kind::kEnd:
      queue(connection);
      return;
    case Received::Kind::kError:
      closer_.close(connection, {Cause::kClosedByPeer, std::nullopt});
      return;
    case Received::Kind::kBytes:
      break;
  }
  codec::MutableBytes input = received.bytes;
  if (!connection.held && !take_input(connection, input)) return;
  if (!input.empty()) {
    receiver_.hold(connection, input);
    block(connection);
  }
  queue(connection);
}

bool SessionDriver::may_take_input(Connection& connection) {
  return !core_.draining && connection.session->sync.wants_input() && hub_.ledger_has_room();
}

bool SessionDriver::take_input(Connection& connection, codec::MutableBytes& input) {
  SessionPart& part = *connection.session;
  while (!input.empty() && takes_input() && may_take_input(connection)) {
    auto message = part.session.receive(input, *core_.trust, core_.now.unix_ms, core_.scratch);
    if (!message) {
      closer_.leave(connection, message.error());
      return false;
    }
    if (!*message) break;
    ++core_.counters.frames_in;
    input_left_ -= static_cast<std::int64_t>((*message)->container.text.size());
    part.sync.on_message(**message, core_.scratch, core_.now);
  }
  return true;
}

// Reading stops at the socket too, so that the peer's TCP feels it.
void SessionDriver::block(Connection& connection) {
  if (!connection.input_paused) {
    ++core_.counters.input_paused;
    receiver_.pause(connection);
  }
  if (connection.ledger_waiting) return;
  if (hub_.ledger_has_room()) {
    // It was the ledger, which has made room since: nothing else would wake the session.
    if (may_take_input(connection)) queue(connection);
    return;
  }
  connection.ledger_waiting = true;
  ledger_waiters_.push_back({connection.slot, connection.generation});
  if (!ledger_timer_.armed()) {
    core_.timers.arm(ledger_timer_, core_.now.monotonic_ms + kLedgerRetryMs);
  }
}

void SessionDriver::serve(Connection& connection) {
  SessionPart& part = *connection.session;
  if (connection.held && may_take_input(connection)) {
    HeldInput& held = *connection.held;
    codec::MutableBytes input = held.rest();
    if (!take_input(connection, input)) return;
    held.begin = held.bytes.size() - input.size();
    if (input.empty()) connection.held.reset();
  }
  if (connection.end_of_input && (!connection.held || core_.draining)) {
    closer_.close(connection, {Cause::kClosedByPeer, std::nullopt});
    return;
  }
  if (!connection.send_in_flight) {
    part.sync.pump(core_.now);
    // No send may be under way whose end would wake it.
    const bool has_more = hub_.output_spent() ? part.sync.has_output() : part.sync.is_loading();
    if (has_more) queue(connection);
  }
  report_progress(connection);
  if (core_.draining) {
    finish_if_drained(connection);
    if (connection.phase != Phase::kEstablished) return;
  } else if (!may_take_input(connection)) {
    block(connection);
  } else if (connection.held) {
    queue(connection);
  } else if (connection.input_paused) {
    receiver_.resume(connection);
  }
  arm_timer(connection);
}

void SessionDriver::on_sent(Connection& connection, Sender::Outcome outcome) {
  if (outcome == Sender::Outcome::kFailed) {
    closer_.close(connection, {Cause::kClosedByPeer, std::nullopt});
    return;
  }
  // After a round this is what most sessions come to. Their timers are still those of the send, and
  // find nothing to do when they fire.
  if (outcome == Sender::Outcome::kDone && has_nothing_to_do(connection)) return;
  queue(connection);
}

bool SessionDriver::has_nothing_to_do(const Connection& connection) const {
  const SessionPart& part = *connection.session;
  return !part.sync.has_output() && !part.reported && !connection.held &&
         !connection.input_paused && !connection.end_of_input && !core_.draining;
}

void SessionDriver::arm_timer(Connection& connection) {
  std::int64_t deadline = connection.trust_until_ms;
  if (const auto sync = connection.session->sync.deadline_ms())
    deadline = std::min(deadline, *sync);
  if (connection.send_in_flight) {
    deadline = std::min(deadline, connection.send_since_ms + core_.config.send_stall_ms);
  }
  core_.timers.arm(connection.timer, deadline);
}

void SessionDriver::on_deadline(Connection& connection) {
  const protocol::Now now = core_.now;
  protocol::PeerSync& sync = connection.session->sync;
  if (now.monotonic_ms >= connection.trust_until_ms) {
    // The two clocks may have drifted apart: the table decides.
    if (!core_.trust->may_connect(connection.session->session.peer(), now.unix_ms)) {
      closer_.leave(connection, {Cause::kTrustLost, std::nullopt});
      return;
    }
    set_trust_end(connection);
  }
  if (connection.send_in_flight &&
      now.monotonic_ms - connection.send_since_ms >= core_.config.send_stall_ms) {
    closer_.close(connection, {Cause::kSendStalled, std::nullopt});
    return;
  }
  if (const auto deadline = sync.deadline_ms(); deadline && *deadline <= now.monotonic_ms) {
    sync.on_deadline(now);
  } else if (!connection.send_in_flight && has_nothing_to_do(connection)) {
    arm_timer(connection);
    return;
  }
  queue(connection);
}

void SessionDriver::set_trust_end(Connection& connection) {
  const protocol::TrustEntry* entry = core_.trust->find(connection.session->session.peer());
  const std::int64_t left = entry == nullptr ? 0 : entry->valid_until - core_.now.unix_ms;
  connection.trust_until_ms = core_.now.monotonic_ms + std::max<std::int64_t>(left, 1);
}

void SessionDriver::on_committed(const Committed& committed) {
  hub_.take_commit(committed);
  for (const auto& answer : committed.answers) {
    const SessionToken token = std::visit([](const auto& a) { return a.session; }, answer);
    Connection* connection = core_.connections.find(token);
    if (connection == nullptr || connection->phase != Phase::kEstablished) continue;
    protocol::PeerSync& sync = connection->session->sync;
    if (const auto* stored = std::get_if<StoredAnswer>(&answer)) {
      sync.on_stored(stored->identifier, stored->outcome);
    } else {
      sync.on_progress_stored();
    }
    queue(*connection);
  }
  if (committed.trust) {
    core_.trust = committed.trust;
    // One that is under way goes on to its end first: whoever makes trust change again and again
    // keeps it from nobody.
    trust_due_ = true;
  }
  start_round_if_due();
  wake_ledger_waiters();
}

void SessionDriver::apply_trust() {
  if (trust_left_ == 0 && std::exchange(trust_due_, false)) {
    trust_left_ = core_.connections.sessions().size();
  }
  for (std::size_t budget = kSessionsPerTurn; budget > 0; --budget) {
    // A session that ends leaves the table's list.
    trust_left_ = std::min(trust_left_, core_.connections.sessions().size());
    if (trust_left_ == 0) return;
    Connection& connection = *core_.connections.at(core_.connections.sessions()[--trust_left_]);
    if (!core_.trust->may_connect(connection.session->session.peer(), core_.now.unix_ms)) {
      closer_.leave(connection, {Cause::kTrustLost, std::nullopt});
      continue;
    }
    set_trust_end(connection);
    connection.session->sync.on_trust_changed();
    if (connection.session->sync.has_output() || connection.session->reported) queue(connection);
    arm_timer(connection);
  }
}

void SessionDriver::on_ledger_timer() {
  start_round_if_due();
  wake_ledger_waiters();
}

void SessionDriver::wake_ledger_waiters() {
  core_.timers.cancel(ledger_timer_);
  for (const SessionToken& token : std::exchange(ledger_waiters_, {})) {
    Connection* connection = core_.connections.find(token);
    if (connection == nullptr) continue;
    connection->ledger_waiting = false;
    if (connection->phase == Phase::kEstablished) queue(*connection);
  }
}

void SessionDriver::report_progress(Connection& connection) {
  SessionPart& part = *connection.session;
  // With trust that it has not been told of yet a round is not complete.
  if (!part.reported || trust_due_ || connection.session_index < trust_left_) return;
  const protocol::SyncProgress progress = part.sync.progress();
  if (same(progress, *part.reported)) return;
  *part.reported = progress;
  core_.context.dial_observer->on_progress(connection.dial_id, progress);
}

void SessionDriver::drain() {
  hub_.announce();
  for (const std::uint32_t slot : core_.connections.sessions()) {
    Connection& connection = *core_.connections.at(slot);
    receiver_.pause(connection);
    queue(connection);
  }
}

void SessionDriver::finish_if_drained(Connection& connection) {
  if (sender_.busy(connection)) return;
  closer_.leave(connection, {Cause::kShuttingDown, std::nullopt});
}

}  // namespace sdmp::shard
