#include "engine/ring/buffer_ring.h"

#include <cerrno>
#include <set>

#include <gtest/gtest.h>

#include "tests/engine/ring/support.h"

namespace sdmp::ring {
namespace {

using testing::name;
using testing::write_all;

std::string_view text_of(const BufferRing& buffers, const Completion& completion) {
  return codec::as_text(
      buffers.data(*completion.buffer, static_cast<std::size_t>(completion.result)));
}

// The buffer ring must end after the ring: declared first, filled later.
struct Receiving {
  explicit Receiving(std::uint32_t count, std::uint32_t bytes)
      : buffers(*BufferRing::create(*ring_slot, 3, count, bytes)), t(*ring_slot) {}

  struct Holder {
    Holder() : ring(*Ring::create({.submissions = 8, .completions = 64})) {}
    Ring& operator*() { return ring; }
    Ring ring;
  };
  Holder ring_slot;
  BufferRing buffers;
  struct Next {
    explicit Next(Ring& r) : ring(r) { ring.enable(); }
    Completion operator()() {
      while (queue.empty()) {
        for (const Completion& completion : ring.wait(std::nullopt)) queue.push_back(completion);
      }
      const Completion first = queue.front();
      queue.pop_front();
      return first;
    }
    Ring& ring;
    std::deque<Completion> queue;
  } t;
};

TEST(BufferRing, OneReceiveBringsManyPieces) {
  testing::Pair pair;
  Receiving r(8, 64);
  r.t.ring.receive(name(1, Op::kReceive), pair.server.get(), r.buffers);
  for (const std::string text : {"first", "second", "third"}) {
    write_all(pair.client.get(), text);
    const Completion completion = r.t();
    ASSERT_EQ(completion.result, static_cast<int>(text.size()));
    EXPECT_TRUE(completion.more);
    ASSERT_TRUE(completion.buffer);
    EXPECT_EQ(text_of(r.buffers, completion), text);
    r.buffers.recycle(*completion.buffer);
  }
  pair.client.reset();
  const Completion end = r.t();
  EXPECT_EQ(end.result, 0);
  EXPECT_FALSE(end.more);
}

TEST(BufferRing, ExhaustionEndsTheReceiveAndLosesNothing) {
  testing::Pair pair;
  Receiving r(2, 4);
  r.t.ring.receive(name(1, Op::kReceive), pair.server.get(), r.buffers);
  write_all(pair.client.get(), "abcdefghijkl");
  std::string got;
  std::vector<std::uint16_t> taken;
  for (;;) {
    const Completion completion = r.t();
    if (completion.result == -ENOBUFS) {
      EXPECT_FALSE(completion.more);
      break;
    }
    ASSERT_GT(completion.result, 0);
    got += text_of(r.buffers, completion);
    taken.push_back(*completion.buffer);
  }
  EXPECT_EQ(got, "abcdefgh");
  for (const std::uint16_t buffer : taken) r.buffers.recycle(buffer);
  r.t.ring.receive(name(1, Op::kReceive), pair.server.get(), r.buffers);
  const Completion completion = r.t();
  ASSERT_EQ(completion.result, 4);
  EXPECT_EQ(text_of(r.buffers, completion), "ijkl");
}

TEST(BufferRing, BuffersOfAGroupServeAllConnections) {
  testing::Pair first;
  testing::Pair second;
  Receiving r(4, 64);
  r.t.ring.receive(name(1, Op::kReceive), first.server.get(), r.buffers);
  r.t.ring.receive(name(2, Op::kReceive), second.server.get(), r.buffers);
  write_all(first.client.get(), "one");
  write_all(second.client.get(), "two");
  std::set<std::string> got;
  std::set<std::uint16_t> used;
  for (int i = 0; i < 2; ++i) {
    const Completion completion = r.t();
    got.insert(std::to_string(completion.data.slot) + std::string(text_of(r.buffers, completion)));
    used.insert(*completion.buffer);
  }
  EXPECT_EQ(got, (std::set<std::string>{"1one", "2two"}));
  EXPECT_EQ(used.size(), 2u);
}

TEST(BufferRing, ManyTimesAroundTheRing) {
  testing::Pair pair;
  Receiving r(2, 16);
  r.t.ring.receive(name(1, Op::kReceive), pair.server.get(), r.buffers);
  for (int i = 0; i < 70'000; ++i) {
    write_all(pair.client.get(), "x");
    const Completion completion = r.t();
    ASSERT_EQ(completion.result, 1);
    ASSERT_TRUE(completion.more);
    r.buffers.recycle(*completion.buffer);
  }
}

}  // namespace
}  // namespace sdmp::ring
