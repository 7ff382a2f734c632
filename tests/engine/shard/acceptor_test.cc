#include "engine/shard/acceptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/engine/shard/support.h"

namespace sdmp::shard {
namespace {

using testing::eventually;
using testing::Rig;
using testing::TestNode;
using testing::TestPeer;

const TestNode& relay() {
  static const TestNode node(1);
  return node;
}
const TestNode& friendly() {
  static const TestNode node(2);
  return node;
}

TEST(Acceptor, BeyondTheLimitConnectionsAreClosedAtOnce) {
  testing::RigOptions options;
  options.config.connections_max = 2;
  Rig rig(relay(), {&friendly()}, options);
  TestPeer first(friendly(), relay());
  TestPeer second(friendly(), relay());
  ASSERT_TRUE(first.connect_and_shake(rig.address()));
  ASSERT_TRUE(second.connect_and_shake(rig.address()));
  TestPeer third(friendly(), relay());
  third.connect(rig.address());
  EXPECT_EQ(third.read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return rig.counters().turned_away == 1; }));
  first.close();
  EXPECT_TRUE(eventually([&] { return rig.counters().connections == 1; }));
  TestPeer fourth(friendly(), relay());
  EXPECT_TRUE(fourth.connect_and_shake(rig.address()));
}

TEST(Acceptor, ANonBlockingListenerServesToo) {
  const int fd = *ring::listen_on(*ring::SocketAddress::parse("[::1]:0"));
  fcntl(fd, F_SETFL, O_NONBLOCK);
  const auto address = ring::SocketAddress::of_socket(fd);
  testing::RigOptions options;
  options.listen = false;
  options.config.listen_fds = {fd};
  {
    Rig rig(relay(), {&friendly()}, options);
    TestPeer peer(friendly(), relay());
    EXPECT_TRUE(peer.connect_and_shake(address));
  }
  ::close(fd);
}

TEST(Acceptor, TwoListenersOfOneShard) {
  const int first = *ring::listen_on(*ring::SocketAddress::parse("127.0.0.1:0"));
  const int second = *ring::listen_on(*ring::SocketAddress::parse("[::1]:0"));
  testing::RigOptions options;
  options.listen = false;
  options.config.listen_fds = {first, second};
  {
    Rig rig(relay(), {&friendly()}, options);
    for (const int fd : {first, second}) {
      TestPeer peer(friendly(), relay());
      EXPECT_TRUE(peer.connect_and_shake(ring::SocketAddress::of_socket(fd)));
    }
  }
  ::close(first);
  ::close(second);
}

// The limit is the process's: what the test opens beside the shard is opened before.
TEST(Acceptor, WithoutDescriptorsItWaitsAndGoesOn) {
  Rig rig(relay(), {&friendly()});
  // A whole handshake first: UBSan needs a pipe where it meets a type for the first time.
  TestPeer first(friendly(), relay());
  first.connect(rig.address());
  ASSERT_TRUE(first.shake_hands());
  TestPeer peer(friendly(), relay());
  peer.connect(rig.address());
  EXPECT_TRUE(eventually([&] { return rig.counters().accepted == 2; }));
  const ring::testing::Descriptor waiting(ring::open_stream(AF_INET));
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto address = rig.address();
  EXPECT_EQ(::connect(waiting.get(), address.raw(), address.size()), 0);
  // A session that stands is not hurt.
  EXPECT_TRUE(peer.shake_hands());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(eventually([&] { return rig.counters().accepted == 3; }));
}

}  // namespace
}  // namespace sdmp::shard
