#include "engine/shard/dialer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <sodium.h>
#include <unistd.h>

#include "engine/shard/handshake_driver.h"

namespace sdmp::shard {
namespace {

using protocol::Cause;

}  // namespace

std::int64_t redial_delay_ms(int attempt, std::int64_t first_ms, std::int64_t last_ms) {
  std::int64_t delay = first_ms;
  for (int i = 0; i < attempt && delay < last_ms; ++i) delay *= 2;
  return std::min(delay, last_ms);
}

void Dialer::dial(Dial request) {
  if (const auto found = dials_.find(request.dial_id); found != dials_.end()) {
    found->second->request.expected = std::move(request.expected);
    return;
  }
  auto state = std::make_unique<State>();
  state->timer.kind = static_cast<std::uint8_t>(TimerKind::kDial);
  state->timer.owner = request.dial_id;
  state->request = std::move(request);
  State& placed = *state;
  dials_.emplace(placed.request.dial_id, std::move(state));
  attempt(placed);
}

void Dialer::attempt(State& state) {
  if (stopped_) {
    give_up(state, Cause::kShuttingDown, "the node is shutting down");
    return;
  }
  const auto address = ring::SocketAddress::parse(state.request.address);
  if (!address) {
    state.request.keep = false;
    give_up(state, Cause::kLocalFailure, address.error());
    return;
  }
  const int fd = ring::open_stream(address->family());
  if (fd < 0) {
    give_up(state, Cause::kLocalFailure, std::string("socket: ") + std::strerror(-fd));
    return;
  }
  ring::set_stream_options(fd, core_.config.keepalive_s);
  ++core_.counters.dialled;
  Connection& connection = core_.connections.add();
  core_.counters.connections = core_.connections.size();
  connection.socket = fd;
  connection.phase = Phase::kConnecting;
  connection.dialled = true;
  connection.dial_id = state.request.dial_id;
  connection.track_round = state.request.track_round;
  connection.peer = *address;
  connection.timer.kind = static_cast<std::uint8_t>(TimerKind::kConnection);
  connection.timer.owner = connection.slot;
  connection.deadline_ms = core_.now.monotonic_ms + core_.config.handshake_deadline_ms;
  core_.timers.arm(connection.timer, connection.deadline_ms);
  connection.connect_armed = true;
  ++connection.operations;
  core_.rings.first().connect(connection.data(ring::Op::kConnect), fd, connection.peer);
  state.connection = {connection.slot, connection.generation};
  state.connected = true;
}

// No connection came of it: the same path as for one that ended.
void Dialer::give_up(State& state, Cause cause, std::string words) {
  core_.dial_ends.push_back(
      {state.request.dial_id, false, {cause, std::nullopt}, std::move(words)});
}

void Dialer::on_connected(Connection& connection, const ring::Completion& completion) {
  connection.connect_armed = false;
  --connection.operations;
  if (connection.phase != Phase::kConnecting) return;
  if (completion.result < 0) {
    closer_.close(
        connection, {Cause::kClosedByPeer, std::nullopt},
        "connecting to " + connection.peer.text() + ": " + std::strerror(-completion.result));
    return;
  }
  // Rings without tables, or without a free place in one, are no failure: the socket stays the
  // regular descriptor that it is.
  if (!core_.tables.has_free()) {
    begin(connection);
    return;
  }
  const std::size_t ring = core_.tables.roomiest();
  // Taken from now on, or an accept could be promised the same place.
  core_.tables.at(ring).take();
  connection.adopted_place = connection.socket.number;
  ++connection.operations;
  core_.rings.at(ring).adopt(connection.data(ring::Op::kAdopt), connection.adopted_place);
}

void Dialer::on_adopted(Connection& connection, const ring::Completion& completion) {
  --connection.operations;
  if (completion.result == 1) {
    ::close(connection.socket.number);
    connection.socket = ring::Handle::in_table(connection.adopted_place, completion.ring);
  } else {
    core_.tables.at(completion.ring).give_back();
  }
  if (connection.phase == Phase::kConnecting) begin(connection);
}

void Dialer::begin(Connection& connection) {
  const auto found = dials_.find(connection.dial_id);
  if (found == dials_.end()) {
    closer_.close(connection, {Cause::kShuttingDown, std::nullopt}, "the dial was ended");
    return;
  }
  handshakes_.begin_initiator(connection, found->second->request.expected);
}

void Dialer::on_deadline(Connection& connection) {
  const auto found = dials_.find(connection.dial_id);
  const std::string where = found == dials_.end() ? "" : " to " + found->second->request.address;
  closer_.close(connection, {Cause::kHandshakeDeadline, std::nullopt},
                "connecting" + where + ": no answer in time");
}

void Dialer::on_timer(std::uint64_t dial_id) {
  if (const auto found = dials_.find(dial_id); found != dials_.end()) attempt(*found->second);
}

void Dialer::end(std::uint64_t dial_id) {
  const auto found = dials_.find(dial_id);
  if (found == dials_.end()) return;
  State& state = *found->second;
  state.request.keep = false;
  core_.timers.cancel(state.timer);
  if (!state.connected) {
    give_up(state, Cause::kShuttingDown, "the dial was ended");
    return;
  }
  Connection* connection = core_.connections.find(state.connection);
  if (connection == nullptr) return;
  const protocol::Failure failure{Cause::kShuttingDown, std::nullopt};
  switch (connection->phase) {
    case Phase::kEstablished:
      closer_.leave(*connection, failure);
      return;
    case Phase::kHandshaking:
      closer_.refuse(*connection, failure);
      return;
    case Phase::kConnecting:
      closer_.close(*connection, failure);
      return;
    case Phase::kFree:
    case Phase::kLeaving:
    case Phase::kClosing:
      return;
  }
}

void Dialer::stop() {
  stopped_ = true;
  for (auto& [id, state] : dials_) {
    state->request.keep = false;
    core_.timers.cancel(state->timer);
    if (!state->connected) give_up(*state, Cause::kShuttingDown, "the node is shutting down");
  }
}

void Dialer::settle_ends() {
  // Observers and attempts may add to the list.
  while (!core_.dial_ends.empty()) {
    for (const DialEnd& end : std::exchange(core_.dial_ends, {})) {
      const auto found = dials_.find(end.dial_id);
      if (found == dials_.end()) continue;
      if (core_.context.dial_observer != nullptr) {
        core_.context.dial_observer->on_ended(end.dial_id, end.failure, end.words);
      }
      State& state = *found->second;
      state.connected = false;
      if (!state.request.keep) {
        core_.timers.cancel(state.timer);
        dials_.erase(found);
        continue;
      }
      if (end.was_established) state.attempts = 0;
      const std::int64_t delay = redial_delay_ms(state.attempts++, core_.config.redial_first_ms,
                                                 core_.config.redial_last_ms);
      const auto jitter =
          static_cast<std::int64_t>(randombytes_uniform(static_cast<std::uint32_t>(delay / 2 + 1)));
      core_.timers.arm(state.timer, core_.now.monotonic_ms + delay - jitter);
    }
  }
}

}  // namespace sdmp::shard
