#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/relay/address.h"

namespace sdmp::relay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Announce, ASpecificAddressIsAnnouncedAsItIs) {
  EXPECT_THAT(announced_addresses(*parse_address("127.0.0.1:5")), ElementsAre("127.0.0.1:5"));
  EXPECT_THAT(announced_addresses(*parse_address("[::1]:5")), ElementsAre("[::1]:5"));
}

TEST(Announce, PortZeroAnnouncesNothing) {
  EXPECT_THAT(announced_addresses(*parse_address("127.0.0.1:0")), IsEmpty());
  EXPECT_THAT(announced_addresses(*parse_address("[::]:0")), IsEmpty());
}

// RES-6: IPv6 is preferred, so it stands first; every entry is an address with its port.
TEST(Announce, RES_6_AWildcardAnnouncesWhatOthersCanReach) {
  for (const char* wildcard : {"[::]:5", "0.0.0.0:5"}) {
    const auto texts = announced_addresses(*parse_address(wildcard));
    ASSERT_FALSE(texts.empty());
    bool seen_v4 = false;
    for (const std::string& text : texts) {
      const auto address = parse_address(text);
      ASSERT_TRUE(address) << text;
      EXPECT_FALSE(address->is_wildcard());
      EXPECT_EQ(address->port(), 5);
      if (!address->is_v6()) seen_v4 = true;
      EXPECT_FALSE(seen_v4 && address->is_v6()) << text;
      if (std::string(wildcard) == "0.0.0.0:5") {
        EXPECT_FALSE(address->is_v6());
      }
    }
  }
}

}  // namespace
}  // namespace sdmp::relay
