// The ways in which a connection ends, and the three steps of closing: stop what is under way; wait
// until the kernel holds nothing of it; free the slot.
//
//   refuse()   handshake failures: `nope` (TCP-5), then like leave(). The same for every cause
//   leave()    shuts the write side, discards what the peer still sends for a bounded time, closes:
//              a plain close with unread input would be a reset, which destroys what is on its way
//   close()    at once
//
// After the handshake no plaintext is sent (P-HS): refuse() is for connections without a session.
#pragma once

#include <string>

#include "engine/shard/receiver.h"
#include "engine/shard/sender.h"

namespace sdmp::shard {

// Thread rule: the shard's thread. Each call may end the session and with it Session and PeerSync;
// the Connection itself stays until the kernel has given everything back, not before the next turn.
class Closer {
 public:
  Closer(Core& core, Sender& sender, Receiver& receiver)
      : core_(core), sender_(sender), receiver_(receiver) {}

  void refuse(Connection& connection, const protocol::Failure& failure);
  void leave(Connection& connection, const protocol::Failure& failure);
  // `words` replaces the failure's own in what a DialObserver hears.
  void close(Connection& connection, const protocol::Failure& failure, std::string words = {});

  // Completions of a connection in kLeaving, and its deadline.
  void on_received(Connection& connection, const Received& received);
  void on_sent(Connection& connection, Sender::Outcome outcome);
  void on_deadline(Connection& connection);
  void on_exposed(Connection& connection, const ring::Completion& completion);
  // Completions of what is only waited for.
  void on_given_back(Connection& connection) { --connection.operations; }
  // Call after each completion of a connection in kClosing: goes on when it was the last.
  void continue_closing(Connection& connection);

 private:
  void end_protocol(Connection& connection, const protocol::Failure& failure, std::string words);
  void start_leaving(Connection& connection);
  void step(Connection& connection);
  void on_write_shut(Connection& connection);
  void cancel(Connection& connection, ring::Op op);

  Core& core_;
  Sender& sender_;
  Receiver& receiver_;
};

}  // namespace sdmp::shard
