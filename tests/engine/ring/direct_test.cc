#include "engine/ring/direct.h"

#include <cerrno>
#include <cstdio>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "engine/ring/probe.h"
#include "tests/engine/ring/captured_log.h"
#include "tests/engine/ring/support.h"

namespace sdmp::ring {
namespace {

using testing::Descriptor;
using testing::Listener;
using testing::name;

// Each test has nothing to say on a kernel whose tables are not fit: regular descriptors serve
// there.
class Direct : public ::testing::Test {
 protected:
  Direct() { set_stream_options(listener.fd.get()); }
  bool unfit() const { return t.ring.direct_sockets() == 0; }
  // Accepts `client`, which has connected.
  Handle accept_one() {
    t.ring.accept_one(name(1, Op::kAccept), listener.fd.get());
    const Completion completion = t.next();
    EXPECT_GE(completion.result, 0);
    return t.ring.accepted(completion);
  }
  Descriptor expose(Handle socket) {
    t.ring.expose(name(1, Op::kExpose), socket);
    return Descriptor(t.next().result);
  }
  static int option(int fd, int level, int which) {
    int value = -1;
    socklen_t size = sizeof value;
    getsockopt(fd, level, which, &value, &size);
    return value;
  }

  Listener listener;
  testing::TestRing t{RingConfig{.submissions = 8, .completions = 64, .direct_sockets = 2}};
};

TEST_F(Direct, AcceptedSocketsHaveTheOptionsOfTheirListener) {
  if (unfit()) return;
  const Descriptor client = listener.dial();
  const Handle socket = accept_one();
  EXPECT_TRUE(socket.direct);
  const Descriptor regular = expose(socket);
  ASSERT_GE(regular.get(), 0);
  EXPECT_NE(option(regular.get(), IPPROTO_TCP, TCP_NODELAY), 0);
  EXPECT_NE(option(regular.get(), SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(option(regular.get(), IPPROTO_TCP, TCP_KEEPIDLE), 120);
  EXPECT_EQ(option(regular.get(), IPPROTO_TCP, TCP_KEEPINTVL), 15);
  EXPECT_EQ(option(regular.get(), IPPROTO_TCP, TCP_KEEPCNT), 8);
}

TEST_F(Direct, TellsThePeersAddress) {
  if (unfit()) return;
  const Descriptor client = listener.dial();
  const Handle socket = accept_one();
  SocketAddress address = SocketAddress::of_family(AF_INET);
  EXPECT_EQ(address.text(), "") << "until the kernel has filled it";
  t.ring.peer_address(name(1, Op::kPeerAddress), socket, address);
  EXPECT_GE(t.next().result, 0);
  EXPECT_EQ(address.text(), SocketAddress::of_socket(client.get()).text());
}

TEST_F(Direct, TellsThePeersAddressOfIPv6) {
  if (unfit()) return;
  const Descriptor over6(*listen_on(*SocketAddress::parse("[::1]:0")));
  const SocketAddress where = SocketAddress::of_socket(over6.get());
  const Descriptor client(open_stream(AF_INET6));
  ASSERT_EQ(::connect(client.get(), where.raw(), where.size()), 0);
  t.ring.accept_one(name(1, Op::kAccept), over6.get());
  SocketAddress address = SocketAddress::of_family(AF_INET6);
  t.ring.peer_address(name(1, Op::kPeerAddress), t.ring.accepted(t.next()), address);
  EXPECT_GE(t.next().result, 0);
  EXPECT_EQ(address.text(), SocketAddress::of_socket(client.get()).text());
}

TEST_F(Direct, OneAcceptFillsTheTableAndEndsThere) {
  if (unfit()) return;
  std::vector<Descriptor> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(listener.dial());
  t.ring.accept(name(4, Op::kAccept), listener.fd.get());
  EXPECT_GE(t.next().result, 0);
  const Completion second = t.next();
  EXPECT_GE(second.result, 0);
  const Completion third = t.next();
  EXPECT_EQ(third.result, -ENFILE);
  EXPECT_FALSE(third.more);
  char octet = 0;
  EXPECT_EQ(::recv(clients[2].get(), &octet, 1, 0), 0) << "who found it full is closed";
  // Given to the ring in this order, the accept finds the place free.
  clients.push_back(listener.dial());
  t.ring.close(name(1, Op::kClose), t.ring.accepted(second));
  t.ring.accept_one(name(4, Op::kAccept), listener.fd.get());
  EXPECT_EQ(t.next().result, 0);
  EXPECT_EQ(t.next().result, second.result);
}

TEST_F(Direct, CountsNotAsADescriptorOfTheProcess) {
  if (unfit()) return;
  const Descriptor client = listener.dial();
  const Descriptor next_free(open_stream(AF_INET));
  const int expected = next_free.get() + 1;
  const Handle socket = accept_one();
  const Descriptor after(open_stream(AF_INET));
  EXPECT_EQ(after.get(), expected);
  t.ring.close(name(1, Op::kClose), socket);
  EXPECT_EQ(t.next().result, 0);
}

TEST_F(Direct, ReceivesSendsShutsAndCloses) {
  if (unfit()) return;
  BufferRing buffers = *BufferRing::create(t.ring, 3, 8, 64);
  const Descriptor client = listener.dial();
  const Handle socket = accept_one();
  t.ring.receive(name(1, Op::kReceive), socket, buffers);
  testing::write_all(client.get(), "hello");
  EXPECT_EQ(t.next().result, 5);
  t.ring.send(name(1, Op::kSend), socket, codec::as_bytes("bye"));
  EXPECT_EQ(t.next().result, 3);
  shutdown_write(expose(socket).get());
  char text[8] = {};
  EXPECT_EQ(::recv(client.get(), text, sizeof text, MSG_WAITALL), 3) << "and the end";
  t.ring.cancel(name(1, Op::kCancel), name(1, Op::kReceive));
  EXPECT_LE(t.next().result, 0);
  EXPECT_LE(t.next().result, 0);
  t.ring.close(name(1, Op::kClose), socket);
  EXPECT_EQ(t.next().result, 0);
}

// What the probe is about: before Linux 6.13 the first connection's receive keeps the second open.
TEST_F(Direct, AClosedSocketIsReleasedWhileAnotherOneWaits) {
  if (unfit()) return;
  BufferRing buffers = *BufferRing::create(t.ring, 3, 8, 64);
  const Descriptor idle = listener.dial();
  t.ring.receive(name(1, Op::kReceive), accept_one(), buffers);
  const Descriptor client = listener.dial();
  const Handle socket = accept_one();
  t.ring.close(name(2, Op::kClose), socket);
  EXPECT_EQ(t.next().result, 0);
  char octet = 0;
  EXPECT_EQ(::recv(client.get(), &octet, 1, 0), 0);
  t.ring.cancel(name(1, Op::kCancel), name(1, Op::kReceive));
  t.next();
  t.next();
}

TEST_F(Direct, ADialledSocketMovesIntoTheTable) {
  if (unfit()) return;
  Descriptor client = listener.dial();
  const Descriptor server = listener.accept();
  int place = client.get();
  t.ring.adopt(name(1, Op::kAdopt), place);
  EXPECT_EQ(t.next().result, 1);
  client.reset();
  t.ring.send(name(1, Op::kSend), Handle::in_table(place), codec::as_bytes("x"));
  EXPECT_EQ(t.next().result, 1);
  char octet = 0;
  EXPECT_EQ(::recv(server.get(), &octet, 1, 0), 1);
}

TEST_F(Direct, AFullTableAdoptsNothing) {
  if (unfit()) return;
  const Descriptor client = listener.dial();
  for (int i = 0; i < 2; ++i) {
    int place = client.get();
    t.ring.adopt(name(1, Op::kAdopt), place);
    EXPECT_EQ(t.next().result, 1);
  }
  int place = client.get();
  t.ring.adopt(name(1, Op::kAdopt), place);
  EXPECT_EQ(t.next().result, -ENFILE);
  EXPECT_EQ(place, client.get());
}

TEST(DirectTable, IsNoLargerThanTheLimitOfOpenFiles) {
  if (!inspect_kernel().direct_sockets) return;
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit low = before;
  low.rlim_cur = 100;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  const auto ring = Ring::create({.submissions = 8, .completions = 64, .direct_sockets = 1u << 30});
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(ring) << ring.error();
  EXPECT_EQ(ring->direct_sockets(), 100u);
}

// What a kernel refuses is no reason not to serve: with regular descriptors it can.
TEST(DirectTable, OneThatIsRefusedIsToldAndDoneWithout) {
  const testing::Captured captured;
  testing::TestRing t;
  EXPECT_EQ(make_table(t.ring.raw(), direct_sockets_allowed() + 1), 0u);
  EXPECT_THAT(captured.text.str(), ::testing::HasSubstr("refused a table of"));
  EXPECT_EQ(make_table(t.ring.raw(), 2), 2u) << "the ring is as it was";
}

TEST(DirectTable, ServesFromLinux6_13On) {
  utsname names{};
  ASSERT_EQ(uname(&names), 0);
  int major = 0;
  int minor = 0;
  ASSERT_EQ(std::sscanf(names.release, "%d.%d", &major, &minor), 2) << names.release;
  const bool expected = major > 6 || (major == 6 && minor >= 13);
  EXPECT_TRUE(inspect_kernel().direct_sockets || !expected) << "on Linux " << names.release;
  testing::TestRing t({.submissions = 8, .completions = 64, .direct_sockets = 2});
  EXPECT_TRUE(t.ring.direct_sockets() == 2 || !expected) << "on Linux " << names.release;
}

TEST(DirectTable, IsNotTriedWhenNobodyWantsOne) {
  EXPECT_FALSE(inspect_kernel(false).direct_sockets);
}

TEST(DirectTable, WithoutOneAcceptedSocketsAreRegular) {
  Listener listener;
  testing::TestRing t;
  const Descriptor client = listener.dial();
  t.ring.accept_one(name(1, Op::kAccept), listener.fd.get());
  const Completion completion = t.next();
  EXPECT_FALSE(t.ring.accepted(completion).direct);
  const Descriptor server(completion.result);
  EXPECT_EQ(SocketAddress::of_peer(server.get()).text(),
            SocketAddress::of_socket(client.get()).text());
}

}  // namespace
}  // namespace sdmp::ring
