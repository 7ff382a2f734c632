#include "engine/shard/receiver.h"

#include <cerrno>

namespace sdmp::shard {

void Receiver::arm(Connection& connection) {
  if (connection.receive_armed || connection.input_paused || connection.end_of_input ||
      connection.phase == Phase::kClosing) {
    return;
  }
  connection.receive_armed = true;
  connection.receive_cancelled = false;
  ++connection.operations;
  core_.ring.receive(connection.data(ring::Op::kReceive), connection.socket, core_.buffers);
}

void Receiver::pause(Connection& connection) {
  connection.input_paused = true;
  if (!connection.receive_armed || connection.receive_cancelled) return;
  connection.receive_cancelled = true;
  ++connection.operations;
  core_.ring.cancel(connection.data(ring::Op::kCancel), connection.data(ring::Op::kReceive));
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
  if (completion.result > 0) {
    const auto size = static_cast<std::size_t>(completion.result);
    core_.counters.bytes_in += size;
    return {Received::Kind::kBytes, core_.buffers.data(*completion.buffer, size)};
  }
  switch (completion.result) {
    case 0:
      connection.end_of_input = true;
      return {Received::Kind::kEnd, {}};
    case -ENOBUFS:
      ++core_.counters.receive_buffers_exhausted;
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

void Receiver::recycle(const ring::Completion& completion) {
  if (completion.buffer) core_.buffers.recycle(*completion.buffer);
}

}  // namespace sdmp::shard
