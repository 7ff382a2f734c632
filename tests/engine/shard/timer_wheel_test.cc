#include "engine/shard/timer_wheel.h"

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "tests/engine/protocol/testing.h"

namespace sdmp::shard {
namespace {

std::vector<std::uint64_t> expired(TimerWheel& wheel, std::int64_t now) {
  std::vector<std::uint64_t> owners;
  while (TimerNode* node = wheel.expire(now)) {
    EXPECT_FALSE(node->armed());
    EXPECT_LE(node->deadline_ms, now);
    owners.push_back(node->owner);
  }
  std::ranges::sort(owners);
  return owners;
}

using Owners = std::vector<std::uint64_t>;

TEST(TimerWheel, IsEmptyAtFirst) {
  TimerWheel wheel(1000);
  EXPECT_EQ(wheel.next_ms(), std::nullopt);
  EXPECT_EQ(wheel.expire(5000), nullptr);
}

TEST(TimerWheel, FiresAtTheDeadlineAndNotBefore) {
  TimerWheel wheel(1000);
  TimerNode node{.owner = 1};
  wheel.arm(node, 1010);
  EXPECT_EQ(wheel.next_ms(), 1010);
  EXPECT_EQ(expired(wheel, 1009), Owners{});
  EXPECT_EQ(expired(wheel, 1010), Owners{1});
  EXPECT_EQ(wheel.next_ms(), std::nullopt);
}

TEST(TimerWheel, WhatHasPassedIsDueAtOnce) {
  TimerWheel wheel(1000);
  TimerNode node{.owner = 1};
  wheel.arm(node, 3);
  EXPECT_EQ(wheel.next_ms(), 1000);
  EXPECT_EQ(expired(wheel, 1000), Owners{1});
}

TEST(TimerWheel, CancelledOnesNeverFire) {
  TimerWheel wheel(0);
  TimerNode a{.owner = 1};
  TimerNode b{.owner = 2};
  TimerNode c{.owner = 3};
  for (TimerNode* node : {&a, &b, &c}) wheel.arm(*node, 50);
  wheel.cancel(b);
  wheel.cancel(b);
  EXPECT_EQ(expired(wheel, 100), (Owners{1, 3}));
}

TEST(TimerWheel, ArmingAgainMovesTheDeadline) {
  TimerWheel wheel(0);
  TimerNode node{.owner = 1};
  wheel.arm(node, 100'000);
  wheel.arm(node, 5);
  EXPECT_EQ(wheel.next_ms(), 5);
  EXPECT_EQ(expired(wheel, 5), Owners{1});
  wheel.arm(node, 50);
  wheel.arm(node, 100'000);
  EXPECT_EQ(expired(wheel, 99'999), Owners{});
  EXPECT_EQ(expired(wheel, 100'000), Owners{1});
}

TEST(TimerWheel, FarDeadlinesAreReachedInFewSteps) {
  TimerWheel wheel(12345);
  TimerNode node{.owner = 1};
  const std::int64_t deadline = 12345 + 400LL * 24 * 3600 * 1000;
  wheel.arm(node, deadline);
  int steps = 0;
  while (node.armed()) {
    const auto next = wheel.next_ms();
    ASSERT_TRUE(next);
    ASSERT_LE(*next, deadline);
    EXPECT_EQ(expired(wheel, *next).empty(), *next != deadline);
    ++steps;
  }
  EXPECT_LE(steps, 8) << "an idle shard must not wake for nothing";
}

TEST(TimerWheel, TheYear9999IsNoProblem) {
  TimerWheel wheel(0);
  TimerNode node{.owner = 1};
  wheel.arm(node, 253'402'300'799'999);
  EXPECT_EQ(expired(wheel, 1'000'000'000), Owners{});
  EXPECT_TRUE(node.armed());
  wheel.cancel(node);
}

TEST(TimerWheel, AgreesWithASortedMapOverRandomWork) {
  protocol::testing::PrintedRandom random;
  std::int64_t now = 777;
  TimerWheel wheel(now);
  std::deque<TimerNode> nodes(200);
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].owner = i;
  std::map<std::uint64_t, std::int64_t> model;
  for (int step = 0; step < 50'000; ++step) {
    const std::uint64_t owner = random.below(nodes.size());
    switch (random.below(4)) {
      case 0:
      case 1: {
        const auto reach = std::int64_t{1} << random.below(30);
        const std::int64_t deadline =
            now - 5 +
            static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(reach) + 10));
        wheel.arm(nodes[owner], deadline);
        model[owner] = deadline;
        break;
      }
      case 2:
        wheel.cancel(nodes[owner]);
        model.erase(owner);
        break;
      default: {
        now += static_cast<std::int64_t>(random.below(std::uint64_t{1} << random.below(20)));
        Owners due;
        for (const auto& [id, deadline] : model) {
          if (deadline <= now) due.push_back(id);
        }
        for (const std::uint64_t id : due) model.erase(id);
        ASSERT_EQ(expired(wheel, now), due);
      }
    }
    std::int64_t earliest = INT64_MAX;
    for (const auto& [id, deadline] : model) earliest = std::min(earliest, deadline);
    ASSERT_EQ(wheel.next_ms().has_value(), !model.empty());
    if (!model.empty()) {
      ASSERT_LE(*wheel.next_ms(), std::max(earliest, now));
    }
  }
  for (TimerNode& node : nodes) wheel.cancel(node);
}

}  // namespace
}  // namespace sdmp::shard
