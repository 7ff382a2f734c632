// Handshakes on the wire: feeds protocol::Responder and protocol::Initiator, and computes a bounded
// number of them per turn, so that a storm of handshakes does not starve established sessions.
#pragma once

#include <deque>
#include <variant>
#include <vector>

#include "engine/protocol/handshake.h"
#include "engine/shard/closer.h"

namespace sdmp::shard {

class SessionDriver;

struct HandshakePart {
  std::variant<protocol::Responder, protocol::Initiator> role;

  protocol::Handshake& state() {
    return std::visit([](auto& handshake) -> protocol::Handshake& { return handshake; }, role);
  }
};

// Thread rule: the shard's thread.
class HandshakeDriver {
 public:
  HandshakeDriver(Core& core, Sender& sender, Receiver& receiver, Closer& closer,
                  SessionDriver& sessions)
      : core_(core), sender_(sender), receiver_(receiver), closer_(closer), sessions_(sessions) {}

  // An accepted connection; the deadline runs from now. When handshakes_max of them have not sent
  // their object, or three quarters of what sessions leave of connections_max, the one that has
  // waited longest is refused.
  void begin_responder(Connection& connection);
  // A connected one that we dialled; the deadline runs since the dial. `expected` is not empty.
  void begin_initiator(Connection& connection, std::vector<codec::Fingerprint> expected);

  void on_received(Connection& connection, const Received& received);
  void on_sent(Connection& connection, Sender::Outcome outcome);
  void on_deadline(Connection& connection);

  // At most handshakes_per_turn. True when more are waiting.
  bool compute_some();
  bool has_work() const { return !queue_.empty(); }

 private:
  protocol::HandshakeContext context();
  void on_bytes(Connection& connection, codec::Bytes bytes);
  void on_end(Connection& connection);
  void compute(Connection& connection);
  void fail(Connection& connection);
  void refuse(Connection& connection, protocol::Cause cause);
  std::size_t awaited_max() const;
  // nullptr when its object is not awaited any more.
  Connection* awaited(const SessionToken& token) const;
  void make_room();

  Core& core_;
  Sender& sender_;
  Receiver& receiver_;
  Closer& closer_;
  SessionDriver& sessions_;
  std::deque<SessionToken> queue_;  // in kExpectCompute; at most one entry per connection
  // Accepted, in this order: those whose object is awaited, and some whose is not any more.
  std::deque<SessionToken> awaiting_;
};

}  // namespace sdmp::shard
