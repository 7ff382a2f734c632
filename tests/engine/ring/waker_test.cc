#include "engine/ring/waker.h"

#include <cerrno>
#include <thread>

#include <gtest/gtest.h>

#include "tests/engine/ring/support.h"

namespace sdmp::ring {
namespace {

struct Waking {
  Waker waker = *Waker::create();
  testing::TestRing t;
};

TEST(Waker, WakesFromAnotherThread) {
  Waking w;
  w.waker.arm(w.t.ring);
  std::thread other([&] { w.waker.wake(); });
  const Completion completion = w.t.next();
  EXPECT_EQ(completion.data.op, Op::kWake);
  EXPECT_GT(completion.result, 0);
  other.join();
}

TEST(Waker, AWakeBeforeArmingCounts) {
  Waking w;
  w.waker.wake();
  w.waker.wake();
  w.waker.arm(w.t.ring);
  EXPECT_EQ(w.t.next().data.op, Op::kWake);
  w.waker.arm(w.t.ring);
  EXPECT_TRUE(w.t.ring.wait(0).empty()) << "two wakes before one look count once";
  w.waker.disarm(w.t.ring);
  bool ended = false;
  for (int i = 0; i < 2; ++i) {
    const Completion completion = w.t.next();
    if (completion.data.op == Op::kWake) ended = completion.result == -ECANCELED;
  }
  EXPECT_TRUE(ended);
}

TEST(Waker, NoWakeIsLostBetweenTwoThreads) {
  Waking w;
  std::atomic<int> posted{0};
  constexpr int kPosts = 10'000;
  w.waker.arm(w.t.ring);
  std::thread other([&] {
    for (int i = 0; i < kPosts; ++i) {
      posted.fetch_add(1);
      w.waker.wake();
    }
  });
  while (posted.load() < kPosts) {
    ASSERT_EQ(w.t.next().data.op, Op::kWake);
    w.waker.arm(w.t.ring);
  }
  other.join();
}

}  // namespace
}  // namespace sdmp::ring
