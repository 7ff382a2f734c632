// Listening sockets: one multishot accept each. When descriptors run out it waits instead of
// spinning; beyond connections_max it closes at once.
#pragma once

#include <vector>

#include "engine/shard/core.h"

namespace sdmp::shard {

class HandshakeDriver;

// Thread rule: the shard's thread.
class Acceptor {
 public:
  Acceptor(Core& core, HandshakeDriver& handshakes);

  void start();
  // Accepts no more; the armed accepts complete later.
  void stop();
  // Whether the kernel holds no accept.
  bool idle() const { return armed_ == 0; }
  void on_accepted(const ring::Completion& completion);
  // The retry timer.
  void on_timer() { start(); }

 private:
  void take(int fd);
  void back_off(int error);

  Core& core_;
  HandshakeDriver& handshakes_;
  std::vector<bool> listener_armed_;
  std::size_t armed_ = 0;
  bool stopped_ = false;
  TimerNode retry_timer_;
  std::int64_t complained_ms_ = 0;
};

}  // namespace sdmp::shard
