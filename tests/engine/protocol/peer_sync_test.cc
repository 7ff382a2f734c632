// Whole exchanges between nodes: rounds, pushes, chains of relays.
#include "engine/protocol/peer_sync.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/protocol/fake_wire.h"

namespace sdmp::protocol::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Three nodes that trust each other: ends a and c, and b between them.
class PeerSyncTest : public ::testing::Test {
 protected:
  PeerSyncTest()
      : a_(na_, make_trust(na_, {&nb_, &nc_})),
        b_(nb_, make_trust(nb_, {&na_, &nc_})),
        c_(nc_, make_trust(nc_, {&na_, &nb_})) {}

  static void expect_same_resources(const FakeNode& x, const FakeNode& y) {
    ASSERT_EQ(x.resources.size(), y.resources.size());
    for (const auto& [id, resource] : x.resources) {
      ASSERT_TRUE(y.holds(id));
      EXPECT_EQ(y.resources.at(id).text, resource.text);
    }
    EXPECT_TRUE(x.chain_is_intact());
    EXPECT_TRUE(y.chain_is_intact());
  }

  TestNode na_{1}, nb_{2}, nc_{3};
  FakeNode a_, b_, c_;
};

TEST_F(PeerSyncTest, P_SYN_ARoundMovesEverythingBothWaysInOrder) {
  for (int i = 0; i < 200; ++i) a_.publish_post("a " + std::to_string(i));
  for (int i = 0; i < 70; ++i) b_.publish_post("b " + std::to_string(i));
  FakeWire wire(a_, b_, 1);
  wire.start();
  settle({&wire});
  expect_same_resources(a_, b_);
  for (std::size_t i = 0; i < 200; ++i) {
    EXPECT_EQ(b_.journal[70 + i].resource, a_.journal[i].resource) << "out of order at " << i;
  }
  EXPECT_THAT(a_.wanted[b_.fingerprint()], IsEmpty());
  EXPECT_THAT(b_.claims, IsEmpty());
}

TEST_F(PeerSyncTest, P_SYN_AJournalLongerThanOneUpdateIsReadToItsEnd) {
  const std::uint64_t count = 2 * kUpdateEntriesMax + 10;
  for (std::uint64_t i = 0; i < count; ++i) a_.publish_post(std::to_string(i));
  FakeWire wire(a_, b_, 1);
  wire.start();
  settle({&wire});
  expect_same_resources(a_, b_);
  EXPECT_EQ(b_.cursors[a_.fingerprint()].position, count);
}

TEST_F(PeerSyncTest, P_SYN_AFreshSmallResourceIsPushedAndTheUpdateFollows) {
  FakeWire wire(a_, b_, 1);
  wire.start();
  settle({&wire});
  a_.publish_post("fresh");
  EXPECT_THAT(wire.left->pushed, ElementsAre(1));
  ASSERT_THAT(wire.left->sent_updates, SizeIs(2));
  EXPECT_EQ(wire.left->sent_updates[1].since, a_.fingerprint().text());
  settle({&wire});
  EXPECT_THAT(wire.right->sent_requests, IsEmpty());
  expect_same_resources(a_, b_);
  // It came from a: it is not pushed back, but b's journal is told.
  EXPECT_THAT(wire.right->pushed, IsEmpty());
  EXPECT_EQ(a_.cursors[b_.fingerprint()].position, 1u);
}

TEST_F(PeerSyncTest, P_SYN_WhoAskedForNoLinesIsToldButNotPushedTo) {
  FakeWire wire(a_, b_, 1);
  wire.start();
  settle({&wire});
  const codec::LineNumber beginning = codec::since_beginning(a_.fingerprint());
  wire.right->send_message("journal_request", codec::journal_request_body(beginning, 0));
  settle({&wire});
  a_.publish_post("not asked for");
  EXPECT_THAT(wire.left->pushed, IsEmpty());
  wire.right->send_message("journal_request", codec::journal_request_body(beginning, 1));
  settle({&wire});
  a_.publish_post("asked for");
  EXPECT_THAT(wire.left->pushed, ElementsAre(2));
  settle({&wire});
  // The first one was announced, and fetched.
  EXPECT_THAT(wire.right->sent_requests, SizeIs(1));
  expect_same_resources(a_, b_);
}

