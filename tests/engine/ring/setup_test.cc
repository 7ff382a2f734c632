#include "engine/ring/setup.h"

#include <thread>

#include <gtest/gtest.h>

#include "tests/engine/ring/support.h"

namespace sdmp::ring {
namespace {

TEST(Setup, ARingMadeOnOneThreadWorksOnAnother) {
  auto ring = Ring::create();
  ASSERT_TRUE(ring) << ring.error();
  testing::Pair pair;
  std::thread user([&] {
    ring->enable();
    ring->send(testing::name(1, Op::kSend), pair.client.get(), codec::as_bytes("over"));
    const auto completions = ring->wait(std::nullopt);
    ASSERT_EQ(completions.size(), 1u);
    EXPECT_EQ(completions[0].result, 4);
  });
  user.join();
}

TEST(Setup, ARingThatWasNeverEnabledEndsQuietly) {
  auto ring = Ring::create();
  ASSERT_TRUE(ring) << ring.error();
}

}  // namespace
}  // namespace sdmp::ring
