#include "engine/shard/shard.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/engine/shard/support.h"

namespace sdmp::shard {
namespace {

using testing::eventually;
using testing::friendly;
using testing::other;
using testing::relay;
using testing::Rig;
using testing::TestNode;
using testing::TestPeer;

TEST(Shard, DrainingAnIdleShardReturns) {
  Rig rig(relay(), {&friendly()});
  rig.drain();
}

TEST(Shard, DrainingEndsEverySessionWithACleanEnd) {
  Rig rig(relay(), {&friendly()});
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  TestPeer waiting(friendly(), relay());
  waiting.connect(rig.address());
  ASSERT_TRUE(eventually([&] { return rig.counters().accepted == 2; }));
  std::thread drain([&] { rig.drain(); });
  EXPECT_TRUE(peer.next(codec::Schema::kJournalRequest)) << "what was queued is flushed";
  while (peer.next()) {
  }
  EXPECT_EQ(waiting.read_to_end(), "nope");
  peer.close();
  waiting.close();
  drain.join();
  EXPECT_EQ(rig.counters().connections, 0u);
}

TEST(Shard, DrainingDoesNotWaitForAPeerThatStaysForEver) {
  testing::RigOptions options;
  options.config.drain_ms = 100;
  options.config.nope_drain_ms = 60'000;
  Rig rig(relay(), {&friendly()}, options);
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  rig.drain();
  EXPECT_EQ(rig.counters().connections, 0u);
}

TEST(Shard, TwoShardsServeOneAddressAndTellEachOther) {
  testing::RigOptions options;
  options.shards = 2;
  Rig rig(relay(), {&friendly(), &other()}, options);
  std::vector<std::unique_ptr<TestPeer>> subscribers;
  for (int i = 0; i < 16; ++i) {
    subscribers.push_back(std::make_unique<TestPeer>(other(), relay()));
    ASSERT_TRUE(subscribers.back()->connect_and_shake(rig.address()));
    subscribers.back()->send_request_for_journal(codec::since_beginning(relay().fingerprint()));
    ASSERT_TRUE(subscribers.back()->next(codec::Schema::kJournalUpdate));
  }
  EXPECT_GT(rig.shards[0]->snapshot().sessions, 0u);
  EXPECT_GT(rig.shards[1]->snapshot().sessions, 0u);
  TestPeer publisher(friendly(), relay());
  ASSERT_TRUE(publisher.connect_and_shake(rig.address()));
  for (int i = 0; i < 10; ++i) publisher.push(friendly().post(std::to_string(i)));
  for (auto& subscriber : subscribers) EXPECT_EQ(subscriber->journal(10).size(), 10u);
}

TEST(Shard, SnapshotsMayBeTakenFromAnyThread) {
  Rig rig(relay(), {&friendly()});
  std::atomic<bool> done{false};
  std::thread watcher([&] {
    while (!done) EXPECT_LE(rig.shards[0]->snapshot().sessions, 8u);
  });
  for (int i = 0; i < 8; ++i) {
    TestPeer peer(friendly(), relay());
    EXPECT_TRUE(peer.connect_and_shake(rig.address()));
  }
  done = true;
  watcher.join();
}

TEST(Shard, SleepsWhenThereIsNothingToDo) {
  Rig rig(relay(), {&friendly()});
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  peer.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
  ASSERT_TRUE(peer.next(codec::Schema::kJournalUpdate));
  // The test sleeps on a socket that stays silent: the CPU time of the process must not grow.
  const auto cpu = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec * 1'000'000 + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_sec * 1'000'000 + usage.ru_stime.tv_usec;
  };
  const timeval limit{.tv_sec = 0, .tv_usec = 300'000};
  setsockopt(peer.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const auto before = cpu();
  char octet = 0;
  EXPECT_LT(::recv(peer.fd(), &octet, 1, 0), 0);
  EXPECT_LT(cpu() - before, 50'000) << "microseconds within 300 ms";
}

}  // namespace
}  // namespace sdmp::shard
