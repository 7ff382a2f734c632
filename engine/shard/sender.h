// Output: one send in flight per connection, or two sends could interleave their octets. What a
// turn produces gathers in one buffer and goes out as one send at the turn's end; nothing is added
// to a buffer that the kernel holds.
#pragma once

#include <vector>

#include "engine/shard/core.h"

namespace sdmp::shard {

// Thread rule: the shard's thread.
class Sender {
 public:
  explicit Sender(Core& core) : core_(core) {}

  // Whether more output may be queued: nothing is in flight and less than kSendBatchBytes wait.
  // Then the next append may be of any size: memory per connection is bounded by a batch and one
  // frame.
  bool has_room(const Connection& connection) const;
  // Extends the output by `bytes` octets, to be written by the caller before flush().
  // Precondition: nothing is in flight.
  std::uint8_t* reserve(Connection& connection, std::size_t bytes);
  void append(Connection& connection, codec::Bytes bytes);
  // Drops what is queued and not with the kernel.
  void discard(Connection& connection);
  // Whether anything is queued or in flight.
  bool busy(const Connection& connection) const { return connection.output != nullptr; }

  // The memory of the buffers taken since the last flush().
  std::size_t queued_bytes() const { return queued_bytes_; }

  // Starts a send for each connection with output. Once per turn.
  void flush();
  enum class Outcome {
    kMore,    // the rest is queued again
    kDone,    // everything is sent: the buffer is given back
    kFailed,  // the connection is broken
  };
  Outcome on_sent(Connection& connection, const ring::Completion& completion);

 private:
  void queue(Connection& connection);

  Core& core_;
  std::vector<SessionToken> queue_;
  std::size_t queued_bytes_ = 0;
};

}  // namespace sdmp::shard
