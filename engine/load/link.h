// One connection of a client thread, and what is done with it.
//
//   kConnecting ──► kHandshaking ──► kOpen ──► kClosing ──► kFree
//
// kClosing waits for what the kernel holds; a slot is reused under another generation. A raw link
// (Behaviour::raw) goes from kConnecting to kOpen without a handshake.
#pragma once

#include <cstdint>
#include <memory>

#include "codec/key.h"
#include "engine/load/inbox.h"
#include "engine/load/stats.h"
#include "engine/protocol/handshake.h"
#include "engine/protocol/session.h"
#include "engine/ring/handle.h"
#include "engine/ring/socket.h"
#include "engine/ring/user_data.h"

namespace sdmp::load {

class Behaviour;

enum class LinkPhase : std::uint8_t { kFree, kConnecting, kHandshaking, kOpen, kClosing };

struct Link {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  LinkPhase phase = LinkPhase::kFree;
  ring::Handle socket;
  // While the socket moves into a ring's table: its descriptor, which the kernel overwrites with
  // the place that it got.
  int adopted_place = -1;

  Behaviour* behaviour = nullptr;
  std::uint32_t member = 0;  // the behaviour's own number for it
  const codec::PrivateKey* node = nullptr;
  std::int64_t intended_ns = 0;  // when it was meant to be opened
  std::int64_t begun_ns = 0;     // and when it was

  std::uint8_t operations = 0;  // that the kernel holds
  bool receive_armed = false;
  bool send_in_flight = false;
  bool output_queued = false;
  bool deaf = false;  // nothing is received: a reader that never reads

  std::unique_ptr<protocol::Initiator> handshake;
  std::unique_ptr<ring::SocketAddress> address;
  protocol::SessionKeys keys;
  protocol::FrameAssembler frames;
  codec::ByteVector output;   // waits for the send in flight
  codec::ByteVector sending;  // with the kernel, from `sent` on
  std::size_t sent = 0;

  ring::UserData data(ring::Op op) const { return {slot, generation, op}; }
  bool open() const { return phase == LinkPhase::kOpen; }
};

// What a kind of session does. Calls may open, send on and close links; a link that is closed
// inside a call hears no more, save on_end() where it is due. Thread rule: the client thread.
class Behaviour {
 public:
  virtual ~Behaviour() = default;
  // A raw one speaks for itself from the TCP connection on; its octets come to on_bytes().
  virtual bool raw() const { return false; }
  // Whether a session that fails is an error of the run.
  virtual bool counts_errors() const { return true; }
  virtual void on_open(Link& link) = 0;
  virtual void on_message(Link& link, const Arrived& arrived) = 0;
  virtual void on_bytes(Link& link, codec::Bytes bytes);
  // It could not be opened, or ended without close(). The link is gone when this returns.
  virtual void on_end(Link& link, ErrorKind why) = 0;
  // Once per turn, and when next_due_ns() has passed.
  virtual void on_turn(std::int64_t) {}
  // nullopt: nothing but messages moves it.
  virtual std::optional<std::int64_t> next_due_ns() const { return std::nullopt; }
};

}  // namespace sdmp::load
