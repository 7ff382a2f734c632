// Outgoing connections: dials once, or keeps a session up with capped exponential backoff and
// jitter, so that peers that lost a relay do not come back at the same moment.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "engine/shard/closer.h"

namespace sdmp::shard {

class HandshakeDriver;

// The delay before attempt `attempt` (0: the first repetition), without jitter.
std::int64_t redial_delay_ms(int attempt, std::int64_t first_ms, std::int64_t last_ms);

// Thread rule: the shard's thread.
class Dialer {
 public:
  Dialer(Core& core, Closer& closer, HandshakeDriver& handshakes)
      : core_(core), closer_(closer), handshakes_(handshakes) {}

  // A dial_id that is already there only gets new expectations.
  void dial(Dial request);
  void end(std::uint64_t dial_id);
  // No more dials; those that wait end.
  void stop();

  void on_connected(Connection& connection, const ring::Completion& completion);
  void on_adopted(Connection& connection, const ring::Completion& completion);
  // The deadline of a connection in kConnecting.
  void on_deadline(Connection& connection);
  void on_timer(std::uint64_t dial_id);
  // Tells the observer of Core::dial_ends and arranges what follows. Once per turn.
  void settle_ends();

 private:
  struct State {
    Dial request;
    TimerNode timer;
    int attempts = 0;  // since the last session
    SessionToken connection;
    bool connected = false;  // `connection` is valid
  };
  void attempt(State& state);
  void begin(Connection& connection);
  void give_up(State& state, protocol::Cause cause, std::string words);

  Core& core_;
  Closer& closer_;
  HandshakeDriver& handshakes_;
  std::unordered_map<std::uint64_t, std::unique_ptr<State>> dials_;
  bool stopped_ = false;
};

}  // namespace sdmp::shard
