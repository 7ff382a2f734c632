#include "engine/ring/ring_set.h"

#include <cerrno>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>

#include "tests/engine/ring/support.h"

namespace sdmp::ring {
namespace {

using testing::Descriptor;
using testing::Listener;
using testing::name;
using testing::write_all;

// Small rings of two places each, with completions one by one. Where the kernel's tables are not
// fit nobody opens further rings.
struct Set {
  explicit Set(std::uint32_t buffers = 8)
      : rings(*RingSet::create({.ring = {.submissions = 8, .completions = 64, .direct_sockets = 2},
                                .buffers = buffers,
                                .further_buffers = 2,
                                .buffer_bytes = 64})) {
    rings.enable();
    rings.waker().arm(rings.first());
  }
  bool unfit() { return rings.first().direct_sockets() == 0; }

  // The next one that is not the waker's; sets `wakes`.
  Completion next() {
    for (;;) {
      while (queue.empty()) {
        ++waits;
        for (const Completion& completion : rings.wait(std::nullopt)) queue.push_back(completion);
      }
      const Completion first = queue.front();
      queue.pop_front();
      if (first.data.op != Op::kWake) return first;
      ++wakes;
      rings.waker().arm(rings.first());
    }
  }
  // Into the table of this ring.
  Handle accept_into(std::size_t ring) {
    rings.at(ring).accept_one(name(9, Op::kAccept), listener.fd.get());
    const Completion completion = next();
    EXPECT_EQ(completion.ring, ring);
    EXPECT_GE(completion.result, 0);
    return rings.at(completion.ring).accepted(completion);
  }
  std::string text_of(const Completion& completion) {
    return std::string(codec::as_text(rings.received(completion)));
  }

