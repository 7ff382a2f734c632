#include "engine/ring/ring.h"

#include <cerrno>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "tests/engine/ring/support.h"

namespace sdmp::ring {
namespace {

using testing::Descriptor;
using testing::Listener;
using testing::name;
using testing::Pair;
using testing::TestRing;

TEST(Ring, OneAcceptTakesManyConnections) {
  Listener listener;
  set_stream_options(listener.fd.get());
  TestRing t;
  t.ring.accept(name(4, Op::kAccept), listener.fd.get());
  for (int i = 0; i < 3; ++i) {
    const Descriptor client = listener.dial();
    const Completion completion = t.next();
    ASSERT_GE(completion.result, 0);
    EXPECT_TRUE(completion.more);
    EXPECT_EQ(completion.data, name(4, Op::kAccept));
    const Descriptor server(completion.result);
    int no_delay = 0;
    socklen_t size = sizeof no_delay;
    ASSERT_EQ(getsockopt(server.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
    EXPECT_NE(no_delay, 0) << "inherited from the listener";
    EXPECT_EQ(SocketAddress::of_peer(server.get()).text(),
              SocketAddress::of_socket(client.get()).text());
  }
}

TEST(Ring, ConnectsSendsShutsAndCloses) {
  Listener listener;
  TestRing t;
  const int fd = open_stream(AF_INET);
  const SocketAddress address = listener.address();
  t.ring.connect(name(1, Op::kConnect), fd, address);
  EXPECT_EQ(t.next().result, 0);
  const Descriptor server = listener.accept();
  t.ring.send(name(1, Op::kSend), fd, codec::as_bytes("hello"));
  EXPECT_EQ(t.next().result, 5);
  shutdown_write(fd);
  char text[8] = {};
  EXPECT_EQ(::recv(server.get(), text, sizeof text, MSG_WAITALL), 5);
  t.ring.close(name(1, Op::kClose), fd);
  const Completion closed = t.next();
  EXPECT_EQ(closed.result, 0);
  EXPECT_EQ(closed.data.op, Op::kClose);
}

TEST(Ring, AConnectionRefusedIsAnError) {
  SocketAddress address;
  {
    Listener listener;
    address = listener.address();
  }
  const Descriptor client(open_stream(AF_INET));
  TestRing t;
  t.ring.connect(name(1, Op::kConnect), client.get(), address);
  EXPECT_EQ(t.next().result, -ECONNREFUSED);
}

TEST(Ring, SendingToAPeerThatIsGoneIsAnErrorNotASignal) {
  Pair pair;
  pair.server.reset();
  TestRing t;
  int result = 0;
  while (result >= 0) {
    t.ring.send(name(1, Op::kSend), pair.client.get(), codec::as_bytes("x"));
    result = t.next().result;
  }
  EXPECT_TRUE(result == -EPIPE || result == -ECONNRESET) << result;
}

TEST(Ring, ACancelledOperationComesBackToo) {
  Listener listener;
  TestRing t;
  t.ring.accept(name(1, Op::kAccept), listener.fd.get());
  t.ring.cancel(name(1, Op::kCancel), name(1, Op::kAccept));
  int accept_result = 1;
  int cancel_result = 1;
  for (int i = 0; i < 2; ++i) {
    const Completion completion = t.next();
    EXPECT_FALSE(completion.more);
    (completion.data.op == Op::kAccept ? accept_result : cancel_result) = completion.result;
  }
  EXPECT_EQ(accept_result, -ECANCELED);
  EXPECT_EQ(cancel_result, 0);
}

TEST(Ring, CancellingWhatIsOverFindsNothing) {
  TestRing t;
  t.ring.cancel(name(1, Op::kCancel), name(1, Op::kReceive));
  EXPECT_EQ(t.next().result, -ENOENT);
}

// What a table of slots needs to tell a late completion from one that is meant for the new owner.
TEST(Ring, ALateCompletionCarriesItsOwnGeneration) {
  Pair pair;
  TestRing t;
  const UserData old{.slot = 9, .generation = 1, .op = Op::kSend};
  const UserData fresh{.slot = 9, .generation = 2, .op = Op::kSend};
  t.ring.send(old, pair.client.get(), codec::as_bytes("a"));
  t.ring.send(fresh, pair.client.get(), codec::as_bytes("b"));
  EXPECT_EQ(t.next().data, old);
  EXPECT_EQ(t.next().data, fresh);
}

TEST(Ring, AFullSubmissionQueueIsSubmitted) {
  Pair pair;
  TestRing t({.submissions = 4, .completions = 64});
  for (std::uint32_t i = 0; i < 50; ++i) {
    t.ring.send(name(i, Op::kSend), pair.client.get(), codec::as_bytes("x"));
  }
  for (std::uint32_t i = 0; i < 50; ++i) EXPECT_EQ(t.next().result, 1);
}

TEST(Ring, AnOverflowingCompletionQueueLosesNothing) {
  Pair pair;
  TestRing t({.submissions = 4, .completions = 8});
  constexpr std::uint32_t kMany = 100;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    t.ring.send(name(i, Op::kSend), pair.client.get(), codec::as_bytes("x"));
  }
  std::vector<int> seen(kMany);
  for (std::uint32_t i = 0; i < kMany; ++i) ++seen[t.next().data.slot];
  EXPECT_EQ(seen, std::vector<int>(kMany, 1));
}

TEST(Ring, DiscardsWhatIsUnreadSoThatACloseIsNoReset) {
  Pair pair;
  testing::write_all(pair.client.get(), std::string(10'000, 'x'));
  testing::write_all(pair.server.get(), "last words");
  char octet = 0;
  ASSERT_EQ(::recv(pair.server.get(), &octet, 1, MSG_PEEK), 1);
  TestRing t;
  t.ring.discard(name(1, Op::kDiscard), pair.server.get(), 1 << 20);
  EXPECT_EQ(t.next().result, 10'000);
  t.ring.discard(name(1, Op::kDiscard), pair.server.get(), 1 << 20);
  EXPECT_EQ(t.next().result, -EAGAIN) << "it does not wait for more";
  pair.server.reset();
  char words[32] = {};
  EXPECT_EQ(::recv(pair.client.get(), words, sizeof words, MSG_WAITALL), 10);
}

TEST(Ring, WaitEndsAtItsTime) {
  TestRing t;
  EXPECT_TRUE(t.ring.wait(0).empty());
  EXPECT_TRUE(t.ring.wait(1).empty());
}

}  // namespace
}  // namespace sdmp::ring
