#include "engine/relay/stop_signals.h"

#include <thread>

#include <gtest/gtest.h>

namespace sdmp::relay {
namespace {

// In a thread of its own: the mask is a thread's.
TEST(StopSignals, ComeOnlyToWhoWaitsForThem) {
  std::thread([] {
    const sigset_t signals = block_stop_signals();
    for (const int number : {SIGINT, SIGTERM}) {
      ASSERT_EQ(pthread_kill(pthread_self(), number), 0);
      int taken = 0;
      ASSERT_EQ(sigwait(&signals, &taken), 0);
      EXPECT_EQ(taken, number);
    }
  }).join();
}

}  // namespace
}  // namespace sdmp::relay
