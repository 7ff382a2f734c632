// The client's side of the NATS protocol: lines that end in CR LF, payloads after a line that
// states their length. Core NATS acknowledges nothing and drops subscribers that are too slow.
// https://docs.nats.io/reference/reference-protocols/nats-protocol
#pragma once

#include "bench/peers/wire.h"

namespace sdmp::bench::peers {

class NatsWire final : public Wire {
 public:
  bool greets_in_the_clear() const override { return true; }
  bool acknowledges() const override { return false; }
  void hello(std::string& out) override;
  void subscribe(std::string& out) override;
  void publish(std::string& out, std::string_view payload) override;
  std::size_t parse(std::string_view in, std::string& out, Events& events) override;
};

}  // namespace sdmp::bench::peers
