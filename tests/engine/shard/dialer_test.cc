#include "engine/shard/dialer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/shard/support.h"

namespace sdmp::shard {
namespace {

using protocol::Cause;
using testing::eventually;
using testing::friendly;
using ::testing::HasSubstr;
using testing::relay;
using testing::Rig;
using testing::TestNode;
using testing::TestPeer;

testing::RigOptions dialling() {
  testing::RigOptions options;
  options.listen = false;
  options.config.redial_first_ms = 1;
  options.config.redial_last_ms = 10;
  return options;
}

Dial dial(const std::string& address, bool keep = false, bool track = false) {
  return {.address = address,
          .expected = {friendly().fingerprint()},
          .keep = keep,
          .track_round = track,
          .dial_id = 7};
}

TEST(RedialDelay, DoublesUpToItsCap) {
  EXPECT_EQ(redial_delay_ms(0, 200, 30'000), 200);
  EXPECT_EQ(redial_delay_ms(1, 200, 30'000), 400);
  EXPECT_EQ(redial_delay_ms(7, 200, 30'000), 25'600);
  EXPECT_EQ(redial_delay_ms(8, 200, 30'000), 30'000);
  EXPECT_EQ(redial_delay_ms(1'000'000, 200, 30'000), 30'000);
}

TEST(Dialer, TCP_1_TheDiallerSendsItsObjectFirst) {
  ring::testing::Listener listener;
  Rig rig(relay(), {&friendly()}, dialling());
  rig.dial(dial(listener.address().text()));
  TestPeer peer(friendly(), relay());
  peer.adopt(::accept(listener.fd.get(), nullptr, nullptr));
  ASSERT_TRUE(peer.answer_handshake());
  EXPECT_TRUE(rig.observer.wait_established(1));
  EXPECT_TRUE(peer.next(codec::Schema::kJournalRequest));
  peer.close();
  EXPECT_TRUE(rig.observer.wait_ended(1));
  EXPECT_EQ(rig.observer.last_cause(), Cause::kClosedByPeer);
}

TEST(Dialer, ARefusedConnectionIsTold) {
  std::string address;
  {
    ring::testing::Listener listener;
    address = listener.address().text();
  }
  Rig rig(relay(), {&friendly()}, dialling());
  rig.dial(dial(address));
  ASSERT_TRUE(rig.observer.wait_ended(1));
  EXPECT_THAT(rig.observer.last_words(), HasSubstr(address));
  EXPECT_THAT(rig.observer.last_words(), HasSubstr("refused"));
}

TEST(Dialer, ABadAddressIsTold) {
  Rig rig(relay(), {&friendly()}, dialling());
  rig.dial(dial("nowhere", true));
  ASSERT_TRUE(rig.observer.wait_ended(1));
  EXPECT_THAT(rig.observer.last_words(), HasSubstr("nowhere"));
}

TEST(Dialer, TCP_5_NopeIsTold) {
  ring::testing::Listener listener;
  Rig rig(relay(), {&friendly()}, dialling());
  rig.dial(dial(listener.address().text()));
  TestPeer peer(friendly(), relay());
  peer.adopt(::accept(listener.fd.get(), nullptr, nullptr));
  peer.write("nope");
  ASSERT_TRUE(rig.observer.wait_ended(1));
  EXPECT_EQ(rig.observer.last_cause(), Cause::kRefusedByPeer);
  const std::string sent = peer.read_to_end();
  EXPECT_EQ(sent.front(), '{');
  EXPECT_EQ(sent.back(), '}') << "a node that receives nope just closes";
}

TEST(Dialer, P_HS_AnotherNodeThanExpectedGetsNope) {
  static const TestNode impostor(3);
  Rig server(impostor, {&relay(), &friendly()});
  Rig rig(relay(), {&friendly(), &impostor}, dialling());
  rig.dial(dial(server.address_text()));
  ASSERT_TRUE(rig.observer.wait_ended(1));
  EXPECT_EQ(rig.observer.last_cause(), Cause::kPublisherUnexpected);
}

TEST(Dialer, AKeptDialComesBack) {
  ring::testing::Listener listener;
  Rig rig(relay(), {&friendly()}, dialling());
  rig.dial(dial(listener.address().text(), true));
  TestPeer peer(friendly(), relay());
  for (std::size_t i = 1; i <= 3; ++i) {
    peer.adopt(::accept(listener.fd.get(), nullptr, nullptr));
    ASSERT_TRUE(peer.answer_handshake());
    ASSERT_TRUE(rig.observer.wait_established(i));
    peer.close();
  }
}

// What it dials moves into the ring's table, and stays a regular descriptor when that is full.
TEST(Dialer, AFullTableHindersNoDial) {
  ring::testing::Listener listener;
  for (const std::uint32_t places : {0u, 1u, 2u}) {
    testing::RigOptions options = dialling();
    options.config.direct_sockets_max = places;
    options.config.rings_max = 1;
    Rig rig(relay(), {&friendly()}, options);
    TestPeer peers[2] = {{friendly(), relay()}, {friendly(), relay()}};
    for (std::size_t i = 0; i < 2; ++i) {
      Dial request = dial(listener.address().text());
      request.dial_id = i;
      rig.dial(std::move(request));
      peers[i].adopt(::accept(listener.fd.get(), nullptr, nullptr));
      ASSERT_TRUE(peers[i].answer_handshake());
      ASSERT_TRUE(rig.observer.wait_established(i + 1));
    }
    for (TestPeer& peer : peers) {
      EXPECT_TRUE(peer.next(codec::Schema::kJournalRequest));
      peer.close();
    }
    EXPECT_TRUE(rig.observer.wait_ended(2));
    EXPECT_TRUE(eventually([&] { return rig.counters().connections == 0; }));
  }
}

// A dial that took it would have the kernel close the connection that is accepted next.
TEST(Dialer, LeavesAPromisedPlaceToTheAcceptThatWaitsForIt) {
  ring::testing::Listener listener;
  testing::RigOptions options;
  options.config.direct_sockets_max = 2;
  options.config.rings_max = 1;
  Rig rig(relay(), {&friendly()}, options);
  TestPeer accepted[2] = {{friendly(), relay()}, {friendly(), relay()}};
  for (TestPeer& peer : accepted) ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  if (rig.counters().direct_sockets == 0) return;  // as before Linux 6.13
  TestPeer turned_away(friendly(), relay());
  turned_away.connect(rig.address());
  EXPECT_EQ(turned_away.read_to_end(), "");
  accepted[0].close();
  // From now on one connection is accepted, for the place that is left.
  ASSERT_TRUE(eventually([&] { return rig.counters().connections == 1; }));
  rig.dial(dial(listener.address().text()));
  TestPeer dialled(friendly(), relay());
  dialled.adopt(::accept(listener.fd.get(), nullptr, nullptr));
  ASSERT_TRUE(dialled.answer_handshake());
  ASSERT_TRUE(rig.observer.wait_established(1));
  TestPeer last(friendly(), relay());
  EXPECT_TRUE(last.connect_and_shake(rig.address()));
  EXPECT_EQ(rig.counters().turned_away, 1u);
}

TEST(Dialer, AnEndedDialClosesItsSession) {
  ring::testing::Listener listener;
  Rig rig(relay(), {&friendly()}, dialling());
  rig.dial(dial(listener.address().text(), true));
  TestPeer peer(friendly(), relay());
  peer.adopt(::accept(listener.fd.get(), nullptr, nullptr));
  ASSERT_TRUE(peer.answer_handshake());
  ASSERT_TRUE(rig.observer.wait_established(1));
  rig.ledger->tell(EndDial{7});
  rig.ledger->tell(EndDial{99});
  while (peer.next()) {
  }
  EXPECT_TRUE(rig.observer.wait_ended(1));
  peer.close();
  EXPECT_TRUE(eventually([&] { return rig.counters().connections == 0; }));
  EXPECT_EQ(rig.counters().dialled, 1u);
}

TEST(Dialer, AConnectThatIsNotAnsweredEndsInTime) {
  testing::RigOptions options = dialling();
  options.config.handshake_deadline_ms = 50;
  ring::testing::Listener listener;
  Rig rig(relay(), {&friendly()}, options);
  rig.dial(dial(listener.address().text()));
  ASSERT_TRUE(rig.observer.wait_ended(1));
  EXPECT_EQ(rig.observer.last_cause(), Cause::kHandshakeDeadline);
}

TEST(Dialer, TwoNodesSynchronizeBothWaysAndTheRoundIsComplete) {
  Rig server(friendly(), {&relay()});
  Rig client(relay(), {&friendly()}, dialling());
  server.ledger->publish({friendly().post("from afar"), friendly().post("again")});
  client.ledger->publish({relay().post("from here")});
  ASSERT_TRUE(eventually([&] { return server.journal_size() == 2; }));
  ASSERT_TRUE(eventually([&] { return client.journal_size() == 1; }));
  client.dial(dial(server.address_text(), false, true));
  EXPECT_TRUE(eventually([&] { return server.journal_size() == 3; }));
  EXPECT_TRUE(eventually([&] { return client.journal_size() == 3; }));
  EXPECT_TRUE(client.observer.wait_complete());
}

}  // namespace
}  // namespace sdmp::shard
