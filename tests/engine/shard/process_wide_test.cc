#include <thread>

#include <gtest/gtest.h>

#include "engine/shard/shard.h"

namespace sdmp::shard {
namespace {

codec::Fingerprint node(std::string_view name) {
  return {codec::sha512(codec::as_bytes(name))};
}

TEST(SessionCensus, P_HS_CountsPerNode) {
  SessionCensus census(2);
  EXPECT_TRUE(census.enter(node("a")));
  EXPECT_TRUE(census.enter(node("a")));
  EXPECT_FALSE(census.enter(node("a")));
  EXPECT_TRUE(census.enter(node("b")));
  census.leave(node("a"));
  EXPECT_TRUE(census.enter(node("a")));
}

TEST(SessionCensus, NoneAllowedIsNone) {
  SessionCensus census(0);
  EXPECT_FALSE(census.enter(node("a")));
}

TEST(SharedReplayGuard, P_HS_OneOfTwoThreadsWinsEachKey) {
  SharedReplayGuard guard(100'000);
  std::atomic<int> entered{0};
  const auto work = [&] {
    for (int i = 0; i < 2000; ++i) {
      const auto key = protocol::ReplayKey::of(std::to_string(i));
      if (guard.enter(key, 1000, 1000)) ++entered;
      EXPECT_TRUE(guard.seen(key, 1000));
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(entered, 2000);
  EXPECT_EQ(guard.evicted(), 0u);
}

TEST(SharedReplayGuard, CountsWhatHadToGo) {
  SharedReplayGuard guard(1);
  EXPECT_TRUE(guard.enter(protocol::ReplayKey::of("a"), 1000, 1000));
  EXPECT_TRUE(guard.enter(protocol::ReplayKey::of("b"), 1000, 1000));
  EXPECT_EQ(guard.evicted(), 1u);
}

}  // namespace
}  // namespace sdmp::shard
