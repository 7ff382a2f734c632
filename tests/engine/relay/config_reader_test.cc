#include "engine/relay/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sdmp::relay {
namespace {

TEST(ConfigReader, AbsentKeysLeaveDefaults) {
  const toml::table root = toml::parse("");
  ConfigReader reader(root, "f");
  std::int64_t value = 5;
  reader.read("a.b", 0, 9, value);
  EXPECT_EQ(value, 5);
  EXPECT_FALSE(reader.text("c"));
  EXPECT_FALSE(reader.texts("d"));
  reader.refuse_unknown();
  EXPECT_FALSE(reader.error());
}

TEST(ConfigReader, TheFirstErrorWins) {
  const toml::table root = toml::parse("a = 10\nb = 11\nc = 12");
  ConfigReader reader(root, "f");
  std::int64_t value = 5;
  reader.read("b", 0, 9, value);
  reader.read("a", 0, 9, value);
  reader.refuse_unknown();
  EXPECT_EQ(value, 5);
  EXPECT_EQ(reader.error(), "f:2: b must be a whole number from 0 to 9");
}

TEST(Nearest, SuggestsOnlyWhatIsNear) {
  const std::vector<std::string> known = {"shards", "listen", "limits.connections"};
  EXPECT_EQ(nearest("shard", known), "shards");
  EXPECT_EQ(nearest("lisen", known), "listen");
  EXPECT_EQ(nearest("limits.connection", known), "limits.connections");
  EXPECT_EQ(nearest("weather", known), std::nullopt);
  EXPECT_EQ(nearest("x", {}), std::nullopt);
}

}  // namespace
}  // namespace sdmp::relay
