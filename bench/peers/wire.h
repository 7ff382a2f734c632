// What one client connection says to a publish/subscribe server, and understands of its answers:
// octets in, octets and events out, no sockets. NATS is in nats_wire.h, MQTT 3.1.1 in mqtt_wire.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sdmp::bench::peers {

// What a call of `parse` found. The views point into its input.
struct Events {
  std::size_t ready = 0;         // answers to `hello` and to `subscribe`
  std::size_t acknowledged = 0;  // of this connection's own publications
  std::vector<std::string_view> deliveries;

  void clear() {
    ready = 0;
    acknowledged = 0;
    deliveries.clear();
  }
};

class Wire {
 public:
  virtual ~Wire() = default;

  // The server greets with a line in the clear before TLS begins.
  virtual bool greets_in_the_clear() const = 0;
  // Whether each publication is acknowledged to its publisher.
  virtual bool acknowledges() const = 0;

  // Each appends a request to `out`. The first two are answered by one `ready` each.
  virtual void hello(std::string& out) = 0;
  virtual void subscribe(std::string& out) = 0;
  virtual void publish(std::string& out, std::string_view payload) = 0;

  // Reads whole messages from the front of `in`, adds to `events`, appends to `out` what must be
  // answered (pings, acknowledgements) and returns how many octets it has read. Throws Failure when
  // the server refuses something or says what it should not.
  virtual std::size_t parse(std::string_view in, std::string& out, Events& events) = 0;
};

enum class WireKind { kNats, kMqtt };

// All connections publish to one subject and subscribe to it. `quality` is MQTT's quality of
// service, 0 or 1, of publications and subscriptions; `name` is unique per connection.
std::unique_ptr<Wire> make_wire(WireKind kind, int quality, const std::string& name);

}  // namespace sdmp::bench::peers
