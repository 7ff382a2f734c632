#include "engine/relay/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sdmp::relay {
namespace {

using ::testing::HasSubstr;

TEST(Address, ReadsWhatPeopleWrite) {
  const struct {
    const char* text;
    const char* written;
    bool wildcard;
  } cases[] = {
      {"127.0.0.1:7367", "127.0.0.1:7367", false},
      {"127.0.0.1", "127.0.0.1:7367", false},
      {"127.0.0.1:0", "127.0.0.1:0", false},
      {"0.0.0.0:1", "0.0.0.0:1", true},
      {"[::1]:65535", "[::1]:65535", false},
      {"[::1]", "[::1]:7367", false},
      {"[::]:7367", "[::]:7367", true},
      {"[2001:DB8::1]:5", "[2001:db8::1]:5", false},
  };
  for (const auto& test : cases) {
    const auto address = parse_address(test.text);
    ASSERT_TRUE(address) << test.text << ": " << address.error();
    EXPECT_EQ(address->text(), test.written);
    EXPECT_EQ(address->is_wildcard(), test.wildcard) << test.text;
    EXPECT_EQ(*parse_address(test.written), *address);
  }
}

TEST(Address, RefusesTheRestAndNamesIt) {
  const struct {
    std::string text;
    const char* why;
  } cases[] = {
      {"", "IPv4"},
      {"localhost:7367", "names are not looked up"},
      {"::1", "in brackets"},
      {"::1:7367", "in brackets"},
      {"[::1", "closing bracket"},
      {"[::1]7367", "colon"},
      {"[127.0.0.1]:1", "not an IPv6"},
      {"[fe80::1%lo]:1", "not an IPv6"},
      {"127.0.0.1:", "0 to 65535"},
      {"127.0.0.1:65536", "0 to 65535"},
      {"127.0.0.1:-1", "0 to 65535"},
      {"127.0.0.1:+1", "0 to 65535"},
      {"127.0.0.1:01", "0 to 65535"},
      {"127.0.0.1: 1", "0 to 65535"},
      {"127.0.0.1:7367x", "0 to 65535"},
      {"127.0.0.256:1", "IPv4"},
      {"127.1:1", "IPv4"},
      {" 127.0.0.1:1", "IPv4"},
      {std::string("127.0.0.1\0:1", 12), "zero byte"},
  };
  for (const auto& test : cases) {
    const auto address = parse_address(test.text);
    ASSERT_FALSE(address) << test.text;
    EXPECT_THAT(address.error(), HasSubstr(test.why)) << test.text;
    EXPECT_THAT(address.error(), HasSubstr(test.text));
  }
}

TEST(Address, ComparesFamilyHostAndPort) {
  EXPECT_NE(*parse_address("127.0.0.1:1"), *parse_address("127.0.0.1:2"));
  EXPECT_NE(*parse_address("127.0.0.1:1"), *parse_address("127.0.0.2:1"));
  EXPECT_NE(*parse_address("0.0.0.0:1"), *parse_address("[::]:1"));
  Address address = *parse_address("[::1]:1");
  address.set_port(9);
  EXPECT_EQ(address, *parse_address("[::1]:9"));
}

TEST(PeerAddress, MayBePinned) {
  const codec::Fingerprint node{};
  const auto pinned = parse_peer_address(node.text() + "@[::1]:5");
  ASSERT_TRUE(pinned) << pinned.error();
  EXPECT_EQ(pinned->pinned, node);
  EXPECT_EQ(pinned->address.text(), "[::1]:5");
  EXPECT_FALSE(parse_peer_address("127.0.0.1:5")->pinned);
}

TEST(PeerAddress, MustBeReachable) {
  EXPECT_THAT(parse_peer_address("127.0.0.1:0").error(), HasSubstr("port 0"));
  EXPECT_THAT(parse_peer_address("[::]:1").error(), HasSubstr("every address"));
  EXPECT_THAT(parse_peer_address("abc@127.0.0.1:1").error(), HasSubstr("no fingerprint"));
  EXPECT_THAT(parse_peer_address("nowhere").error(), HasSubstr("nowhere"));
}

}  // namespace
}  // namespace sdmp::relay
