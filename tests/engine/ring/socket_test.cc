#include "engine/ring/socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/ring/support.h"

namespace sdmp::ring {
namespace {

using ::testing::HasSubstr;

TEST(SocketAddress, ReadsAndWritesBothFamilies) {
  for (const char* text : {"127.0.0.1:7367", "[::1]:7367", "0.0.0.0:0", "[2001:db8::5]:65535"}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), text);
  }
}

TEST(SocketAddress, SaysWhatIsNoAddress) {
  for (const char* text : {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:7367",
                           "[::1]", "[]:1", "host:1", "127.0.0.1:-1", "127.0.0.1:1x", "[:1"}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_THAT(address.error(), HasSubstr("127.0.0.1:7367"));
  }
}

TEST(SocketAddress, OfNothingIsEmpty) {
  EXPECT_EQ(SocketAddress::of_peer(-1).text(), "");
}

TEST(Socket, TwoListenersShareAPort) {
  testing::Listener first;
  const auto second = listen_on(first.address());
  ASSERT_TRUE(second) << second.error();
  ::close(*second);
}

TEST(Socket, ListeningOnIPv6) {
  const auto fd = listen_on(*SocketAddress::parse("[::1]:0"));
  ASSERT_TRUE(fd) << fd.error();
  EXPECT_GT(SocketAddress::of_socket(*fd).port(), 0);
  ::close(*fd);
}

TEST(Socket, AnAddressThatIsNotOursIsNamed) {
  const auto fd = listen_on(*SocketAddress::parse("192.0.2.1:1"));
  ASSERT_FALSE(fd);
  EXPECT_THAT(fd.error(), HasSubstr("192.0.2.1:1"));
}

TEST(Socket, BecomesBlocking) {
  const testing::Descriptor fd(open_stream(AF_INET));
  fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  set_blocking(fd.get());
  EXPECT_EQ(fcntl(fd.get(), F_GETFL) & O_NONBLOCK, 0);
}

}  // namespace
}  // namespace sdmp::ring
