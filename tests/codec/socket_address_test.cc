#include "codec/socket_address.h"

#include <gtest/gtest.h>

namespace sdmp::codec {
namespace {

TEST(SocketAddress, RES_6_Ipv4AndBracketedIpv6WithPort) {
  for (const auto* text : {"192.168.2.104:1337", "[2607:f298:1:126::72c:b051]:36075", "0.0.0.0:1",
                           "255.255.255.255:65535", "[::]:7367", "[::1]:80",
                           "[::ffff:192.0.2.1]:80", "[2001:DB8:0:0:0:0:0:1]:443"}) {
    EXPECT_TRUE(is_socket_address(text)) << text;
  }
}

TEST(SocketAddress, RES_6_EveryOtherTextIsRefused) {
  for (const auto* text : {"",
                           ":",
                           ":80",
                           "192.168.2.104",
                           "192.168.2.104:",
                           "192.168.2.104:0",
                           "192.168.2.104:65536",
                           "192.168.2.104:99999999999",
                           "192.168.2.104:-1",
                           "192.168.2.104:+1",
                           "192.168.2.104:80 ",
                           " 192.168.2.104:80",
                           "192.168.2.104:08",
                           "192.168.2.104:0x50",
                           "192.168.2.104:http",
                           "192.168.2:80",
                           "192.168.2.256:80",
                           "192.168.02.1:80",
                           "1.2.3.4.5:80",
                           "::1:80",
                           "::1",
                           "[::1]",
                           "[::1]:",
                           "[::1]:0",
                           "[::1]80",
                           "[::1:80",
                           "::1]:80",
                           "[]:80",
                           "[[::1]]:80",
                           "[1.2.3.4]:80",
                           "[::g]:80",
                           "[fe80::1%eth0]:80",
                           "[::1%1]:80",
                           "localhost:80",
                           "example.org:7367",
                           "[::1]:80:80",
                           "1.2.3.4:80:80",
                           "1.2.3.4:80/"}) {
    EXPECT_FALSE(is_socket_address(text)) << text;
  }
  EXPECT_FALSE(is_socket_address(std::string_view("1.2.3.4\0:80", 11)));
  EXPECT_FALSE(is_socket_address(std::string_view("1.2.3.4:80\0", 11)));
}

}  // namespace
}  // namespace sdmp::codec
