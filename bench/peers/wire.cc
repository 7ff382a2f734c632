#include "bench/peers/wire.h"

#include "bench/peers/mqtt_wire.h"
#include "bench/peers/nats_wire.h"

namespace sdmp::bench::peers {

std::unique_ptr<Wire> make_wire(WireKind kind, int quality, const std::string& name) {
  if (kind == WireKind::kNats) return std::make_unique<NatsWire>();
  return std::make_unique<MqttWire>(quality, name);
}

}  // namespace sdmp::bench::peers
