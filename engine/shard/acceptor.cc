#include "engine/shard/acceptor.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

#include "engine/ring/socket.h"
#include "engine/shard/handshake_driver.h"

namespace sdmp::shard {

// Descriptors come back when connections end; until then the kernel queues what arrives.
constexpr std::int64_t kAcceptRetryMs = 100;
constexpr std::int64_t kComplaintPeriodMs = 10'000;

Acceptor::Acceptor(Core& core, HandshakeDriver& handshakes)
    : core_(core), handshakes_(handshakes), listener_armed_(core.config.listen_fds.size()) {
  retry_timer_.kind = static_cast<std::uint8_t>(TimerKind::kAccept);
}

void Acceptor::start() {
  if (stopped_) return;
  for (std::uint32_t i = 0; i < listener_armed_.size(); ++i) {
    if (listener_armed_[i]) continue;
    const int fd = core_.config.listen_fds[i];
    ring::set_blocking(fd);
    ring::set_stream_options(fd);
    core_.ring.accept({.slot = i, .generation = 0, .op = ring::Op::kAccept}, fd);
    listener_armed_[i] = true;
    ++armed_;
  }
}

void Acceptor::stop() {
  stopped_ = true;
  core_.timers.cancel(retry_timer_);
  for (std::uint32_t i = 0; i < listener_armed_.size(); ++i) {
    if (!listener_armed_[i]) continue;
    core_.ring.cancel({.slot = ring::kNobody, .generation = 0, .op = ring::Op::kCancel},
                      {.slot = i, .generation = 0, .op = ring::Op::kAccept});
  }
}

void Acceptor::on_accepted(const ring::Completion& completion) {
  if (completion.result >= 0) take(completion.result);
  if (completion.more) return;
  listener_armed_[completion.data.slot] = false;
  --armed_;
  switch (completion.result) {
    case -EMFILE:
    case -ENFILE:
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

void Acceptor::take(int fd) {
  if (stopped_ || core_.connections.size() >= core_.config.connections_max) {
    if (!stopped_) ++core_.counters.turned_away;
    ::close(fd);
    return;
  }
  ++core_.counters.accepted;
  Connection& connection = core_.connections.add();
  core_.counters.connections = core_.connections.size();
  connection.fd = fd;
  connection.timer.kind = static_cast<std::uint8_t>(TimerKind::kConnection);
  connection.timer.owner = connection.slot;
  handshakes_.begin_responder(connection);
}

void Acceptor::back_off(int error) {
  if (stopped_) return;
  const std::int64_t now = core_.now.monotonic_ms;
  core_.timers.arm(retry_timer_, now + kAcceptRetryMs);
  if (complained_ms_ != 0 && now - complained_ms_ < kComplaintPeriodMs) return;
  complained_ms_ = now;
  core_.log.trouble(std::string("connections cannot be accepted at the moment: ") +
                        std::strerror(error) +
                        (error == EMFILE ? " (raise ulimit -n or LimitNOFILE=)" : ""),
                    now);
}

}  // namespace sdmp::shard
