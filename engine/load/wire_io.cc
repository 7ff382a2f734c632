// Octets in and out of open links.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>

#include "engine/load/wire.h"

namespace sdmp::load {

void Wire::arm(Link& link) {
  if (link.receive_armed || link.deaf || link.phase == LinkPhase::kClosing) return;
  link.receive_armed = true;
  ++link.operations;
  rings_.receive(link.data(ring::Op::kReceive), link.socket);
}

void Wire::stop_reading(Link& link) {
  link.deaf = true;
  if (!link.receive_armed) return;
  rings_.of(link.socket).cancel(link.data(ring::Op::kCancel), link.data(ring::Op::kReceive));
}

void Wire::on_received(Link& link, const ring::Completion& completion) {
  if (!completion.more) {
    link.receive_armed = false;
    --link.operations;
  }
  if (completion.result > 0) {
    const auto size = static_cast<std::size_t>(completion.result);
    stats_.bytes_in += size;
    if (link.phase != LinkPhase::kClosing) on_bytes(link, rings_.received(completion));
  }
  rings_.recycle(completion);
  if (link.phase == LinkPhase::kFree) return;
  const bool again = completion.result > 0 || completion.result == -ENOBUFS ||
                     completion.result == -EAGAIN || completion.result == -EINTR ||
                     (link.deaf && completion.result == -ECANCELED);
  if (!again && link.phase != LinkPhase::kClosing) {
    fail(link, ErrorKind::kClosed);
    return;
  }
  if (link.phase == LinkPhase::kClosing) {
    settle(link);
  } else {
    arm(link);
  }
}

void Wire::on_bytes(Link& link, codec::MutableBytes bytes) {
  if (link.phase == LinkPhase::kHandshaking) on_handshake_bytes(link, bytes);
  if (!link.open()) return;
  if (link.behaviour->raw()) {
    link.behaviour->on_bytes(link, bytes);
    return;
  }
  on_frames(link, bytes);
}

void Wire::on_frames(Link& link, codec::MutableBytes bytes) {
  while (link.open()) {
    const auto frame = link.frames.next(bytes, limits_);
    if (!frame) {
      fail(link, ErrorKind::kFrame);
      return;
    }
    if (!*frame) return;
    const auto packed = codec::open_frame(link.keys.receive.next_frame(keys_), **frame);
    if (!packed) {
      fail(link, ErrorKind::kFrame);
      return;
    }
    const auto arrived = inbox_.understand(*packed);
    if (!arrived) {
      fail(link, ErrorKind::kFrame);
      return;
    }
    if ((*arrived)->kind == Arrived::Kind::kBad) {
      ++stats_.errors[static_cast<std::size_t>(ErrorKind::kMessage)];
      continue;
    }
    link.behaviour->on_message(link, **arrived);
  }
}

bool Wire::send(Link& link, codec::Schema schema, const std::string& body) {
  const std::string_view schemas[] = {codec::name(schema)};
  const std::string text = codec::build_container(*link.node, clock_.unix_ms, schemas, body);
  const auto packed = encoder_.pack(text, packing_);
  if (!packed) return false;
  const std::size_t begin = link.output.size();
  link.output.resize(begin + codec::frame_bytes(packed->size()));
  codec::seal_frame(link.keys.send.next_frame(keys_), *packed, link.output.data() + begin);
  queue(link);
  return true;
}

void Wire::send_forged(Link& link, codec::Schema schema, const std::string& body) {
  if (send(link, schema, body)) link.output.back() ^= 1;
}

void Wire::send_raw(Link& link, codec::Bytes bytes) {
  link.output.insert(link.output.end(), bytes.begin(), bytes.end());
  queue(link);
}

void Wire::queue(Link& link) {
  if (link.output_queued) return;
  link.output_queued = true;
  output_queue_.emplace_back(link.slot, link.generation);
}

void Wire::flush() {
  for (const auto& [slot, generation] : output_queue_) {
    Link* link = find(slot, generation);
    if (link == nullptr) continue;
    link->output_queued = false;
    if (link->send_in_flight || link->output.empty()) continue;
    link->sending.clear();
    std::swap(link->sending, link->output);
    link->sent = 0;
    link->send_in_flight = true;
    ++link->operations;
    rings_.of(link->socket).send(link->data(ring::Op::kSend), link->socket, link->sending);
  }
  output_queue_.clear();
}

void Wire::on_sent(Link& link, std::int32_t result) {
  --link.operations;
  link.send_in_flight = false;
  if (link.phase == LinkPhase::kClosing) {
    settle(link);
    return;
  }
  if (result < 0) {
    fail(link, ErrorKind::kClosed);
    return;
  }
  stats_.bytes_out += static_cast<std::uint64_t>(result);
  link.sent += static_cast<std::size_t>(result);
  if (link.sent < link.sending.size()) {
    link.send_in_flight = true;
    ++link.operations;
    rings_.of(link.socket)
        .send(link.data(ring::Op::kSend), link.socket,
              codec::Bytes(link.sending).subspan(link.sent));
    return;
  }
  if (!link.output.empty()) {
    queue(link);
    return;
  }
  // An idle link reserves nothing: a connection object and the first frames are 2 KB.
  link.sending = codec::ByteVector();
  link.output = codec::ByteVector();
}

}  // namespace sdmp::load
