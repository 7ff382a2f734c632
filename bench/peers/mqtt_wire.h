// The client's side of MQTT 3.1.1, as far as it is needed here: CONNECT, SUBSCRIBE and PUBLISH with
// quality of service 0 (nothing is acknowledged) or 1 (each hop is).
// https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/mqtt-v3.1.1.html
#pragma once

#include <cstdint>

#include "bench/peers/wire.h"

namespace sdmp::bench::peers {

class MqttWire final : public Wire {
 public:
  MqttWire(int quality, std::string client_id)
      : quality_(quality), client_id_(std::move(client_id)) {}

  bool greets_in_the_clear() const override { return false; }
  bool acknowledges() const override { return quality_ > 0; }
  void hello(std::string& out) override;
  void subscribe(std::string& out) override;
  void publish(std::string& out, std::string_view payload) override;
  std::size_t parse(std::string_view in, std::string& out, Events& events) override;

 private:
  void take(std::uint8_t first, std::string_view body, std::string& out, Events& events) const;
  std::uint16_t next_packet_id();

  int quality_;
  std::string client_id_;
  std::uint16_t packet_id_ = 0;
};

}  // namespace sdmp::bench::peers
