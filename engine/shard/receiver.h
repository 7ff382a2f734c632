// Input: one multishot receive per connection over the shard's shared buffers; pausing and
// resuming; octets that have to wait.
//
// A receive that waits holds 0.6 KiB of kernel memory more than a poll: a session that has not
// received anything for a while waits by a poll until something arrives.
#pragma once

#include <deque>
#include <vector>

#include "engine/shard/core.h"

namespace sdmp::shard {

struct Received {
  enum class Kind {
    kNothing,  // only the receive ended: rearm() decides
    kBytes,
    kEnd,    // the peer has closed its write side
    kError,  // the connection is broken
  };
  Kind kind = Kind::kNothing;
  codec::MutableBytes bytes;  // in a shared buffer: valid until recycle()
};

// Thread rule: the shard's thread.
class Receiver {
 public:
  explicit Receiver(Core& core);

  // Arms the receive, unless it is armed, paused or over.
  void arm(Connection& connection);
  // Ends it until resume(); octets that the kernel has handed out by then still come.
  void pause(Connection& connection);
  void resume(Connection& connection);
  // Keeps octets for later, behind those kept before.
  void hold(Connection& connection, codec::Bytes bytes);

  // Takes the completion of a receive. The connection must look at the result before the buffer is
  // recycled, and arm() after that.
  Received take(Connection& connection, const ring::Completion& completion);

  // The part of a turn: arms as many receives that found no buffer as there are buffers again, and
  // looks through a part of those that may have become idle.
  void work_some();
  bool has_work() const { return !starved_.empty() || unseen_ > 0; }
  void on_idle_timer();
  // Becomes idle no more.
  void stop();

 private:
  void watch(Connection& connection);
  void await_input(Connection& connection);
  void cancel(Connection& connection);
  bool stays_busy(Connection& connection);

  Core& core_;
  std::deque<SessionToken> starved_;
  // Connections with a receive that may become idle, and how many of them (the first ones) the
  // present round has not seen.
  std::vector<SessionToken> receiving_;
  std::size_t unseen_ = 0;
  TimerNode idle_timer_;
};

}  // namespace sdmp::shard
