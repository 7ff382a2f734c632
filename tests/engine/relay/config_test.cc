#include "engine/relay/config.h"

#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Config, AnEmptyFileIsAllDefaults) {
  const auto config = parse_config("", "node.toml");
  ASSERT_TRUE(config) << config.error();
  ASSERT_EQ(config->listen.size(), 1u);
  EXPECT_EQ(config->listen[0].text(), "[::]:7367");
  EXPECT_EQ(config->shards, 0);
  EXPECT_EQ(config->suite, codec::Suite::kModern);
  EXPECT_EQ(config->log_level, "info");
}

TEST(Config, EveryKeyIsTaken) {
  const auto config = parse_config(R"(
name = "relay"
suite = "classic"
listen = ["127.0.0.1:1", "[::1]:2"]
peers = ["127.0.0.1:3"]
shards = 3
log_level = "debug"
compress = "off"
aead = "openssl"
[limits]
sessions_per_node = 4
connections = 5
handshakes = 6
frame_blocks = 8192
inflated_bytes = 8388608
[handshake]
deadline_ms = 600
per_turn = 7
[send]
stall_ms = 8000
[keepalive]
idle_s = 0
[drain]
ms = 9
[redial]
first_ms = 10
last_ms = 11
[store]
map_bytes = 33554432
)",
                                   "node.toml");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->name, "relay");
  EXPECT_EQ(config->suite, codec::Suite::kClassic);
  EXPECT_EQ(config->shard.dial_group, codec::Group::kFfdhe3072);
  EXPECT_EQ(config->listen[1].text(), "[::1]:2");
  EXPECT_EQ(config->peers[0].address.text(), "127.0.0.1:3");
  EXPECT_EQ(config->shards, 3);
  EXPECT_EQ(config->log_level, "debug");
  EXPECT_EQ(config->shard.compress_level, codec::kCompressOff);
  EXPECT_EQ(config->shard.aead, codec::AeadChoice::kOpenssl);
  EXPECT_EQ(config->sessions_per_node_max, 4u);
  EXPECT_EQ(config->shard.connections_max, 5u);
  EXPECT_EQ(config->shard.handshakes_max, 6u);
  EXPECT_EQ(config->shard.frame_limits.blocks, 8192u);
  EXPECT_EQ(config->shard.frame_limits.inflated_bytes, 8388608u);
  EXPECT_EQ(config->shard.handshake_deadline_ms, 600);
  EXPECT_EQ(config->shard.handshakes_per_turn, 7);
  EXPECT_EQ(config->shard.send_stall_ms, 8000);
  EXPECT_EQ(config->shard.keepalive_s, 0);
  EXPECT_EQ(config->shard.drain_ms, 9);
  EXPECT_EQ(config->shard.redial_first_ms, 10);
  EXPECT_EQ(config->shard.redial_last_ms, 11);
  EXPECT_EQ(config->store.map_bytes, 33554432u);
}

TEST(Config, WhatIsWrongIsNamedWithItsLine) {
  const struct {
    const char* text;
    const char* error;
  } cases[] = {
      {"shard = 3", "n.toml:1: shard is unknown; did you mean shards?"},
      {"\n[limits]\nconections = 3",
       "n.toml:3: limits.conections is unknown; did you mean "
       "limits.connections?"},
      {"zzzzzzzzzz = 1", "n.toml:1: zzzzzzzzzz is unknown; docs/operations.md"},
      {"[limit]\nconnections = 3", "n.toml:1: limit is unknown"},
      {"limits = 3", "n.toml:1: limits must be a [table]"},
      {"shards = 257", "n.toml:1: shards must be a whole number from 0 to 256"},
      {"shards = -1", "n.toml:1: shards must be a whole number"},
      {"shards = 1.5", "n.toml:1: shards must be a whole number"},
      {"shards = \"2\"", "n.toml:1: shards must be a whole number"},
      {"suite = \"new\"", "n.toml:1: suite must be \"modern\" or \"classic\""},
      {"suite = 1", "n.toml:1: suite must be a \"string\""},
      {"log_level = \"loud\"", "n.toml:1: log_level must be one of"},
      {"compress = 0", "n.toml:1: compress must be \"off\""},
      {"compress = 13", "n.toml:1: compress must be \"off\""},
      {"compress = \"on\"", "n.toml:1: compress must be \"off\""},
      {"listen = [\"127.0.0.1:1\",\n \"x\"]", "n.toml:2: listen holds \"x\" is no address"},
      {"listen = [\"127.0.0.1:1\", \"127.0.0.1:1\"]", "n.toml:1: listen names 127.0.0.1:1 twice"},
      {"listen = 7367", "n.toml:1: listen must be a \"string\" or an array"},
      {"listen = [7367]", "n.toml:1: listen must hold \"strings\" only"},
      {"peers = [\"[::]:1\"]", "n.toml:1: peers holds \"[::]:1\": every address is no peer"},
      {"[limits]\nframe_blocks = 4095",
       "n.toml:2: limits.frame_blocks must be a whole number "
       "from 4096 to 65536"},
      {"[limits]\ninflated_bytes = 4194303", "n.toml:2: limits.inflated_bytes must be"},
      {"[limits]\nsessions_per_node = 0", "n.toml:2: limits.sessions_per_node must be"},
      {"[redial]\nfirst_ms = 50\nlast_ms = 40", "n.toml:2: redial.first_ms must not be above"},
      {"[redial]\nlast_ms = 40", "n.toml:2: redial.first_ms must not be above redial.last_ms"},
      {"[store]\nmap_bytes = 1", "n.toml:2: store.map_bytes must be"},
      {"name = \"a\nb\"", "n.toml:1: "},
      {"name = \"a\"\nname = \"b\"", "n.toml:2: "},
  };
  for (const auto& test : cases) {
    const auto config = parse_config(test.text, "n.toml");
    ASSERT_FALSE(config) << test.text;
    EXPECT_THAT(config.error(), StartsWith(test.error)) << test.text;
  }
}

TEST(Config, AMissingFileIsNamed) {
  const testing::TemporaryDirectory directory;
  EXPECT_THAT(load_config(directory / "node.toml").error(), HasSubstr("node.toml: No such file"));
}

}  // namespace
}  // namespace sdmp::relay
