#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/relay/config.h"

namespace sdmp::relay {
namespace {

TEST(ConfigText, IsAValidConfiguration) {
  const std::string text =
      default_config_text("a \"name\"\\ with ü", codec::Suite::kClassic, "127.0.0.1:9");
  const auto config = parse_config(text, "node.toml");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->name, "a \"name\"\\ with ü");
  EXPECT_EQ(config->suite, codec::Suite::kClassic);
  EXPECT_EQ(config->listen.at(0).text(), "127.0.0.1:9");
}

// The comments state the defaults: without their marks the file means the same.
TEST(ConfigText, ItsCommentedKeysAreTheDefaults) {
  std::string text = default_config_text("n", codec::Suite::kModern, "127.0.0.1:9");
  const auto before = parse_config(text, "node.toml");
  std::string uncommented;
  int keys = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    std::string line = text.substr(at, end - at);
    at = end + 1;
    // A key is one word before " = "; prose has more.
    if (line.starts_with("# ") && line.find(" = ") != std::string::npos &&
        line.find(' ', 2) == line.find(" = ")) {
      line.erase(0, 2);
      ++keys;
    }
    uncommented += line + "\n";
  }
  EXPECT_EQ(keys, 17);
  const auto after = parse_config(uncommented, "node.toml");
  ASSERT_TRUE(before && after) << after.error();
  EXPECT_EQ(before->shard.connections_max, after->shard.connections_max);
  EXPECT_EQ(before->shard.send_stall_ms, after->shard.send_stall_ms);
  EXPECT_EQ(before->shard.compress_level, after->shard.compress_level);
  EXPECT_EQ(before->shard.drain_ms, after->shard.drain_ms);
  EXPECT_EQ(before->store.map_bytes, after->store.map_bytes);
  EXPECT_EQ(before->log_level, after->log_level);
  EXPECT_EQ(before->sessions_per_node_max, after->sessions_per_node_max);
}

}  // namespace
}  // namespace sdmp::relay
