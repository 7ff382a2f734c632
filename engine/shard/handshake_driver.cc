#include "engine/shard/handshake_driver.h"

#include <algorithm>
#include <utility>

#include <sodium.h>

#include "engine/shard/session_driver.h"

namespace sdmp::shard {
namespace {

using protocol::Cause;
using protocol::HandshakeState;

// Frames of a responder that arrive before its object has been verified: as much as one turn of
// input; then the kernel keeps the rest.
constexpr std::size_t kEarlyFramesMax = 64 * 1024;

// Of those whose object is not awaited any more, what is kept besides as many as the others.
constexpr std::size_t kAwaitingKept = 1024;

protocol::AgreementSeed fresh_seed() {
  protocol::AgreementSeed seed;
  randombytes_buf(seed.writable().data(), seed.size());
  return seed;
}

}  // namespace

protocol::HandshakeContext HandshakeDriver::context() {
  return {core_.now.unix_ms, core_.context.node_key, *core_.trust, core_.context.replay,
          core_.scratch.container};
}

void HandshakeDriver::begin_responder(Connection& connection) {
  make_room();
  core_.connections.begin_awaiting(connection);
  awaiting_.push_back({connection.slot, connection.generation});
  connection.phase = Phase::kHandshaking;
  connection.role = protocol::Role::kResponder;
  connection.handshake = core_.handshake_parts.make();
  connection.deadline_ms = core_.now.monotonic_ms + core_.config.handshake_deadline_ms;
  core_.timers.arm(connection.timer, connection.deadline_ms);
  receiver_.arm(connection);
}

// Of what sessions leave of connections_max a quarter is kept for those that leave or are refused.
std::size_t HandshakeDriver::awaited_max() const {
  const std::size_t room =
      core_.config.connections_max -
      std::min<std::size_t>(core_.config.connections_max, core_.connections.sessions().size());
  return std::clamp<std::size_t>(room - room / 4, 1, core_.config.handshakes_max);
}

Connection* HandshakeDriver::awaited(const SessionToken& token) const {
  Connection* connection = core_.connections.find(token);
  return connection != nullptr && connection->object_awaited ? connection : nullptr;
}

void HandshakeDriver::make_room() {
  while (core_.connections.awaited() >= awaited_max()) {
    Connection* oldest = awaited(awaiting_.front());
    awaiting_.pop_front();
    if (oldest != nullptr) refuse(*oldest, Cause::kCrowdedOut);
  }
  if (awaiting_.size() > 2 * core_.connections.awaited() + kAwaitingKept) {
    std::erase_if(awaiting_, [this](const SessionToken& token) { return !awaited(token); });
  }
}

void HandshakeDriver::begin_initiator(Connection& connection,
                                      std::vector<codec::Fingerprint> expected) {
  connection.phase = Phase::kHandshaking;
  connection.role = protocol::Role::kInitiator;
  connection.handshake =
      core_.handshake_parts.make(protocol::Initiator(core_.config.dial_group, std::move(expected)));
  auto& initiator = std::get<protocol::Initiator>(connection.handshake->role);
  const std::string object = initiator.start(context(), fresh_seed());
  if (initiator.state() == HandshakeState::kFailed) {
    // It lies in what close() gives back.
    const protocol::Failure failure = initiator.failure();
    closer_.close(connection, failure);
    return;
  }
  sender_.append(connection, codec::as_bytes(object));
  receiver_.arm(connection);
}

void HandshakeDriver::on_received(Connection& connection, const Received& received) {
  switch (received.kind) {
    case Received::Kind::kNothing:
      return;
    case Received::Kind::kBytes:
      on_bytes(connection, received.bytes);
      return;
    case Received::Kind::kEnd:
      on_end(connection);
      return;
    case Received::Kind::kError:
      closer_.close(connection, {Cause::kClosedByPeer, std::nullopt});
      return;
  }
}

void HandshakeDriver::on_bytes(Connection& connection, codec::Bytes bytes) {
  HandshakePart& part = *connection.handshake;
  if (auto* initiator = std::get_if<protocol::Initiator>(&part.role)) {
    const std::size_t consumed = initiator->receive(bytes, context());
    receiver_.hold(connection, bytes.subspan(consumed));
    if (connection.held && connection.held->rest().size() > kEarlyFramesMax) {
      receiver_.pause(connection);
    }
  } else {
    std::get<protocol::Responder>(part.role).receive(bytes, context());
  }
  const HandshakeState state = part.state().state();
  if (state == HandshakeState::kFailed) {
    fail(connection);
  } else if (state == HandshakeState::kExpectCompute && !connection.compute_queued) {
    connection.compute_queued = true;
    core_.connections.end_awaiting(connection);
    queue_.push_back({connection.slot, connection.generation});
  }
}

void HandshakeDriver::on_end(Connection& connection) {
  protocol::Handshake& handshake = connection.handshake->state();
  handshake.end_of_stream();
  if (handshake.state() == HandshakeState::kFailed) {
    fail(connection);
    return;
  }
  // P-HS lets us answer or refuse a peer that closes its side behind a good object: refused, since
  // the session would be over before it began.
  if (connection.role == protocol::Role::kResponder) {
    refuse(connection, Cause::kClosedByPeer);
  } else {
    closer_.close(connection, {Cause::kClosedByPeer, std::nullopt});
  }
}

void HandshakeDriver::on_sent(Connection& connection, Sender::Outcome outcome) {
  if (outcome == Sender::Outcome::kFailed) {
    closer_.close(connection, {Cause::kClosedByPeer, std::nullopt});
  }
}

void HandshakeDriver::on_deadline(Connection& connection) {
  connection.handshake->state().expire();
  fail(connection);
}

void HandshakeDriver::fail(Connection& connection) {
  protocol::Handshake& handshake = connection.handshake->state();
  const protocol::Failure failure = handshake.failure();
  if (handshake.owes_nope()) {
    closer_.refuse(connection, failure);
  } else {
    closer_.close(connection, failure);
  }
}

void HandshakeDriver::refuse(Connection& connection, Cause cause) {
  closer_.refuse(connection, {cause, std::nullopt});
}

bool HandshakeDriver::compute_some() {
  for (int budget = core_.config.handshakes_per_turn; budget > 0 && !queue_.empty(); --budget) {
    const SessionToken token = queue_.front();
    queue_.pop_front();
    Connection* connection = core_.connections.find(token);
    if (connection == nullptr || connection->phase != Phase::kHandshaking) continue;
    connection->compute_queued = false;
    compute(*connection);
  }
  return !queue_.empty();
}

void HandshakeDriver::compute(Connection& connection) {
  HandshakePart& part = *connection.handshake;
  std::string object;
  if (auto* initiator = std::get_if<protocol::Initiator>(&part.role)) {
    initiator->compute(context());
  } else {
    object = std::get<protocol::Responder>(part.role).compute(context(), fresh_seed());
  }
  if (part.state().state() == HandshakeState::kFailed) {
    fail(connection);
    return;
  }
  protocol::HandshakeResult result = part.state().take_result();
  if (!core_.context.census.enter(result.peer)) {
    // The other side of an initiator has its session already, in which plaintext means nothing
    // (P-HS).
    if (object.empty()) {
      closer_.close(connection, {Cause::kTooManySessions, std::nullopt});
    } else {
      refuse(connection, Cause::kTooManySessions);
    }
    return;
  }
  connection.handshake.reset();
  if (!object.empty()) sender_.append(connection, codec::as_bytes(object));
  sessions_.establish(connection, std::move(result));
}

}  // namespace sdmp::shard
