// Input: one multishot receive per connection over the shard's shared buffers; pausing and
// resuming; octets that have to wait.
#pragma once

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
  explicit Receiver(Core& core) : core_(core) {}

  // Arms the receive, unless it is armed, paused or over.
  void arm(Connection& connection);
  // Ends it until resume(); octets that the kernel has handed out by then still come.
  void pause(Connection& connection);
  void resume(Connection& connection);
  // Keeps octets for later, behind those kept before.
  void hold(Connection& connection, codec::Bytes bytes);

  // Takes the completion of a receive. The connection must look at the result before recycle().
  Received take(Connection& connection, const ring::Completion& completion);
  void recycle(const ring::Completion& completion);

 private:
  Core& core_;
};

}  // namespace sdmp::shard
