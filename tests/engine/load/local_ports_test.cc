#include "engine/load/local_ports.h"

#include <gtest/gtest.h>

namespace sdmp::load {
namespace {

TEST(LocalPorts, HalfOfTheRangeIsSoonFound) {
  const LocalPorts ports = parse_local_ports("1024\t65535\n");
  EXPECT_EQ(ports.all, 64'512u);
  EXPECT_EQ(ports.soon_found(), 32'256u);
}

TEST(LocalPorts, NoAddressHasMoreThanAreSoonFound) {
  const LocalPorts ports;
  EXPECT_EQ(ports.addresses_for(1), 1u);
  EXPECT_EQ(ports.addresses_for(14'116), 1u);
  EXPECT_EQ(ports.addresses_for(14'117), 2u);
  EXPECT_EQ(ports.addresses_for(20'000), 2u);
  EXPECT_EQ(ports.addresses_for(28'232), 3u);
  EXPECT_EQ(parse_local_ports("5000 5000").addresses_for(3), 4u);
}

TEST(LocalPorts, WhatIsNoRangeIsTakenForLinuxsOwn) {
  EXPECT_EQ(parse_local_ports("32768\t60999\n").all, LocalPorts().all);
  for (const char* text : {"", "32768", "b a", "60999 32768", "0 9", "-5 9", "1024 65536"}) {
    EXPECT_EQ(parse_local_ports(text).all, 28'232u) << text;
  }
}

TEST(LocalPorts, OfThisMachineThereAreSome) {
  EXPECT_GT(read_local_ports().all, 0u);
  EXPECT_LE(read_local_ports().all, UINT16_MAX);
}

}  // namespace
}  // namespace sdmp::load