  Listener listener;
  RingSet rings;
  std::deque<Completion> queue;
  int wakes = 0;
  int waits = 0;
};

TEST(RingSet, EachRingHasATableOfItsOwn) {
  Set s;
  if (s.unfit()) return;
  ASSERT_TRUE(s.rings.open());
  EXPECT_EQ(s.rings.size(), 2u);
  EXPECT_EQ(s.rings.at(1).direct_sockets(), 2u);
  const Descriptor clients[] = {s.listener.dial(), s.listener.dial(), s.listener.dial(),
                                s.listener.dial()};
  for (const std::size_t ring : {0u, 1u, 0u, 1u}) {
    const Handle socket = s.accept_into(ring);
    EXPECT_TRUE(socket.direct);
    EXPECT_EQ(socket.ring, ring);
    EXPECT_EQ(&s.rings.of(socket), &s.rings.at(ring));
  }
  // Both are full now, each for itself.
  const Descriptor fifth = s.listener.dial();
  s.rings.at(1).accept_one(name(9, Op::kAccept), s.listener.fd.get());
  EXPECT_EQ(s.next().result, -ENFILE);
}

TEST(RingSet, ReceivesAndSendsInEveryRing) {
  Set s;
  if (s.unfit()) return;
  ASSERT_TRUE(s.rings.open());
  ASSERT_TRUE(s.rings.open());
  for (const std::size_t ring : {2u, 0u, 1u}) {
    Descriptor client = s.listener.dial();
    const Handle socket = s.accept_into(ring);
    s.rings.receive(name(1, Op::kReceive), socket);
    write_all(client.get(), "ask");
    const Completion received = s.next();
    EXPECT_EQ(received.ring, ring);
    EXPECT_EQ(received.data, name(1, Op::kReceive));
    EXPECT_EQ(s.text_of(received), "ask");
    s.rings.recycle(received);
    s.rings.of(socket).send(name(1, Op::kSend), socket, codec::as_bytes("answer"));
    EXPECT_EQ(s.next().result, 6);
    char answer[6];
    EXPECT_EQ(::recv(client.get(), answer, sizeof answer, MSG_WAITALL), 6);
    EXPECT_EQ(std::string_view(answer, sizeof answer), "answer");
    client.reset();
    EXPECT_EQ(s.next().result, 0);
  }
}

// The thread sleeps in the first ring; nothing else is to come there.
TEST(RingSet, AFurtherRingWakesTheThread) {
  Set s;
  if (s.unfit()) return;
  ASSERT_TRUE(s.rings.open());
  const Descriptor client = s.listener.dial();
  const Handle socket = s.accept_into(1);
  s.rings.receive(name(1, Op::kReceive), socket);
  const int wakes = s.wakes;
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    // Submits; from here on the kernel has everything.
    EXPECT_TRUE(s.rings.wait(0).empty());
    std::thread peer([&] { write_all(client.get(), "late"); });
    const Completion received = s.next();
    peer.join();
    EXPECT_EQ(s.text_of(received), "late");
    s.rings.recycle(received);
  }
  // Mostly one a round; when the machine is busy the kernel's word of the arrival may come apart from
  // what arrived.
  EXPECT_LE(s.wakes, wakes + 2 * kRounds);
}

TEST(RingSet, SubmitsWithoutAWait) {
  Set s;
  if (s.unfit()) return;
  ASSERT_TRUE(s.rings.open());
  for (const std::size_t ring : {0u, 1u}) {
    const Descriptor client = s.listener.dial();
    const Handle socket = s.accept_into(ring);
    s.rings.of(socket).send(name(1, Op::kSend), socket, codec::as_bytes("now"));
    s.rings.submit();
    char got[3];
    EXPECT_EQ(::recv(client.get(), got, sizeof got, MSG_WAITALL), 3);
    EXPECT_EQ(s.next().result, 3);
  }
}

TEST(RingSet, AwakeThreadsAreNotTold) {
  Set s;
  if (s.unfit()) return;
  ASSERT_TRUE(s.rings.open());
  const Descriptor client = s.listener.dial();
  const Handle socket = s.accept_into(1);
  s.rings.receive(name(1, Op::kReceive), socket);
  EXPECT_TRUE(s.rings.wait(0).empty());
  const int wakes = s.wakes;
  write_all(client.get(), "soon");
  pollfd told{.fd = s.rings.waker().descriptor(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&told, 1, 0), 0);
  const Completion received = s.next();
  EXPECT_EQ(s.text_of(received), "soon");
  s.rings.recycle(received);
  EXPECT_EQ(s.wakes, wakes);
}

TEST(RingSet, AnEmptyGroupOfOneRingIsNotTheOthers) {
  Set s(2);
  if (s.unfit()) return;
  ASSERT_TRUE(s.rings.open());
  const Descriptor first_client = s.listener.dial();
  const Handle first = s.accept_into(0);
  const Descriptor second_client = s.listener.dial();
  const Handle second = s.accept_into(1);
  s.rings.receive(name(1, Op::kReceive), first);
  s.rings.receive(name(2, Op::kReceive), second);
  write_all(second_client.get(), std::string(2 * 64 + 1, 'x'));
  for (;;) {
    const Completion completion = s.next();
    EXPECT_EQ(completion.ring, 1);
    if (completion.result == -ENOBUFS) break;
  }
  write_all(first_client.get(), "still");
  EXPECT_EQ(s.text_of(s.next()), "still");
}

TEST(RingSet, AwaitedInputIsNotReceivedYet) {
  Set s;
  const Descriptor client = s.listener.dial();
  s.rings.first().accept_one(name(9, Op::kAccept), s.listener.fd.get());
  const Handle socket = s.rings.first().accepted(s.next());
  s.rings.of(socket).await_input(name(1, Op::kReceive), socket);
  EXPECT_TRUE(s.rings.wait(0).empty());
  write_all(client.get(), "x");
  const Completion awaited = s.next();
  EXPECT_EQ(awaited.data, name(1, Op::kReceive));
  EXPECT_GT(awaited.result, 0);
  EXPECT_FALSE(awaited.more);
  EXPECT_FALSE(awaited.buffer.has_value());
  s.rings.receive(name(1, Op::kReceive), socket);
  EXPECT_EQ(s.text_of(s.next()), "x");
  s.rings.of(socket).cancel(name(1, Op::kCancel), name(1, Op::kReceive));
}

// A refusal leaves the set as it was.
TEST(RingSet, WithoutADescriptorThereIsNoFurtherRing) {
  Set s;
  if (s.unfit()) return;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = s.rings.open();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().find("the kernel refused another ring: "), 0u) << refused.error();
  EXPECT_EQ(s.rings.size(), 1u);
  EXPECT_TRUE(s.rings.open());
}

}  // namespace
}  // namespace sdmp::ring
