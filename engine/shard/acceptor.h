// Listening sockets: one multishot accept each, into the ring's own table of sockets where it has
// one. Beyond connections_max it closes at once.
//
// An accept is armed in the ring whose table is roomiest, and moves when a roomier one is worth it;
// when none is roomy a further ring is opened, as long as connections_max asks for more places.
//
// A multishot accept goes on until its table is full and the kernel has closed the connection that
// found it so, which ends it. When all tables are full nothing is accepted, and what arrives waits
// in the kernel's backlog. An accept that is armed while few places are left is for one connection
// and has a place promised, or each place that becomes free would cost one connection more. When
// the system lacks something else (files, descriptors, memory) it tries again after a while.
// Neither spins.
#pragma once

#include <optional>
#include <vector>

#include "engine/shard/core.h"

namespace sdmp::shard {

class HandshakeDriver;

// Thread rule: the shard's thread.
class Acceptor {
 public:
  // Makes the listening sockets blocking and gives them the options that connections inherit.
  Acceptor(Core& core, HandshakeDriver& handshakes);

  void start();
  // Accepts no more; the armed accepts complete later.
  void stop();
  // Whether the kernel holds no accept.
  bool idle() const { return armed_ == 0; }
  void on_accepted(const ring::Completion& completion);
  // Goes on when the table was full and has a place again. Once per turn.
  void resume();
  // The retry timer.
  void on_timer() { start(); }

 private:
  struct Listener {
    int fd = -1;
    int family = 0;
    bool armed = false;
    bool one_by_one = false;
    bool moving = false;   // to another ring: its accept has been cancelled
    std::size_t ring = 0;  // where its accept is armed
  };
  bool arm(Listener& listener, std::uint32_t index);
  void cancel(const Listener& listener, std::uint32_t index);
  void move_if_worth(Listener& listener, std::uint32_t index);
  void take(ring::Handle socket, int family);
  bool may_open() const;
  void open_ring();
  void back_off(int error);
  void say_full();
  void say_limit();
  bool may_complain(std::optional<std::int64_t>& said_ms);

  Core& core_;
  HandshakeDriver& handshakes_;
  std::vector<Listener> listeners_;
  std::size_t armed_ = 0;
  bool waits_for_place_ = false;
  bool full_ = false;
  bool stopped_ = false;
  TimerNode retry_timer_;
  std::int64_t may_open_ms_ = 0;  // a ring, after one was refused
  // When each complaint was last written: one does not hide the other.
  std::optional<std::int64_t> said_lacking_ms_;
  std::optional<std::int64_t> said_full_ms_;
  std::optional<std::int64_t> said_limit_ms_;
};

}  // namespace sdmp::shard
