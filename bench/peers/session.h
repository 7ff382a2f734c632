// A connection and what is spoken on it: a publisher, a subscriber, or one that is idle.
#pragma once

#include <memory>
#include <string>

#include "bench/peers/tls_connection.h"
#include "bench/peers/wire.h"

namespace sdmp::bench::peers {

class Session {
 public:
  // Connects, shakes hands and is accepted; subscribes if asked to, and the server has confirmed it
  // when this returns.
  Session(const TlsTrust& trust, const std::string& address, std::unique_ptr<Wire> wire,
          bool subscribe);

  TlsConnection& connection() { return *connection_; }
  Wire& wire() { return *wire_; }

  // Receives what is there; the events are valid until the next call.
  const Events& receive();

 private:
  void await_ready();

  std::unique_ptr<TlsConnection> connection_;
  std::unique_ptr<Wire> wire_;
  Events events_;
};

}  // namespace sdmp::bench::peers
