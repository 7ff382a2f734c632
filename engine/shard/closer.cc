#include "engine/shard/closer.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "codec/check.h"
#include "engine/protocol/limits.h"
#include "engine/shard/handshake_driver.h"
#include "engine/shard/session_part.h"

namespace sdmp::shard {
namespace {

using protocol::Cause;

// What the kernel may hold unread when the time of a leaving connection is over. Without a copy it
// costs little; a peer that still sends by then is cut.
constexpr std::uint32_t kDiscardAtCutMax = 1u << 20;

// Ends that are nobody's fault are not worth a line.
bool is_ordinary(Cause cause) {
  return cause == Cause::kNone || cause == Cause::kClosedByPeer || cause == Cause::kShuttingDown;
}

}  // namespace

void Closer::refuse(Connection& connection, const protocol::Failure& failure) {
  SDMP_CHECK(connection.phase == Phase::kHandshaking);
  end_protocol(connection, failure, {});
  connection.nope_due = true;
  start_leaving(connection);
}

void Closer::leave(Connection& connection, const protocol::Failure& failure) {
  SDMP_CHECK(connection.phase == Phase::kEstablished);
  end_protocol(connection, failure, {});
  start_leaving(connection);
}

void Closer::close(Connection& connection, const protocol::Failure& failure, std::string words) {
  if (connection.phase == Phase::kClosing) return;
  if (connection.phase != Phase::kLeaving) end_protocol(connection, failure, std::move(words));
  connection.phase = Phase::kClosing;
  core_.timers.cancel(connection.timer);
  connection.held.reset();
  if (connection.connect_armed) cancel(connection, ring::Op::kConnect);
  if (connection.send_in_flight) cancel(connection, ring::Op::kSend);
  if (connection.receive_armed && !connection.receive_cancelled) {
    connection.receive_cancelled = true;
    cancel(connection, ring::Op::kReceive);
  }
  continue_closing(connection);
}

void Closer::cancel(Connection& connection, ring::Op op) {
  ++connection.operations;
  core_.rings.of(connection.socket).cancel(connection.data(ring::Op::kCancel), connection.data(op));
}

// The moment at which a handshake or session is over for everyone but the kernel.
void Closer::end_protocol(Connection& connection, const protocol::Failure& failure,
                          std::string words) {
  ++core_.counters.failures[static_cast<std::size_t>(failure.cause)];
  if (connection.session) {
    connection.session->sync.stop();
    connection.session->session.forget_keys(core_.scratch);
    core_.context.census.leave(connection.session->session.peer());
    core_.connections.leave_session(connection);
    core_.counters.sessions = core_.connections.sessions().size();
    connection.session.reset();
    if (!is_ordinary(failure.cause)) {
      core_.log.session_ended(connection.peer, failure, core_.now.monotonic_ms);
    }
  } else if (connection.phase == Phase::kHandshaking && failure.cause != Cause::kShuttingDown) {
    core_.log.handshake_failed(connection.peer, failure, core_.now.monotonic_ms);
  }
  connection.handshake.reset();
  connection.held.reset();
  core_.connections.end_awaiting(connection);
  if (connection.dialled) {
    if (words.empty()) words = protocol::describe(failure);
    core_.dial_ends.push_back(
        {connection.dial_id, connection.was_established, failure, std::move(words)});
  }
}

void Closer::start_leaving(Connection& connection) {
  connection.phase = Phase::kLeaving;
  connection.deadline_ms = core_.now.monotonic_ms + core_.config.nope_drain_ms;
  core_.timers.arm(connection.timer, connection.deadline_ms);
  // What was queued behind the octets that the kernel has is not sent any more. A send in flight
  // ends first: `nope` must not be mixed into it.
  if (!connection.send_in_flight) {
    sender_.discard(connection);
    step(connection);
  }
  receiver_.resume(connection);
}

void Closer::step(Connection& connection) {
  if (connection.nope_due) {
    connection.nope_due = false;
    sender_.append(connection, codec::as_bytes({protocol::kNope, sizeof protocol::kNope}));
    return;
  }
  if (connection.write_shut) return;
  if (connection.socket.direct) {
    if (connection.expose_in_flight) return;
    connection.expose_in_flight = true;
    ++connection.operations;
    core_.rings.of(connection.socket).expose(connection.data(ring::Op::kExpose), connection.socket);
    return;
  }
  ring::shutdown_write(connection.socket.number);
  on_write_shut(connection);
}

// Without a regular descriptor the peer sees the end only when its time is over and we close.
void Closer::on_exposed(Connection& connection, const ring::Completion& completion) {
  --connection.operations;
  if (completion.result >= 0) {
    ring::shutdown_write(completion.result);
    ::close(completion.result);
  }
  if (connection.phase == Phase::kLeaving) on_write_shut(connection);
}

void Closer::on_write_shut(Connection& connection) {
  connection.write_shut = true;
  // With both sides at their end nothing is left to wait for.
  if (connection.end_of_input) close(connection, {});
}

void Closer::on_received(Connection& connection, const Received& received) {
  switch (received.kind) {
    case Received::Kind::kNothing:
      return;
    case Received::Kind::kBytes:
      connection.discarded_bytes += static_cast<std::uint32_t>(received.bytes.size());
      // No more is read than that, but the close waits for its time: `nope` is on its way.
      if (connection.discarded_bytes >= core_.config.nope_drain_bytes) receiver_.pause(connection);
      return;
    case Received::Kind::kEnd:
      if (connection.write_shut) close(connection, {});
      return;
    case Received::Kind::kError:
      close(connection, {});
      return;
  }
}

void Closer::on_sent(Connection& connection, Sender::Outcome outcome) {
  switch (outcome) {
    case Sender::Outcome::kMore:
      return;
    case Sender::Outcome::kDone:
      step(connection);
      return;
    case Sender::Outcome::kFailed:
      close(connection, {});
      return;
  }
}

void Closer::on_deadline(Connection& connection) {
  ++connection.operations;
  core_.rings.of(connection.socket)
      .discard(connection.data(ring::Op::kDiscard), connection.socket, kDiscardAtCutMax);
  close(connection, {});
}

void Closer::continue_closing(Connection& connection) {
  if (connection.phase != Phase::kClosing || connection.operations > 0) return;
  if (connection.socket) {
    ++connection.operations;
    core_.rings.of(connection.socket).close(connection.data(ring::Op::kClose), connection.socket);
    if (connection.socket.direct) core_.tables.of(connection.socket).give_back();
    connection.socket = {};
    return;
  }
  sender_.discard(connection);
  core_.connections.remove(connection);
  core_.counters.connections = core_.connections.size();
}

}  // namespace sdmp::shard
