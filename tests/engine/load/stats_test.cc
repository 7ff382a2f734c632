#include "engine/load/stats.h"

#include <set>

#include <gtest/gtest.h>

namespace sdmp::load {
namespace {

TEST(Stats, EveryErrorHasAName) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kErrorKinds; ++i) names.insert(name(static_cast<ErrorKind>(i)));
  EXPECT_EQ(names.size(), kErrorKinds);
  EXPECT_FALSE(names.contains(""));
  EXPECT_EQ(name(ErrorKind::kConnect), "connect");
  EXPECT_EQ(name(ErrorKind::kMessage), "message");
}

TEST(Stats, AddingTwiceDoublesEverything) {
  Stats delta;
  delta.handshakes = 1;
  delta.messages = 2;
  delta.deliveries = 3;
  delta.bytes_out = 4;
  delta.bytes_in = 5;
  for (std::size_t i = 0; i < kErrorKinds; ++i) delta.errors[i] = i + 1;
  delta.verified = {1, 2, 3, 4, 5, 6, 7};
  delta.lost_sessions = 8;
  delta.replaced_sessions = 9;
  delta.unfinished_fetches = 10;
  for (auto* histogram : {&delta.latency, &delta.service, &delta.lag, &delta.bystander}) {
    histogram->record(1000);
  }
  Stats sum;
  sum.add(delta);
  sum.add(delta);
  EXPECT_EQ(sum.handshakes, 2u);
  EXPECT_EQ(sum.messages, 4u);
  EXPECT_EQ(sum.deliveries, 6u);
  EXPECT_EQ(sum.bytes_out, 8u);
  EXPECT_EQ(sum.bytes_in, 10u);
  EXPECT_EQ(sum.error_count(), kErrorKinds * (kErrorKinds + 1));
  const Verified& verified = sum.verified;
  EXPECT_EQ(verified.expected, 2u);
  EXPECT_EQ(verified.received, 4u);
  EXPECT_EQ(verified.missing, 6u);
  EXPECT_EQ(verified.duplicated, 8u);
  EXPECT_EQ(verified.corrupt, 10u);
  EXPECT_EQ(verified.out_of_order, 12u);
  EXPECT_EQ(verified.broken_chain, 14u);
  EXPECT_EQ(sum.lost_sessions, 16u);
  EXPECT_EQ(sum.replaced_sessions, 18u);
  EXPECT_EQ(sum.unfinished_fetches, 20u);
  for (const auto* histogram : {&sum.latency, &sum.service, &sum.lag, &sum.bystander}) {
    EXPECT_EQ(histogram->count(), 2u);
  }
}

TEST(Stats, GaugesOfThreadsAddUp) {
  Gauges sum{1, 2};
  sum.add({10, 20});
  EXPECT_EQ(sum.sessions, 11u);
  EXPECT_EQ(sum.in_flight, 22u);
}

}  // namespace
}  // namespace sdmp::load