TEST_F(PeerSyncTest, P_SYN_ALargeResourceIsAnnouncedAndFetched) {
  FakeWire wire(a_, b_, 1);
  wire.start();
  settle({&wire});
  a_.publish_post(std::string(kEagerPushBytesMax, 'x'));
  EXPECT_THAT(wire.left->pushed, IsEmpty());
  settle({&wire});
  EXPECT_THAT(wire.right->sent_requests, SizeIs(1));
  expect_same_resources(a_, b_);
}

TEST_F(PeerSyncTest, SYN_9_ASlowReaderGetsFewLargeUpdatesLater) {
  FakeWire wire(a_, b_, 1);
  wire.start();
  settle({&wire});
  for (int i = 0; i < 3; ++i) a_.publish_post(std::to_string(i));
  wire.left->room = 0;
  wire.left->pushed.clear();
  wire.left->sent_updates.clear();
  for (std::uint64_t i = 0; i < 3 * kBroadcastLinesMax; ++i) {
    a_.publish_post(std::to_string(i + 3));
  }
  EXPECT_THAT(wire.left->sent_updates, IsEmpty());
  EXPECT_TRUE(wire.left->sync.has_output());
  wire.left->room = SIZE_MAX;
  wire.left->sync.pump(wire.left->now);
  EXPECT_THAT(wire.left->pushed, SizeIs(3 * kBroadcastLinesMax));
  // Whoever else is behind is told of the same lines, but for the first update and the last one.
  std::uint64_t told = 3;
  for (const auto& update : wire.left->sent_updates) {
    EXPECT_EQ(update.first, told + 1);
    told += update.count;
    EXPECT_TRUE(told == a_.journal.size() || told % kBroadcastLinesMax == 0) << told;
  }
  EXPECT_EQ(told, a_.journal.size());
  settle({&wire});
  expect_same_resources(a_, b_);
}

TEST_F(PeerSyncTest, P_SYN_WhoIsTooFarBehindIsPushedNothing) {
  FakeWire wire(a_, b_, 1);
  wire.start();
  settle({&wire});
  wire.left->room = 0;
  wire.left->pushed.clear();
  a_.publish_post("first");
  const codec::JournalEntry line = a_.journal.front();
  // Nobody reads these.
  a_.journal.resize(kEagerPushLinesMax, line);
  wire.left->room = 1;
  wire.left->sync.pump(wire.left->now);
  EXPECT_THAT(wire.left->pushed, ElementsAre(1)) << "just near enough";
  FakeWire other(a_, b_, 2);
  a_.journal.resize(1);
  other.start();
  settle({&other});
  other.left->room = 0;
  a_.publish_post("second");
  a_.journal.resize(1 + kEagerPushLinesMax + 1, line);
  other.left->sent_updates.clear();
  other.left->pushed.clear();
  other.left->room = 1;
  other.left->sync.pump(other.left->now);
  EXPECT_THAT(other.left->pushed, IsEmpty());
  EXPECT_THAT(other.left->sent_updates, SizeIs(1));
}

TEST_F(PeerSyncTest, APushIsNotRepeatedWhenItsUpdateFoundNoRoom) {
  FakeWire wire(a_, b_, 1);
  wire.start();
  settle({&wire});
  wire.left->room = 1;
  a_.publish_post("1");
  EXPECT_THAT(wire.left->pushed, ElementsAre(1));
  a_.publish_post("2");
  wire.left->room = SIZE_MAX;
  wire.left->sync.pump(wire.left->now);
  EXPECT_THAT(wire.left->pushed, ElementsAre(1, 2));
  EXPECT_EQ(wire.left->sent_updates.back().count, 2u);
  settle({&wire});
  expect_same_resources(a_, b_);
  EXPECT_EQ(wire.right->counters.resources_duplicate, 0u);
}

TEST_F(PeerSyncTest, SYN_9_AChainOfRelaysCarriesEverythingToItsEnd) {
  FakeWire ab(a_, b_, 1);
  FakeWire bc(b_, c_, 2);
  a_.publish_post("before");
  ab.start();
  bc.start();
  settle({&ab, &bc});
  a_.publish_post("after");
  c_.publish_post("the other way");
  settle({&ab, &bc});
  EXPECT_THAT(c_.journal, SizeIs(3));
  expect_same_resources(a_, c_);
  expect_same_resources(a_, b_);
}

