#include "engine/load/worker.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "tests/engine/load/test_run.h"

namespace sdmp::load {
namespace {

template <class Condition>
bool becomes(Condition condition) {
  const std::int64_t end_ns = Clock::read().ns + 10'000'000'000;
  while (!condition() && Clock::read().ns < end_ns) poll(nullptr, 0, 2);
  return condition();
}

TEST(Worker, FollowsThePhasesAndHandsOverWhatItCounted) {
  const TestIdentities identities = testing::test_identities();
  testing::TestServer server(identities);
  server.start();
  Plan plan = testing::publishing(2, 0, 100);
  plan.server = server.address();
  Publications publications("run", 2);
  RunState state;
  const auto worker =
      Worker::create(plan, server.identity(), identities, publications, state, 0).value();
  worker->start();
  ASSERT_TRUE(becomes([&] { return worker->standing().ready; }));
  EXPECT_EQ(worker->standing().gauges.sessions, 2u);
  EXPECT_EQ(worker->standing().phase, Phase::kOpening);
  EXPECT_FALSE(worker->standing().done);
  EXPECT_EQ(publications.total(), 0u) << "nothing is published before the run begins";

  state.phase = Phase::kMeasuring;
  worker->wake();
  ASSERT_TRUE(becomes([&] { return worker->standing().done; }));
  EXPECT_EQ(worker->standing().gauges.in_flight, 0u);
  EXPECT_EQ(worker->standing().published, 100u);
  EXPECT_GT(worker->standing().progress_ns, 0);
  EXPECT_GT(worker->standing().cpu_s, 0);
  state.phase = Phase::kClosing;
  worker->wake();
  worker->join();

  std::uint64_t opening = 0;
  std::uint64_t measured = 0;
  Stats all;
  for (const Worker::Delta& delta : worker->take()) {
    if (delta.phase == Phase::kOpening) opening += delta.stats.handshakes;
    if (delta.phase == Phase::kMeasuring) measured += delta.stats.messages;
    all.add(delta.stats);
  }
  EXPECT_EQ(opening, 2u);
  EXPECT_EQ(measured, 100u);
  EXPECT_EQ(all.verified.expected, 100u);
  EXPECT_EQ(all.verified.received, 100u);
  EXPECT_TRUE(worker->take().empty());
}

TEST(Worker, AllAreDoneWhenNobodySaidSoBeforeTheLastPost) {
  // Subscribers on one thread, that had the 99 posts that were there, and the publisher on another.
  Worker::Standing subscribers;
  subscribers.phase = Phase::kDraining;
  subscribers.done = true;
  subscribers.published = 99;
  Worker::Standing publisher = subscribers;
  publisher.published = 100;
  const auto both_done = [&] {
    return all_done(std::vector{subscribers, publisher}, Phase::kDraining, 100);
  };
  EXPECT_FALSE(both_done());
  subscribers.published = 100;
  EXPECT_TRUE(both_done());
  subscribers.done = false;
  EXPECT_FALSE(both_done());
  subscribers.done = true;
  publisher.phase = Phase::kMeasuring;
  EXPECT_FALSE(both_done()) << "done with the load, before what is on the way was asked for";
}

}  // namespace
}  // namespace sdmp::load
