#include "engine/shard/sync_hub.h"

#include <gtest/gtest.h>

#include "tests/engine/shard/core_support.h"

namespace sdmp::shard {
namespace {

struct Hub : testing::CoreRig {
  Sender sender{*core};
  SyncHub hub{*core, sender};
};

codec::Identifier resource(std::string_view name) {
  return {codec::sha512(codec::as_bytes(name))};
}
codec::Fingerprint peer(std::string_view name) {
  return {codec::sha512(codec::as_bytes(name))};
}

TEST(SyncHub, P_SYN_TheJournalIsSeenOnlyAsFarAsTold) {
  Hub h;
  auto batch = h.store->begin();
  const auto draft = store::testing::parsed(h.node.post("durable, but not told"));
  ASSERT_TRUE(batch->append(draft.view()));
  ASSERT_TRUE(batch->commit());
  EXPECT_EQ(h.hub.head(), 0u);
  Committed committed;
  committed.journal_size = 1;
  h.hub.take_commit(committed);
  EXPECT_EQ(h.hub.committed(), 1u);
  EXPECT_EQ(h.hub.head(), 0u) << "not announced";
  h.hub.announce();
  EXPECT_EQ(h.hub.head(), 1u);
  committed.journal_size = 0;
  h.hub.take_commit(committed);
  h.hub.announce();
  EXPECT_EQ(h.hub.head(), 1u) << "never back";
}

TEST(SyncHub, TheLedgerIsWokenInALongTurnToo) {
  Hub h;
  for (std::size_t i = 0; i < SyncHub::kPostsPerWake; ++i) {
    EXPECT_EQ(h.ledger_wakes, 0) << i;
    h.hub.post(StoreProgress{});
  }
  EXPECT_EQ(h.ledger_wakes, 1);
  h.hub.flush_posts();
  EXPECT_EQ(h.ledger_wakes, 1) << "nothing since";
}

// What the ledger says when it has stored something for a session of this shard.
Committed answered() {
  Committed committed;
  committed.answers.emplace_back(StoredAnswer{});
  return committed;
}

TEST(SyncHub, TheLedgerIsWokenForTheNextAnnouncement) {
  Hub h;
  const std::int64_t begin = h.core->now.monotonic_ms;
  EXPECT_FALSE(h.hub.wake_due_ms()) << "nothing was posted";
  h.hub.post(StoreProgress{});
  h.hub.flush_posts();
  EXPECT_EQ(h.ledger_wakes, 1) << "none is under way: at once";
  h.core->now.monotonic_ms += 6;
  h.hub.take_commit(answered());
  h.hub.announce(begin + 100);
  h.hub.post(StoreProgress{});
  h.hub.flush_posts();
  EXPECT_EQ(h.ledger_wakes, 1);
  const auto due = h.hub.wake_due_ms();
  ASSERT_TRUE(due);
  EXPECT_LT(*due, begin + 100) << "early enough for a commit";
  EXPECT_GE(*due, begin + 94);
  h.core->now.monotonic_ms = *due;
  h.hub.flush_posts();
  EXPECT_EQ(h.ledger_wakes, 2);
  h.hub.post(StoreProgress{});
  h.core->draining = true;
  h.hub.flush_posts();
  EXPECT_EQ(h.ledger_wakes, 3) << "there may be no other announcement";
}

TEST(SyncHub, TheLedgerIsNotWokenWhileItIsAtWork) {
  Hub h;
  h.hub.post(StoreProgress{});
  h.hub.flush_posts();
  ASSERT_EQ(h.ledger_wakes, 1);
  h.hub.post(StoreProgress{});
  h.hub.flush_posts();
  h.hub.take_commit({});
  h.hub.flush_posts();
  EXPECT_EQ(h.ledger_wakes, 1) << "that was not its answer";
  h.hub.take_commit(answered());
  h.hub.flush_posts();
  EXPECT_EQ(h.ledger_wakes, 2);
  h.hub.post(StoreProgress{});
  h.core->now.monotonic_ms = *h.hub.wake_due_ms();
  h.hub.flush_posts();
  EXPECT_EQ(h.ledger_wakes, 3) << "an answer that is late holds nothing up for long";
}

TEST(SyncHub, TheLedgerHasRoomForSoManyOctets) {
  Hub h;
  StoreResource large;
  large.container.assign(SyncHub::kUnansweredBytesMax / 2, 'x');
  for (int round = 0; round < 3; ++round) {
    h.hub.post(large);
    EXPECT_TRUE(h.hub.ledger_has_room());
    h.hub.post(large);
    EXPECT_FALSE(h.hub.ledger_has_room());
    h.hub.post(ForgetWanted{});
    h.hub.take_commit({});
    EXPECT_FALSE(h.hub.ledger_has_room()) << "that was of another shard's posts";
    h.hub.take_commit(answered());
    EXPECT_TRUE(h.hub.ledger_has_room());
    h.hub.take_commit(answered());
  }
}

TEST(SyncHub, WhatTheLedgerDoesNotAnswerHoldsNothingUp) {
  Hub h;
  h.hub.post(ForgetWanted{});
  h.hub.flush_posts();
  ASSERT_EQ(h.ledger_wakes, 1);
  h.hub.post(StoreProgress{});
  h.hub.flush_posts();
  EXPECT_EQ(h.ledger_wakes, 2);
}

TEST(SyncHub, TheLedgerIsNotWokenForWhatItHasTaken) {
  Hub h;
  h.hub.announce(h.core->now.monotonic_ms + 10);
  h.hub.post(StoreProgress{});
  h.hub.flush_posts();
  ToLedger taken;
  ASSERT_TRUE(h.core->context.ledger.to_ledger.try_pop(taken)) << "as another shard's wake has it";
  h.core->now.monotonic_ms += 10;
  h.hub.flush_posts();
  EXPECT_EQ(h.ledger_wakes, 0);
  EXPECT_FALSE(h.hub.wake_due_ms());
}

// Lines that share a place among those that are kept.
TEST(SyncHub, WhoIsFarBehindDoesNotMakeItForgetWhoSentALine) {
  constexpr std::uint64_t kKept = 8192;
  Hub h;
  auto batch = h.store->begin();
  for (std::uint64_t line = 1; line <= 1 + kKept; ++line) {
    const auto draft = store::testing::parsed(h.node.post(std::to_string(line)));
    ASSERT_TRUE(batch->append(draft.view()));
  }
  ASSERT_TRUE(batch->commit());
  Committed committed;
  committed.journal_size = 1 + kKept;
  committed.fresh = std::make_shared<const std::vector<LineSource>>(
      std::vector<LineSource>{{1 + kKept, peer("a")}});
  h.hub.take_commit(committed);
  EXPECT_FALSE(h.hub.freshness(1, peer("a")).from_this_peer);
  EXPECT_GT(h.hub.freshness(1, peer("a")).bytes, 0u);
  EXPECT_TRUE(h.hub.freshness(1 + kKept, peer("a")).from_this_peer);
}

TEST(SyncHub, FreshLinesAreLookedUpOncePerCommit) {
  Hub h;
  const auto append = [&h](const std::string& text) {
    auto batch = h.store->begin();
    const auto draft = store::testing::parsed(text);
    ASSERT_TRUE(batch->append(draft.view()));
    ASSERT_TRUE(batch->commit());
  };
  const std::string first = h.node.post("first");
  append(first);
  append(h.node.post("second"));
  Committed committed;
  committed.journal_size = 2;
  committed.fresh = std::make_shared<const std::vector<LineSource>>(
      std::vector<LineSource>{{1, peer("a")}, {2, peer("b")}});
  h.hub.take_commit(committed);
  EXPECT_TRUE(h.hub.freshness(1, peer("a")).from_this_peer);
  EXPECT_FALSE(h.hub.freshness(1, peer("b")).from_this_peer);
  EXPECT_TRUE(h.hub.freshness(2, peer("b")).from_this_peer);
  EXPECT_EQ(h.hub.freshness(1, peer("b")).bytes, first.size());
  EXPECT_FALSE(h.hub.freshness(1, peer("b")).replaced);

  const std::array<codec::Identifier, 1> target = {store::testing::parsed(first).view().identifier};
  append(codec::build_deletion(h.node.key, 1'000'000'000'000, target));
  EXPECT_FALSE(h.hub.freshness(1, peer("b")).replaced) << "not told yet";
  committed.journal_size = 3;
  committed.fresh = nullptr;
  h.hub.take_commit(committed);
  EXPECT_TRUE(h.hub.freshness(1, peer("b")).replaced);
}

TEST(SyncHub, LinesOfBeforeTheStartAreLookedUpToo) {
  testing::CoreRig rig;
  const std::string post = rig.node.post("of before");
  auto batch = rig.store->begin();
  const auto draft = store::testing::parsed(post);
  ASSERT_TRUE(batch->append(draft.view()));
  ASSERT_TRUE(batch->commit());
  Sender sender(*rig.core);
  SyncHub hub(*rig.core, sender);
  EXPECT_EQ(hub.freshness(1, peer("b")).bytes, post.size());
}

TEST(SyncHub, AClaimIsGivenOnceAndItsReleaseIsNoticedOnlyByThoseWhoWait) {
  Hub h;
  Connection first;
  Connection second;
  second.slot = 1;
  EXPECT_TRUE(h.hub.claim(first, resource("x")));
  h.hub.release(resource("x"));
  EXPECT_FALSE(h.hub.has_released()) << "nobody had asked";
  EXPECT_TRUE(h.hub.claim(first, resource("x")));
  EXPECT_TRUE(h.hub.claim(first, resource("y")));
  EXPECT_FALSE(h.hub.claim(second, resource("x")));
  EXPECT_FALSE(h.hub.claim(second, resource("y")));
  EXPECT_TRUE(h.hub.take_released().empty()) << "still the other's";
  h.hub.release(resource("x"));
  EXPECT_TRUE(h.hub.has_released());
  const std::vector<SessionToken> waiters = h.hub.take_released();
  ASSERT_EQ(waiters.size(), 1u);
  EXPECT_EQ(waiters[0].slot, 1u);
  EXPECT_FALSE(h.hub.has_released());
  EXPECT_TRUE(h.hub.take_released().empty());
}

TEST(SyncHub, WhatIsLoadedCountsAsOutput) {
  constexpr std::uint64_t kRemembered = 5'000;
  Hub h;
  std::vector<store::WantedResource> remembered;
  for (std::uint64_t i = 0; i < kRemembered; ++i) {
    remembered.push_back({peer("publisher"), resource(std::to_string(i))});
  }
  auto batch = h.store->begin();
  ASSERT_TRUE(batch->add_wanted(peer("p"), remembered));
  ASSERT_TRUE(batch->commit());
  h.hub.reader().refresh();
  h.hub.begin_output();
  std::uint64_t loaded = 0;
  std::uint64_t from = 0;
  while (!h.hub.output_spent()) {
    const store::WantedPage page = h.hub.wanted(peer("p"), from);
    loaded += page.resources.size();
    ASSERT_TRUE(page.next) << loaded;
    from = *page.next;
  }
  EXPECT_GE(loaded, protocol::kWantedPage);
  EXPECT_LT(loaded, kRemembered);
}

TEST(SyncHub, PostsThatFindNoRoomWaitInOrder) {
  Hub h;
  constexpr std::uint32_t kMany = LedgerPort::kToLedgerMax + 5;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    h.hub.post(StoreProgress{.session = {i, 0}, .peer = {}, .cursor = {}, .wanted = {}});
  }
  EXPECT_FALSE(h.hub.ledger_has_room());
  EXPECT_TRUE(h.hub.has_waiting_posts());
  h.hub.flush_posts();
  EXPECT_GT(h.ledger_wakes, 0);
  ToLedger message;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    if (!h.port.to_ledger.try_pop(message)) {
      h.hub.flush_posts();
      ASSERT_TRUE(h.port.to_ledger.try_pop(message)) << i;
    }
    ASSERT_EQ(std::get<StoreProgress>(message).session.slot, i);
  }
  EXPECT_TRUE(h.hub.ledger_has_room());
  const int wakes = h.ledger_wakes;
  h.hub.flush_posts();
  EXPECT_EQ(h.ledger_wakes, wakes) << "nothing posted, nobody woken";
}

}  // namespace
}  // namespace sdmp::shard
