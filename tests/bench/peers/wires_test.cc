// The peers' protocols, spoken to nobody: requests octet by octet, answers in one piece and in
// many.

#include <gtest/gtest.h>

#include "bench/peers/failure.h"
#include "bench/peers/mqtt_wire.h"
#include "bench/peers/nats_wire.h"

namespace sdmp::bench::peers {
namespace {

using namespace std::string_literals;

// As a connection does it: `step` more octets at a time, what was read is dropped.
struct Heard {
  std::size_t ready = 0;
  std::size_t acknowledged = 0;
  std::vector<std::string> deliveries;
  std::string answers;
};

Heard hear(Wire& wire, const std::string& octets, std::size_t step) {
  Heard heard;
  std::string in;
  for (std::size_t at = 0; at < octets.size(); at += step) {
    in += octets.substr(at, step);
    Events events;
    const std::size_t read = wire.parse(in, heard.answers, events);
    heard.ready += events.ready;
    heard.acknowledged += events.acknowledged;
    for (const auto delivery : events.deliveries) heard.deliveries.emplace_back(delivery);
    in.erase(0, read);
  }
  EXPECT_EQ(in, "") << "with " << step << " octets at a time";
  return heard;
}

TEST(NatsWire, PublishesALineAndThePayload) {
  std::string out;
  NatsWire().publish(out, "a\r\nb");
  EXPECT_EQ(out, "PUB bench 4\r\na\r\nb\r\n");
}

TEST(NatsWire, ReadsDeliveriesHoweverTheyAreCut) {
  // The payload holds what ends a line and what looks like another message.
  const std::string in =
      "INFO {}\r\nPONG\r\nMSG bench 1 8\r\nPING\r\nab\r\nPING\r\nMSG bench 1 0\r\n\r\n";
  for (std::size_t step = 1; step <= in.size(); ++step) {
    NatsWire wire;
    const Heard heard = hear(wire, in, step);
    EXPECT_EQ(heard.ready, 1u);
    EXPECT_EQ(heard.deliveries, (std::vector<std::string>{"PING\r\nab", ""}));
    EXPECT_EQ(heard.answers, "PONG\r\n");
  }
}

TEST(NatsWire, AnErrorIsAFailure) {
  std::string out;
  Events events;
  EXPECT_THROW(NatsWire().parse("-ERR 'Slow Consumer'\r\n", out, events), Failure);
  EXPECT_THROW(NatsWire().parse("MSG bench 1 x\r\n", out, events), Failure);
}

TEST(MqttWire, PublishesWithAPacketIdentifierAtQualityOne) {
  std::string out;
  MqttWire(0, "c").publish(out, "hi");
  EXPECT_EQ(out, "\x30\x09\0\5benchhi"s);
  out.clear();
  MqttWire(1, "c").publish(out, "hi");
  EXPECT_EQ(out, "\x32\x0b\0\5bench\0\1hi"s);
}

TEST(MqttWire, LongPacketsHaveALengthOfTwoOctets) {
  std::string out;
  MqttWire(0, "c").publish(out, std::string(1024, 'x'));
  EXPECT_EQ(out.substr(0, 5), "\x30\x87\x08\0\5"s);  // 7 + 8 * 128 = 1031
}

TEST(MqttWire, ReadsAndAcknowledgesHoweverItIsCut) {
  const std::string long_payload(1000, 'x');
  const std::string in = "\x20\2\0\0"s + "\x90\3\0\1\1"s + "\x40\2\0\2"s +
                         "\x32\x0b\0\5bench\1\2hi"s + "\x30\xef\7\0\5bench"s + long_payload;
  for (std::size_t step = 1; step <= in.size(); step += 7) {
    MqttWire wire(1, "c");
    const Heard heard = hear(wire, in, step);
    EXPECT_EQ(heard.ready, 2u);
    EXPECT_EQ(heard.acknowledged, 1u);
    EXPECT_EQ(heard.deliveries, (std::vector<std::string>{"hi", long_payload}));
    EXPECT_EQ(heard.answers, "\x40\2\1\2"s);
  }
}

TEST(MqttWire, RefusalsAreFailures) {
  std::string out;
  Events events;
  EXPECT_THROW(MqttWire(0, "c").parse("\x20\2\0\5"s, out, events), Failure);
  EXPECT_THROW(MqttWire(1, "c").parse("\x90\3\0\1\x80"s, out, events), Failure);
  EXPECT_THROW(MqttWire(1, "c").parse("\x90\3\0\1\0"s, out, events), Failure) << "granted less";
  EXPECT_THROW(MqttWire(1, "c").parse("\x32\3\xff\xff\0"s, out, events), Failure);
}

}  // namespace
}  // namespace sdmp::bench::peers