TEST_F(PeerSyncTest, SYN_9_TwoSessionsFetchEachResourceOnce) {
  for (int i = 0; i < 100; ++i) {
    const std::string post = na_.post(std::to_string(i));
    a_.publish(post);
    c_.publish(post);
  }
  FakeWire ab(a_, b_, 1);
  FakeWire cb(c_, b_, 2);
  ab.start();
  cb.start();
  settle({&ab, &cb});
  expect_same_resources(a_, b_);
  EXPECT_EQ(ab.right->sent_requests.size() + cb.right->sent_requests.size(), 100u);
  EXPECT_THAT(cb.right->sent_requests, ::testing::Not(IsEmpty())) << "the load is not spread";
  EXPECT_THAT(b_.wanted[c_.fingerprint()], IsEmpty());
}

TEST_F(PeerSyncTest, P_SYN_AnUpdateThatArrivesBeforeItsTargetReplacesIt) {
  FakeWire ab(a_, b_, 1);
  const codec::Identifier old = a_.publish_post("old");
  a_.publish(codec::build_post(na_.key, kNow, "", "new", {&old, 1}));
  ab.start();
  settle({&ab});
  // a answers 404 for what it has replaced; b has the newer one.
  EXPECT_FALSE(b_.holds(old));
  EXPECT_THAT(b_.journal, SizeIs(1));
  EXPECT_THAT(b_.wanted[a_.fingerprint()], IsEmpty());
  b_.publish(na_.post("old"));
  EXPECT_TRUE(b_.resources.at(old).replaced);
}

TEST_F(PeerSyncTest, AnIdleSessionHoldsNothingAndHasNoDeadline) {
  for (int i = 0; i < 10; ++i) a_.publish_post(std::to_string(i));
  FakeWire wire(a_, b_, 1);
  wire.start();
  settle({&wire});
  for (const FakeLink* link : {wire.left.get(), wire.right.get()}) {
    EXPECT_FALSE(link->sync.has_output());
    EXPECT_FALSE(link->sync.deadline_ms());
    const SyncProgress progress = link->sync.progress();
    EXPECT_TRUE(progress.peer_journal_read);
    EXPECT_EQ(progress.ledger_posts, 0u);
  }
  EXPECT_LE(sizeof(PeerSync), 256u);
}

TEST_F(PeerSyncTest, ARoundIsCompleteWhenBothSidesHaveEverything) {
  for (int i = 0; i < 150; ++i) a_.publish_post("a " + std::to_string(i));
  for (int i = 0; i < 90; ++i) b_.publish_post("b " + std::to_string(i));
  FakeWire wire(a_, b_, 1);
  wire.left->sync.track_round();
  wire.start();
  bool complete = false;
  for (int turn = 0; !complete && turn < 1'000; ++turn) {
    wire.exchange();
    a_.commit();
    b_.commit();
    complete = wire.left->sync.progress().complete();
    if (complete) expect_same_resources(a_, b_);
  }
  ASSERT_TRUE(complete);
  const SyncProgress progress = wire.left->sync.progress();
  EXPECT_EQ(progress.delivered, 150u);
  EXPECT_EQ(progress.acknowledged, 150u);
  EXPECT_EQ(progress.received, 90u);
  settle({&wire});
  EXPECT_TRUE(wire.left->sync.progress().complete());
}

TEST_F(PeerSyncTest, ARoundWithNothingToDoIsComplete) {
  FakeWire wire(a_, b_, 1);
  wire.left->sync.track_round();
  wire.start();
  EXPECT_FALSE(wire.left->sync.progress().complete());
  settle({&wire});
  EXPECT_TRUE(wire.left->sync.progress().complete());
}

TEST_F(PeerSyncTest, ARoundIsNotCompleteWhileThePeerHasNotStoredWhatItGot) {
  a_.publish_post("x");
  FakeWire wire(a_, b_, 1);
  wire.left->sync.track_round();
  wire.start();
  for (int turn = 0; turn < 20; ++turn) wire.exchange();  // b's ledger stands still
  EXPECT_EQ(wire.left->sync.progress().delivered, 1u);
  EXPECT_FALSE(wire.left->sync.progress().complete());
  settle({&wire});
  EXPECT_TRUE(wire.left->sync.progress().complete());
}

TEST_F(PeerSyncTest, P_FRAME_IgnoredMessagesAreCounted) {
  FakeWire wire(a_, b_, 1);
  wire.start();
  wire.left->send(na_.post("bare"));
  wire.exchange();
  EXPECT_EQ(wire.right->counters.messages_ignored, 1u);
}

}  // namespace
}  // namespace sdmp::protocol::testing
