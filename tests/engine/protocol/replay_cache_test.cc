#include "engine/protocol/replay_cache.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "engine/protocol/limits.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol {
namespace {

using testing::kNow;
using testing::PrintedRandom;

ReplayKey key_of(std::uint64_t number) {
  return ReplayKey::of(std::to_string(number));
}

TEST(ReplayCache, P_HS_EnteredOnceSeenEverAfter) {
  ReplayCache cache(10);
  EXPECT_FALSE(cache.seen(key_of(1), kNow));
  EXPECT_TRUE(cache.enter(key_of(1), kNow, kNow));
  EXPECT_TRUE(cache.seen(key_of(1), kNow));
  EXPECT_FALSE(cache.enter(key_of(1), kNow, kNow));
  EXPECT_FALSE(cache.seen(key_of(2), kNow));
  EXPECT_EQ(cache.size(), 1u);
}

TEST(ReplayCache, P_HS_LookingUpEntersNothing) {
  ReplayCache cache(10);
  EXPECT_FALSE(cache.seen(key_of(1), kNow));
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_TRUE(cache.enter(key_of(1), kNow, kNow));
}

TEST(ReplayCache, P_HS_KeptUntilCreatedPlus300Seconds) {
  for (const std::int64_t offset : {-kClockSkewMaxMs, std::int64_t{0}, kClockSkewMaxMs}) {
    ReplayCache cache(10);
    const codec::UnixMillis created = kNow + offset;
    ASSERT_TRUE(cache.enter(key_of(1), created, kNow));
    // The last moment at which the object would still pass the check of the clock.
    EXPECT_TRUE(cache.seen(key_of(1), created + 300'000)) << offset;
    EXPECT_FALSE(cache.seen(key_of(1), created + 300'001)) << offset;
    EXPECT_EQ(cache.size(), 0u) << offset;
  }
  EXPECT_EQ(ReplayCache(1).evicted(), 0u);
}

TEST(ReplayCache, P_HS_WhenFullTheOldestGoAndAreCounted) {
  ReplayCache cache(3);
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(cache.enter(key_of(i), kNow, kNow));
  EXPECT_EQ(cache.size(), 3u);
  EXPECT_EQ(cache.evicted(), 2u);
  EXPECT_FALSE(cache.seen(key_of(0), kNow));
  EXPECT_FALSE(cache.seen(key_of(1), kNow));
  for (std::uint64_t i = 2; i < 5; ++i) EXPECT_TRUE(cache.seen(key_of(i), kNow));
}

TEST(ReplayCache, ExpiredEntriesGoFirstAndAreNotCounted) {
  ReplayCache cache(2);
  ASSERT_TRUE(cache.enter(key_of(1), kNow - 300'000, kNow));
  ASSERT_TRUE(cache.enter(key_of(2), kNow, kNow));
  ASSERT_TRUE(cache.enter(key_of(3), kNow, kNow + 1));
  EXPECT_EQ(cache.evicted(), 0u);
  EXPECT_TRUE(cache.seen(key_of(2), kNow + 1));
}

// An object from the future stays longest; younger ones that expire before it wait behind it and
// neither break the bound nor get lost.
TEST(ReplayCache, ExpiryNeedNotFollowTheOrderOfInsertion) {
  ReplayCache cache(3);
  ASSERT_TRUE(cache.enter(key_of(1), kNow + 300'000, kNow));
  ASSERT_TRUE(cache.enter(key_of(2), kNow - 300'000, kNow));
  ASSERT_TRUE(cache.enter(key_of(3), kNow, kNow));
  EXPECT_TRUE(cache.seen(key_of(1), kNow + 300'001));
  EXPECT_EQ(cache.size(), 3u);
  ASSERT_TRUE(cache.enter(key_of(4), kNow + 300'001, kNow + 300'001));
  EXPECT_EQ(cache.size(), 3u);
  EXPECT_TRUE(cache.seen(key_of(4), kNow + 600'001));
  EXPECT_EQ(cache.size(), 1u);
}

TEST(ReplayCache, AgreesWithAModelOnEverythingThatMatters) {
  PrintedRandom random;
  ReplayCache cache(1'000);  // larger than what 600 s hold here: nothing is evicted
  std::map<std::uint64_t, codec::UnixMillis> created_of;
  codec::UnixMillis now = kNow;
  for (int step = 0; step < 5'000; ++step) {
    now += static_cast<std::int64_t>(random.below(2'000));
    const std::uint64_t number = random.below(600);
    const auto known = created_of.find(number);
    const bool live = known != created_of.end() && now <= known->second + kClockSkewMaxMs;
    if (live) {
      EXPECT_TRUE(cache.seen(key_of(number), now));
      EXPECT_FALSE(cache.enter(key_of(number), known->second, now));
    } else if (!cache.seen(key_of(number), now)) {
      const codec::UnixMillis created =
          now - kClockSkewMaxMs + static_cast<std::int64_t>(random.below(2 * kClockSkewMaxMs + 1));
      EXPECT_TRUE(cache.enter(key_of(number), created, now));
      created_of[number] = created;
    }
    EXPECT_LE(cache.size(), 1'000u);
  }
  EXPECT_EQ(cache.evicted(), 0u);
}

}  // namespace
}  // namespace sdmp::protocol
