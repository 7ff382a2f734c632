#include "engine/shard/sender.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "codec/check.h"

namespace sdmp::shard {

bool Sender::has_room(const Connection& connection) const {
  if (connection.send_in_flight) return false;
  return !connection.output || connection.output->unsent().size() < kSendBatchBytes;
}

std::uint8_t* Sender::reserve(Connection& connection, std::size_t bytes) {
  SDMP_CHECK(!connection.send_in_flight);
  if (!connection.output) {
    connection.output = core_.pool.take(bytes);
    queued_bytes_ += connection.output->capacity;
  }
  SendBuffer* buffer = connection.output.get();
  if (buffer->capacity - buffer->end < bytes) {
    const codec::Bytes unsent = buffer->unsent();
    auto larger = core_.pool.take(unsent.size() + bytes);
    std::memcpy(larger->memory.get(), unsent.data(), unsent.size());
    larger->end = unsent.size();
    // The other one may have been taken before the last flush(), and be larger.
    queued_bytes_ += larger->capacity;
    core_.pool.give_back(std::exchange(connection.output, std::move(larger)));
    buffer = connection.output.get();
  }
  std::uint8_t* place = buffer->memory.get() + buffer->end;
  buffer->end += bytes;
  queue(connection);
  return place;
}

void Sender::append(Connection& connection, codec::Bytes bytes) {
  std::memcpy(reserve(connection, bytes.size()), bytes.data(), bytes.size());
}

void Sender::discard(Connection& connection) {
  if (!connection.send_in_flight) {
    core_.pool.give_back(std::move(connection.output));
    connection.output.reset();
    return;
  }
  connection.output->end = connection.output->begin;
}

void Sender::queue(Connection& connection) {
  if (connection.output_queued) return;
  connection.output_queued = true;
  queue_.push_back({connection.slot, connection.generation});
}

void Sender::flush() {
  // Rounded up: most of the timers find nothing stalled, and those of many sends wake us once.
  const std::int64_t step = std::max<std::int64_t>(core_.config.send_stall_ms / 64, 1);
  const std::int64_t since = (core_.now.monotonic_ms + step - 1) / step * step;
  for (const SessionToken& token : queue_) {
    Connection* connection = core_.connections.find(token);
    if (connection == nullptr) continue;
    connection->output_queued = false;
    if (!connection->output || connection->send_in_flight || connection->phase == Phase::kClosing) {
      continue;
    }
    connection->send_in_flight = true;
    connection->send_since_ms = since;
    ++connection->operations;
    core_.rings.of(connection->socket)
        .send(connection->data(ring::Op::kSend), connection->socket, connection->output->unsent());
    if (connection->phase == Phase::kEstablished) {
      const std::int64_t stalled = since + core_.config.send_stall_ms;
      if (!connection->timer.armed() || connection->timer.deadline_ms > stalled) {
        core_.timers.arm(connection->timer, stalled);
      }
    }
  }
  queue_.clear();
  queued_bytes_ = 0;
}

Sender::Outcome Sender::on_sent(Connection& connection, const ring::Completion& completion) {
  connection.send_in_flight = false;
  --connection.operations;
  SendBuffer& buffer = *connection.output;
  if (completion.result < 0) {
    discard(connection);
    return Outcome::kFailed;
  }
  core_.counters.bytes_out += static_cast<std::uint64_t>(completion.result);
  // A discarded buffer has its end before what the kernel took of it.
  buffer.begin += static_cast<std::size_t>(completion.result);
  if (buffer.begin >= buffer.end) {
    core_.pool.give_back(std::move(connection.output));
    connection.output.reset();
    return Outcome::kDone;
  }
  queue(connection);
  return Outcome::kMore;
}

}  // namespace sdmp::shard
