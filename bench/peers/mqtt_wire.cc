#include "bench/peers/mqtt_wire.h"

#include <algorithm>

#include <fmt/format.h>

#include "bench/peers/failure.h"

namespace sdmp::bench::peers {
namespace {

constexpr std::string_view kTopic = "bench";

// The upper four bits of a packet's first octet (MQTT 2.2.1).
enum Packet : std::uint8_t {
  kConnect = 1,
  kConnected = 2,
  kPublish = 3,
  kPublished = 4,
  kSubscribe = 8,
  kSubscribed = 9,
};

void put16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value & 0xff);
}

std::size_t get16(std::string_view in) {
  if (in.size() < 2) throw Failure("MQTT: a packet is too short");
  return static_cast<std::size_t>(static_cast<unsigned char>(in[0])) << 8 |
         static_cast<unsigned char>(in[1]);
}

void put_text(std::string& out, std::string_view text) {
  put16(out, text.size());
  out += text;
}

// Seven bits per octet, the least first (MQTT 2.2.3).
void put_head(std::string& out, Packet packet, std::uint8_t flags, std::size_t remaining) {
  out += static_cast<char>(packet << 4 | flags);
  do {
    const std::size_t more = remaining > 0x7f ? 0x80 : 0;
    out += static_cast<char>((remaining & 0x7f) | more);
    remaining >>= 7;
  } while (remaining > 0);
}

struct Head {
  std::size_t octets = 0;  // 0: not all of it is there yet
  std::size_t remaining = 0;
};

Head get_head(std::string_view in) {
  Head head;
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (i > 4) throw Failure("MQTT: a length of more than four octets");
    const auto octet = static_cast<unsigned char>(in[i]);
    head.remaining |= static_cast<std::size_t>(octet & 0x7f) << (7 * (i - 1));
    if ((octet & 0x80) == 0) {
      head.octets = i + 1;
      return head;
    }
  }
  return {};
}

}  // namespace

void MqttWire::hello(std::string& out) {
  constexpr std::uint8_t kCleanSession = 2;
  std::string body;
  put_text(body, "MQTT");
  body += '\x04';
  body += static_cast<char>(kCleanSession);
  put16(body, 0);  // no keep-alive: an idle session is idle
  put_text(body, client_id_);
  put_head(out, kConnect, 0, body.size());
  out += body;
}

void MqttWire::subscribe(std::string& out) {
  put_head(out, kSubscribe, 2, 2 + 2 + kTopic.size() + 1);
  put16(out, next_packet_id());
  put_text(out, kTopic);
  out += static_cast<char>(quality_);
}

void MqttWire::publish(std::string& out, std::string_view payload) {
  const std::size_t id_octets = quality_ > 0 ? 2 : 0;
  put_head(out, kPublish, static_cast<std::uint8_t>(quality_ << 1),
           2 + kTopic.size() + id_octets + payload.size());
  put_text(out, kTopic);
  if (quality_ > 0) put16(out, next_packet_id());
  out += payload;
}

std::size_t MqttWire::parse(std::string_view in, std::string& out, Events& events) {
  std::size_t read = 0;
  while (true) {
    const std::string_view rest = in.substr(read);
    const Head head = get_head(rest);
    if (head.octets == 0 || rest.size() < head.octets + head.remaining) return read;
    take(static_cast<std::uint8_t>(rest[0]), rest.substr(head.octets, head.remaining), out, events);
    read += head.octets + head.remaining;
  }
}

void MqttWire::take(std::uint8_t first, std::string_view body, std::string& out,
                    Events& events) const {
  switch (first >> 4) {
    case kConnected:
      if (get16(body) & 0xff) throw Failure(fmt::format("MQTT: refused, code {}", +body[1]));
      ++events.ready;
      return;
    case kSubscribed:
      if (body.size() != 3 || body[2] != static_cast<char>(quality_)) {
        throw Failure("MQTT: the subscription was not granted as asked for");
      }
      ++events.ready;
      return;
    case kPublished:
      ++events.acknowledged;
      return;
    case kPublish: {
      std::size_t at = 2 + get16(body);
      if ((first >> 1 & 3) > 0) {
        const std::size_t id = get16(body.substr(std::min(at, body.size())));
        put_head(out, kPublished, 0, 2);
        put16(out, id);
        at += 2;
      }
      if (at > body.size()) throw Failure("MQTT: a publication is too short");
      events.deliveries.push_back(body.substr(at));
      return;
    }
    default:
      throw Failure(fmt::format("MQTT: unexpected packet of type {}", first >> 4));
  }
}

// Zero is no packet identifier (MQTT 2.3.1). With at most a few hundred in flight none is reused
// before it is acknowledged.
std::uint16_t MqttWire::next_packet_id() {
  if (++packet_id_ == 0) packet_id_ = 1;
  return packet_id_;
}

}  // namespace sdmp::bench::peers
