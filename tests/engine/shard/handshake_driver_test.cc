#include "engine/shard/handshake_driver.h"

#include <gtest/gtest.h>

#include "engine/shard/core.h"
#include "tests/engine/shard/support.h"

namespace sdmp::shard {
namespace {

using protocol::Cause;
using testing::eventually;
using testing::friendly;
using testing::relay;
using testing::Rig;
using testing::stranger;
using testing::TestNode;
using testing::TestPeer;

testing::RigOptions short_deadline() {
  testing::RigOptions options;
  options.config.handshake_deadline_ms = 50;
  return options;
}

TEST(HandshakeDriver, TCP_3_AHandshakeOverARealSocket) {
  Rig rig(relay(), {&friendly()});
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  EXPECT_TRUE(eventually([&] { return rig.counters().sessions == 1; }));
}

TEST(HandshakeDriver, P_HS_TheResponderUsesTheInitiatorsGroup) {
  Rig rig(relay(), {&friendly()});
  for (const codec::Group group : {codec::Group::kFfdhe2048, codec::Group::kX25519}) {
    TestPeer peer(friendly(), relay());
    peer.connect(rig.address());
    EXPECT_TRUE(peer.shake_hands(group)) << codec::name(group);
  }
}

TEST(HandshakeDriver, AnObjectInSinglePieces) {
  Rig rig(relay(), {&friendly()});
  TestPeer peer(friendly(), relay());
  peer.connect(rig.address());
  const std::string object = peer.object();
  for (const char& octet : object) peer.write({&octet, 1});
  EXPECT_EQ(peer.peek(), '{');
}

TEST(HandshakeDriver, TCP_5_AnUnknownNodeGetsNopeAndTheEnd) {
  Rig rig(relay(), {&friendly()});
  TestPeer peer(stranger(), relay());
  peer.connect(rig.address());
  peer.write(peer.object());
  EXPECT_EQ(peer.read_to_end(), "nope");
  EXPECT_TRUE(eventually([&] { return rig.failures(Cause::kPublisherUnknown) == 1; }));
}

TEST(HandshakeDriver, TCP_5_WhatIsNoObjectGetsNope) {
  Rig rig(relay(), {&friendly()});
  TestPeer peer(friendly(), relay());
  peer.connect(rig.address());
  peer.write("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(peer.read_to_end(), "nope");
}

TEST(HandshakeDriver, P_HS_NopeArrivesInSpiteOfOctetsBehindABadObject) {
  Rig rig(relay(), {&friendly()});
  for (int i = 0; i < 20; ++i) {
    TestPeer peer(friendly(), relay());
    peer.connect(rig.address());
    peer.try_write("{\"payload\":1}" + std::string(100'000, 'x'));
    EXPECT_EQ(peer.read_to_end(), "nope") << i;
  }
  EXPECT_TRUE(eventually([&] { return rig.failures(Cause::kObjectInvalid) == 20; }));
}

TEST(HandshakeDriver, P_HS_OctetsBehindTheObjectAreAnError) {
  Rig rig(relay(), {&friendly()});
  TestPeer peer(friendly(), relay());
  peer.connect(rig.address());
  peer.write(peer.object() + "\n");
  EXPECT_EQ(peer.read_to_end(), "nope");
  EXPECT_TRUE(eventually([&] { return rig.failures(Cause::kBytesBehindObject) == 1; }));
}

TEST(HandshakeDriver, P_HS_AReplayedObjectGetsNope) {
  Rig rig(relay(), {&friendly()});
  TestPeer first(friendly(), relay());
  first.connect(rig.address());
  const std::string object = first.object();
  first.write(object);
  ASSERT_EQ(first.peek(), '{');
  TestPeer second(friendly(), relay());
  second.connect(rig.address());
  second.write(object);
  EXPECT_EQ(second.read_to_end(), "nope");
  EXPECT_TRUE(eventually([&] { return rig.failures(Cause::kReplayed) == 1; }));
}

TEST(HandshakeDriver, P_HS_TheDeadlineIsAFailureLikeAnyOther) {
  Rig rig(relay(), {&friendly()}, short_deadline());
  TestPeer silent(friendly(), relay());
  silent.connect(rig.address());
  EXPECT_EQ(silent.read_to_end(), "nope");
  TestPeer slow(friendly(), relay());
  slow.connect(rig.address());
  slow.write("{");
  EXPECT_EQ(slow.read_to_end(), "nope");
  EXPECT_TRUE(eventually([&] { return rig.failures(Cause::kHandshakeDeadline) == 2; }));
}

TEST(HandshakeDriver, TheDeadlineEndsWithTheHandshake) {
  Rig rig(relay(), {&friendly()}, short_deadline());
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  // Other connections run into theirs meanwhile.
  TestPeer silent(friendly(), relay());
  silent.connect(rig.address());
  EXPECT_EQ(silent.read_to_end(), "nope");
  EXPECT_EQ(rig.counters().sessions, 1u);
}

TEST(HandshakeDriver, P_HS_APeerThatClosesItsSideGetsNope) {
  Rig rig(relay(), {&friendly()});
  TestPeer peer(friendly(), relay());
  peer.connect(rig.address());
  peer.write("{\"payload\"");
  ::shutdown(peer.fd(), SHUT_WR);
  EXPECT_EQ(peer.read_to_end(), "nope");
}

TEST(HandshakeDriver, P_HS_OneNodeMayHaveSoManySessions) {
  testing::RigOptions options;
  options.sessions_per_node_max = 2;
  Rig rig(relay(), {&friendly()}, options);
  TestPeer first(friendly(), relay());
  TestPeer second(friendly(), relay());
  ASSERT_TRUE(first.connect_and_shake(rig.address()));
  ASSERT_TRUE(second.connect_and_shake(rig.address()));
  TestPeer third(friendly(), relay());
  third.connect(rig.address());
  third.write(third.object());
  EXPECT_EQ(third.read_to_end(), "nope") << "and no object before it";
  first.close();
  EXPECT_TRUE(eventually([&] { return rig.counters().sessions == 1; }));
  TestPeer fourth(friendly(), relay());
  EXPECT_TRUE(fourth.connect_and_shake(rig.address()));
}

TEST(HandshakeDriver, OfTooManyWhoSaidNothingTheOldestIsRefused) {
  testing::RigOptions options;
  options.config.handshakes_max = 2;
  Rig rig(relay(), {&friendly()}, options);
  std::vector<std::unique_ptr<TestPeer>> silent;
  for (std::uint64_t i = 1; i <= 4; ++i) {
    silent.push_back(std::make_unique<TestPeer>(friendly(), relay()));
    silent.back()->connect(rig.address());
    ASSERT_TRUE(eventually([&] { return rig.counters().accepted == i; }));
  }
  EXPECT_EQ(silent[0]->read_to_end(), "nope");
  EXPECT_EQ(silent[1]->read_to_end(), "nope");
  EXPECT_EQ(rig.failures(Cause::kCrowdedOut), 2u);
  // Who has sent its object counts no more, nor who has gone.
  EXPECT_TRUE(silent[2]->shake_hands());
  silent[3]->close();
  EXPECT_TRUE(eventually([&] { return rig.failures(Cause::kClosedByPeer) == 1; }));
  std::vector<std::unique_ptr<TestPeer>> more;
  for (std::uint64_t i = 0; i < 2; ++i) {
    more.push_back(std::make_unique<TestPeer>(friendly(), relay()));
    more.back()->connect(rig.address());
  }
  for (auto& peer : more) EXPECT_TRUE(peer->shake_hands());
  EXPECT_EQ(rig.failures(Cause::kCrowdedOut), 2u);
  EXPECT_TRUE(eventually([&] { return rig.counters().sessions == 3; }));
}

TEST(HandshakeDriver, WhoSaidNothingLeavesAQuarterOfTheRoomToOthers) {
  testing::RigOptions options;
  options.config.connections_max = 5;
  Rig rig(relay(), {&friendly()}, options);
  TestPeer established(friendly(), relay());
  ASSERT_TRUE(established.connect_and_shake(rig.address()));
  std::vector<std::unique_ptr<TestPeer>> silent;
  for (std::uint64_t i = 0; i < 4; ++i) {
    silent.push_back(std::make_unique<TestPeer>(friendly(), relay()));
    silent.back()->connect(rig.address());
  }
  EXPECT_EQ(silent[0]->read_to_end(), "nope");
  EXPECT_EQ(rig.failures(Cause::kCrowdedOut), 1u);
  EXPECT_EQ(rig.counters().turned_away, 0u);
}

TEST(HandshakeDriver, AStormIsServedABudgetAtATime) {
  testing::RigOptions options;
  options.config.handshakes_per_turn = 1;
  Rig rig(relay(), {&friendly()}, options);
  std::vector<std::unique_ptr<TestPeer>> peers;
  for (int i = 0; i < 30; ++i) {
    peers.push_back(std::make_unique<TestPeer>(friendly(), relay()));
    peers.back()->connect(rig.address());
    peers.back()->write(peers.back()->object());
  }
  EXPECT_TRUE(eventually([&] { return rig.counters().sessions == 30; }));
}

}  // namespace
}  // namespace sdmp::shard
