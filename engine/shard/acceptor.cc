#include "engine/shard/acceptor.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/ring/socket.h"
#include "engine/shard/handshake_driver.h"

namespace sdmp::shard {

// What is lacking comes back when connections end; until then the kernel queues what arrives.
constexpr std::int64_t kAcceptRetryMs = 100;
constexpr std::int64_t kComplaintPeriodMs = 10'000;
// With fewer places than that (or not all of a smaller table) connections are accepted one by one.
constexpr std::uint32_t kFewPlaces = 256;

Acceptor::Acceptor(Core& core, HandshakeDriver& handshakes) : core_(core), handshakes_(handshakes) {
  for (const int fd : core.config.listen_fds) {
    ring::set_blocking(fd);
    ring::set_stream_options(fd, core.config.keepalive_s);
    listeners_.push_back({.fd = fd, .family = ring::SocketAddress::of_socket(fd).family()});
  }
  retry_timer_.kind = static_cast<std::uint8_t>(TimerKind::kAccept);
  core.counters.direct_sockets = core.tables.all();
  core.counters.rings = core.rings.size();
}

void Acceptor::start() {
  if (stopped_) return;
  waits_for_place_ = false;
  for (std::uint32_t i = 0; i < listeners_.size(); ++i) {
    if (!listeners_[i].armed && !arm(listeners_[i], i)) waits_for_place_ = true;
  }
  if (waits_for_place_ && !full_) say_full();
  full_ = waits_for_place_;
}

bool Acceptor::arm(Listener& listener, std::uint32_t index) {
  if (core_.tables.exist()) {
    if (!core_.tables.has_roomy() && may_open()) open_ring();
    if (!core_.tables.has_free()) return false;
  }
  listener.ring = core_.tables.roomiest();
  listener.moving = false;
  ring::Ring& ring = core_.rings.at(listener.ring);
  Places& places = core_.tables.at(listener.ring);
  const ring::UserData data{.slot = index, .generation = 0, .op = ring::Op::kAccept};
  listener.one_by_one = places.left() < std::min(kFewPlaces, places.all());
  if (listener.one_by_one) {
    ring.accept_one(data, listener.fd);
    places.promise();
  } else {
    ring.accept(data, listener.fd);
  }
  listener.armed = true;
  ++armed_;
  return true;
}

bool Acceptor::may_open() const {
  return core_.tables.may_grow() && core_.now.monotonic_ms >= may_open_ms_;
}

void Acceptor::open_ring() {
  if (const auto opened = core_.rings.open(); !opened) {
    may_open_ms_ = core_.now.monotonic_ms + kComplaintPeriodMs;
    core_.log.trouble("shard " + std::to_string(core_.config.index) + " has places for " +
                          std::to_string(core_.tables.all()) +
                          " connections and gets no more of them: " + opened.error(),
                      core_.now.monotonic_ms);
    return;
  }
  core_.tables.grow();
  core_.counters.direct_sockets = core_.tables.all();
  core_.counters.rings = core_.rings.size();
}

void Acceptor::move_if_worth(Listener& listener, std::uint32_t index) {
  if (listener.moving || listener.one_by_one || !core_.tables.exist()) return;
  if (core_.tables.at(listener.ring).free() >= core_.tables.few()) return;
  if (!core_.tables.has_roomy() && !may_open()) return;
  listener.moving = true;
  cancel(listener, index);
}

void Acceptor::cancel(const Listener& listener, std::uint32_t index) {
  core_.rings.at(listener.ring)
      .cancel({.slot = ring::kNobody, .generation = 0, .op = ring::Op::kCancel},
              {.slot = index, .generation = 0, .op = ring::Op::kAccept});
}

void Acceptor::resume() {
  if (waits_for_place_ && (core_.tables.has_free() || may_open())) start();
}

void Acceptor::stop() {
  stopped_ = true;
  waits_for_place_ = false;
  core_.timers.cancel(retry_timer_);
  for (std::uint32_t i = 0; i < listeners_.size(); ++i) {
    if (listeners_[i].armed) cancel(listeners_[i], i);
  }
}

void Acceptor::on_accepted(const ring::Completion& completion) {
  Listener& listener = listeners_[completion.data.slot];
  Places& places = core_.tables.at(completion.ring);
  if (completion.result >= 0) {
    take(core_.rings.at(completion.ring).accepted(completion), listener.family);
  }
  if (completion.more) {
    move_if_worth(listener, completion.data.slot);
    return;
  }
  listener.armed = false;
  --armed_;
  if (listener.one_by_one) places.end_promise();
  switch (completion.result) {
    case -ENFILE:
      // The kernel says the same of a full table, where it closed the connection that found it so
      // (another listener's accept may have taken the place that was promised), and of a system
      // without files, where the connection waits and the next try would fail at once.
      if (places.was_full()) {
        ++core_.counters.turned_away;
        start();
        return;
      }
      [[fallthrough]];
    case -EMFILE:
    case -ENOBUFS:
    case -ENOMEM:
    case -EBADF:
    case -EINVAL:
      back_off(-completion.result);
      return;
    default:
      start();
  }
}

void Acceptor::take(ring::Handle socket, int family) {
  if (socket.direct) core_.tables.of(socket).take();
  if (stopped_ || core_.connections.size() >= core_.config.connections_max) {
    if (!stopped_) say_limit();
    core_.rings.of(socket).close({.slot = ring::kNobody, .generation = 0, .op = ring::Op::kClose},
                                 socket);
    if (socket.direct) core_.tables.of(socket).give_back();
    return;
  }
  ++core_.counters.accepted;
  Connection& connection = core_.connections.add();
  core_.counters.connections = core_.connections.size();
  connection.socket = socket;
  connection.timer.kind = static_cast<std::uint8_t>(TimerKind::kConnection);
  connection.timer.owner = connection.slot;
  if (socket.direct) {
    connection.peer = ring::SocketAddress::of_family(family);
    ++connection.operations;
    core_.rings.of(socket).peer_address(connection.data(ring::Op::kPeerAddress), socket,
                                        connection.peer);
  } else {
    connection.peer = ring::SocketAddress::of_peer(socket.number);
  }
  handshakes_.begin_responder(connection);
}

bool Acceptor::may_complain(std::optional<std::int64_t>& said_ms) {
  const std::int64_t now = core_.now.monotonic_ms;
  if (said_ms && now - *said_ms < kComplaintPeriodMs) return false;
  said_ms = now;
  return true;
}

void Acceptor::back_off(int error) {
  if (stopped_) return;
  core_.timers.arm(retry_timer_, core_.now.monotonic_ms + kAcceptRetryMs);
  if (!may_complain(said_lacking_ms_)) return;
  core_.log.trouble(std::string("connections cannot be accepted at the moment: ") +
                        std::strerror(error) +
                        (error == EMFILE ? " (raise ulimit -n or LimitNOFILE=)" : ""),
                    core_.now.monotonic_ms);
}

void Acceptor::say_limit() {
  ++core_.counters.turned_away;
  if (!may_complain(said_limit_ms_)) return;
  core_.log.trouble("connections are turned away: shard " + std::to_string(core_.config.index) +
                        " has " + std::to_string(core_.connections.size()) +
                        " of them, as many as limits.connections allows; raise it in node.toml",
                    core_.now.monotonic_ms);
}

void Acceptor::say_full() {
  ++core_.counters.accept_stops;
  if (!may_complain(said_full_ms_)) return;
  core_.log.trouble(
      "new connections wait: all " + std::to_string(core_.tables.all()) + " places of shard " +
          std::to_string(core_.config.index) + " (rings: " + std::to_string(core_.tables.size()) +
          ") are taken or promised; raise RLIMIT_NOFILE (LimitNOFILE= in the service unit, "
          "ulimit -n), which bounds the places of a ring, or `shards`",
      core_.now.monotonic_ms);
}

}  // namespace sdmp::shard
