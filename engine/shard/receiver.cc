#include "engine/shard/receiver.h"

#include <algorithm>
#include <cerrno>

namespace sdmp::shard {

// Of all connections in a turn; a further ring has fewer buffers, and what finds none waits again.
constexpr std::size_t kStarvedPerTurn = 512;
// Looked at in a turn for having become idle: bounds what a round over very many costs the others.
constexpr std::size_t kIdleChecksPerTurn = 1024;

Receiver::Receiver(Core& core) : core_(core) {
  idle_timer_.kind = static_cast<std::uint8_t>(TimerKind::kIdle);
}

void Receiver::arm(Connection& connection) {
  if (connection.receive_armed || connection.starved || connection.input_paused ||
      connection.end_of_input || connection.phase == Phase::kClosing) {
    return;
  }
  connection.receive_armed = true;
  connection.receive_cancelled = false;
  ++connection.operations;
  if (connection.going_idle) {
    await_input(connection);
    return;
  }
  core_.rings.receive(connection.data(ring::Op::kReceive), connection.socket);
  watch(connection);
}

void Receiver::await_input(Connection& connection) {
  connection.going_idle = false;
  connection.input_awaited = true;
  ++core_.counters.idle_sockets;
  core_.rings.of(connection.socket)
      .await_input(connection.data(ring::Op::kReceive), connection.socket);
}

void Receiver::watch(Connection& connection) {
  if (core_.config.idle_after_ms == 0) return;
  connection.heard = true;
  if (connection.receives) return;
  connection.receives = true;
  receiving_.push_back({connection.slot, connection.generation});
  if (idle_timer_.armed() || unseen_ > 0) return;
  core_.timers.arm(idle_timer_, core_.now.monotonic_ms + core_.config.idle_after_ms);
}

void Receiver::on_idle_timer() {
  unseen_ = receiving_.size();
}

void Receiver::stop() {
  core_.timers.cancel(idle_timer_);
}

void Receiver::work_some() {
  for (std::size_t n = std::min(starved_.size(), kStarvedPerTurn); n > 0; --n) {
    Connection* connection = core_.connections.find(starved_.front());
    starved_.pop_front();
    if (connection == nullptr) continue;
    connection->starved = false;
    arm(*connection);
  }
  if (unseen_ == 0) return;
  for (std::size_t n = std::min(unseen_, kIdleChecksPerTurn); n > 0; --n) {
    const std::size_t last = --unseen_;
    Connection* connection = core_.connections.find(receiving_[last]);
    if (connection != nullptr && stays_busy(*connection)) continue;
    if (connection != nullptr) connection->receives = false;
    receiving_[last] = receiving_.back();
    receiving_.pop_back();
  }
  if (unseen_ > 0 || receiving_.empty()) return;
  core_.timers.arm(idle_timer_, core_.now.monotonic_ms + core_.config.idle_after_ms);
}

bool Receiver::stays_busy(Connection& connection) {
  if (!connection.receive_armed || connection.receive_cancelled) return connection.starved;
  if (connection.phase != Phase::kEstablished) return true;
  if (connection.heard) {
    connection.heard = false;
    return true;
  }
  connection.going_idle = true;
  cancel(connection);
  return false;
}

void Receiver::cancel(Connection& connection) {
  connection.receive_cancelled = true;
  ++connection.operations;
  core_.rings.of(connection.socket)
      .cancel(connection.data(ring::Op::kCancel), connection.data(ring::Op::kReceive));
}

void Receiver::pause(Connection& connection) {
  connection.input_paused = true;
  if (connection.receive_armed && !connection.receive_cancelled) cancel(connection);
}

void Receiver::resume(Connection& connection) {
  connection.input_paused = false;
  arm(connection);
}

void Receiver::hold(Connection& connection, codec::Bytes bytes) {
  if (bytes.empty()) return;
  if (!connection.held) connection.held = std::make_unique<HeldInput>();
  HeldInput& held = *connection.held;
  if (held.begin > held.bytes.size() / 2) {
    held.bytes.erase(held.bytes.begin(),
                     held.bytes.begin() + static_cast<std::ptrdiff_t>(held.begin));
    held.begin = 0;
  }
  held.bytes.insert(held.bytes.end(), bytes.begin(), bytes.end());
}

Received Receiver::take(Connection& connection, const ring::Completion& completion) {
  if (!completion.more) {
    connection.receive_armed = false;
    --connection.operations;
  }
  if (connection.input_awaited) {
    connection.input_awaited = false;
    --core_.counters.idle_sockets;
    // What it is (octets, the end, an error) is for the receive to say.
    return {};
  }
  if (completion.result > 0) {
    connection.heard = true;
    connection.going_idle = false;
    core_.counters.bytes_in += static_cast<std::size_t>(completion.result);
    return {Received::Kind::kBytes, core_.rings.received(completion)};
  }
  switch (completion.result) {
    case 0:
      connection.end_of_input = true;
      return {Received::Kind::kEnd, {}};
    case -ENOBUFS:
      ++core_.counters.receive_buffers_exhausted;
      connection.starved = true;
      starved_.push_back({connection.slot, connection.generation});
      return {};
    case -ECANCELED:
    case -EINTR:
    case -EAGAIN:
      return {};
    default:
      connection.end_of_input = true;
      return {Received::Kind::kError, {}};
  }
}

}  // namespace sdmp::shard
