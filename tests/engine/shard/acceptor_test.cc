#include "engine/shard/acceptor.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include "engine/shard/handshake_driver.h"
#include "engine/shard/session_driver.h"
#include "tests/engine/ring/captured_log.h"
#include "tests/engine/shard/core_support.h"

namespace sdmp::shard {
namespace {

using ring::testing::Captured;
using testing::eventually;
using testing::friendly;
using ::testing::HasSubstr;
using testing::NoDescriptors;
using ::testing::Not;
using testing::relay;
using testing::Rig;
using testing::TestNode;
using testing::TestPeer;

TEST(Acceptor, BeyondTheLimitConnectionsAreClosedAtOnce) {
  const Captured captured;
  testing::RigOptions options;
  options.config.connections_max = 2;
  Rig rig(relay(), {&friendly()}, options);
  TestPeer first(friendly(), relay());
  TestPeer second(friendly(), relay());
  ASSERT_TRUE(first.connect_and_shake(rig.address()));
  ASSERT_TRUE(second.connect_and_shake(rig.address()));
  TestPeer third(friendly(), relay());
  third.connect(rig.address());
  EXPECT_EQ(third.read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return rig.counters().turned_away == 1; }));
  first.close();
  EXPECT_TRUE(eventually([&] { return rig.counters().connections == 1; }));
  TestPeer fourth(friendly(), relay());
  EXPECT_TRUE(fourth.connect_and_shake(rig.address()));
  second.close();
  fourth.close();
  rig.drain();
  EXPECT_THAT(captured.text.str(), HasSubstr("connections are turned away: shard 0 has 2"));
}

TEST(Acceptor, ANonBlockingListenerServesToo) {
  const int fd = *ring::listen_on(*ring::SocketAddress::parse("[::1]:0"));
  fcntl(fd, F_SETFL, O_NONBLOCK);
  const auto address = ring::SocketAddress::of_socket(fd);
  testing::RigOptions options;
  options.listen = false;
  options.config.listen_fds = {fd};
  {
    Rig rig(relay(), {&friendly()}, options);
    TestPeer peer(friendly(), relay());
    EXPECT_TRUE(peer.connect_and_shake(address));
  }
  ::close(fd);
}

// What an Acceptor works on, without a loop.
struct Parts : testing::CoreRig {
  using CoreRig::CoreRig;
  Sender sender{*core};
  Receiver receiver{*core};
  Closer closer{*core, sender, receiver};
  SyncHub hub{*core, sender};
  SessionDriver sessions{*core, sender, receiver, closer, hub};
  HandshakeDriver handshakes{*core, sender, receiver, closer, sessions};
};

TEST(Acceptor, ListenersGetTheirOptionsOnce) {
  const ring::testing::Listener listener;
  const int fd = listener.fd.get();
  const auto idle_s = [fd] {
    int value = 0;
    socklen_t size = sizeof value;
    getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, &size);
    return value;
  };
  fcntl(fd, F_SETFL, O_NONBLOCK);
  ShardConfig config;
  config.listen_fds = {fd};
  Parts parts(config);
  Acceptor acceptor(*parts.core, parts.handshakes);
  EXPECT_EQ(idle_s(), 120);
  EXPECT_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  const int other = 61;
  ASSERT_EQ(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &other, sizeof other), 0);
  acceptor.start();
  EXPECT_EQ(idle_s(), other) << "not with every accept";
}

// One shard that listens twice. Made before its rig, which must end first.
struct TwoListeners {
  testing::RigOptions options(std::uint32_t places = 1u << 20) const {
    testing::RigOptions made;
    made.listen = false;
    made.config.listen_fds = {fds[0].get(), fds[1].get()};
    made.config.direct_sockets_max = places;
    made.config.rings_max = 1;
    return made;
  }
  ring::SocketAddress address(int which) const {
    return ring::SocketAddress::of_socket(fds[which].get());
  }
  // Connects to a full table by way of one of them, which ends its accept of many.
  void find_full(int which) const {
    TestPeer peer(friendly(), relay());
    peer.connect(address(which));
    EXPECT_EQ(peer.read_to_end(), "");
  }

  ring::testing::Descriptor fds[2] = {
      ring::testing::Descriptor(*ring::listen_on(*ring::SocketAddress::parse("127.0.0.1:0"))),
      ring::testing::Descriptor(*ring::listen_on(*ring::SocketAddress::parse("[::1]:0")))};
};

TEST(Acceptor, TwoListenersOfOneShard) {
  const TwoListeners listeners;
  Rig rig(relay(), {&friendly()}, listeners.options());
  for (const int which : {0, 1}) {
    TestPeer peer(friendly(), relay());
    EXPECT_TRUE(peer.connect_and_shake(listeners.address(which)));
  }
}

// The place that was promised to one accept goes to the other listener's: no fault of the system.
TEST(Acceptor, TwoListenersAndOnePlaceLeft) {
  const Captured captured;
  const TwoListeners listeners;
  {
    Rig rig(relay(), {&friendly()}, listeners.options(2));
    TestPeer first(friendly(), relay());
    TestPeer second(friendly(), relay());
    ASSERT_TRUE(first.connect_and_shake(listeners.address(0)));
    if (rig.counters().direct_sockets == 0) return;  // as before Linux 6.13
    ASSERT_TRUE(second.connect_and_shake(listeners.address(0)));
    listeners.find_full(0);
    first.close();
    ASSERT_TRUE(eventually([&] { return rig.counters().connections == 1; }));
    // The second listener's accept is still one of many.
    TestPeer third(friendly(), relay());
    ASSERT_TRUE(third.connect_and_shake(listeners.address(1)));
    listeners.find_full(0);
    EXPECT_TRUE(eventually([&] { return rig.counters().turned_away == 2; }));
    second.close();
    TestPeer fourth(friendly(), relay());
    EXPECT_TRUE(fourth.connect_and_shake(listeners.address(0)));
  }
  EXPECT_THAT(captured.text.str(), Not(HasSubstr("cannot be accepted")));
}

// A listener whose clients wait says so, though a place is left: it is the other listener's.
TEST(Acceptor, WaitingForAPromisedPlaceIsToldToo) {
  const TwoListeners listeners;
  Rig rig(relay(), {&friendly()}, listeners.options(3));
  TestPeer first(friendly(), relay());
  ASSERT_TRUE(first.connect_and_shake(listeners.address(0)));
  if (rig.counters().direct_sockets == 0) return;  // as before Linux 6.13
  TestPeer second(friendly(), relay());
  TestPeer third(friendly(), relay());
  ASSERT_TRUE(second.connect_and_shake(listeners.address(0)));
  ASSERT_TRUE(third.connect_and_shake(listeners.address(0)));
  listeners.find_full(0);
  listeners.find_full(1);
  EXPECT_TRUE(eventually([&] { return rig.counters().accept_stops == 1; }));
  first.close();
  second.close();
  ASSERT_TRUE(eventually([&] { return rig.counters().connections == 1; }));
  // Each listener has one of the two places; the second one's is taken.
  TestPeer fourth(friendly(), relay());
  ASSERT_TRUE(fourth.connect_and_shake(listeners.address(1)));
  EXPECT_TRUE(eventually([&] { return rig.counters().accept_stops == 2; }));
  TestPeer fifth(friendly(), relay());
  EXPECT_TRUE(fifth.connect_and_shake(listeners.address(0)));
}

// Within the seconds in which either is said only once.
TEST(Acceptor, OneComplaintDoesNotHideAnother) {
  const Captured captured;
  const TwoListeners listeners;
  {
    Rig rig(relay(), {&friendly()}, listeners.options(1));
    TestPeer peer(friendly(), relay());
    ASSERT_TRUE(peer.connect_and_shake(listeners.address(0)));
    if (rig.counters().direct_sockets == 0) return;  // as before Linux 6.13
    listeners.find_full(0);
    EXPECT_TRUE(eventually([&] { return rig.counters().accept_stops == 1; }));
    // Nothing can be accepted there any more.
    ASSERT_EQ(::shutdown(listeners.fds[1].get(), SHUT_RDWR), 0);
    EXPECT_TRUE(peer.next(codec::Schema::kJournalRequest));
    peer.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
    EXPECT_TRUE(peer.next(codec::Schema::kJournalUpdate)) << "a turn later";
  }
  EXPECT_THAT(captured.text.str(), HasSubstr("new connections wait"));
  EXPECT_THAT(captured.text.str(), HasSubstr("cannot be accepted"));
}

TEST(Acceptor, WithoutDescriptorsItWaitsAndGoesOn) {
  testing::RigOptions options;
  options.config.direct_sockets_max = 0;
  Rig rig(relay(), {&friendly()}, options);
  // A whole handshake first: UBSan needs a pipe where it meets a type for the first time.
  TestPeer first(friendly(), relay());
  first.connect(rig.address());
  ASSERT_TRUE(first.shake_hands());
  TestPeer peer(friendly(), relay());
  peer.connect(rig.address());
  EXPECT_TRUE(eventually([&] { return rig.counters().accepted == 2; }));
  const ring::testing::Descriptor waiting(ring::open_stream(AF_INET));
  {
    const NoDescriptors none;
    const auto address = rig.address();
    EXPECT_EQ(::connect(waiting.get(), address.raw(), address.size()), 0);
    // A session that stands is not hurt.
    EXPECT_TRUE(peer.shake_hands());
  }
  EXPECT_TRUE(eventually([&] { return rig.counters().accepted == 3; }));
}

TEST(Acceptor, SocketsInTheTableNeedNoDescriptors) {
  Rig rig(relay(), {&friendly()});
  TestPeer first(friendly(), relay());
  first.connect(rig.address());
  ASSERT_TRUE(first.shake_hands());
  if (rig.counters().direct_sockets == 0) return;  // as before Linux 6.13
  const auto address = rig.address();
  const int fd = ring::open_stream(AF_INET);
  TestPeer peer(friendly(), relay());
  const NoDescriptors none;
  ASSERT_EQ(::connect(fd, address.raw(), address.size()), 0);
  peer.adopt(fd);
  EXPECT_TRUE(peer.shake_hands());
}

TEST(Acceptor, AFullTableLetsConnectionsWait) {
  testing::RigOptions options;
  options.config.direct_sockets_max = 2;
  options.config.rings_max = 1;
  Rig rig(relay(), {&friendly()}, options);
  TestPeer first(friendly(), relay());
  TestPeer second(friendly(), relay());
  ASSERT_TRUE(first.connect_and_shake(rig.address()));
  if (rig.counters().direct_sockets == 0) return;  // as before Linux 6.13
  ASSERT_TRUE(second.connect_and_shake(rig.address()));
  TestPeer third(friendly(), relay());
  third.connect(rig.address());
  EXPECT_EQ(third.read_to_end(), "") << "who finds the table full is closed";
  EXPECT_TRUE(eventually([&] { return rig.counters().accept_stops == 1; }));
  EXPECT_EQ(rig.counters().turned_away, 1u);
  // From now on they wait, and each place that becomes free goes to one of them.
  TestPeer fourth(friendly(), relay());
  TestPeer fifth(friendly(), relay());
  fourth.connect(rig.address());
  fifth.connect(rig.address());
  // Sessions that stand are not hurt.
  ASSERT_TRUE(second.next(codec::Schema::kJournalRequest));
  second.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
  EXPECT_TRUE(second.next(codec::Schema::kJournalUpdate));
  EXPECT_EQ(rig.counters().accepted, 2u);
  first.close();
  EXPECT_TRUE(fourth.shake_hands());
  EXPECT_EQ(rig.counters().accepted, 3u);
  second.close();
  EXPECT_TRUE(fifth.shake_hands());
  EXPECT_EQ(rig.counters().turned_away, 1u);
}

// Three places a table, of which one is few: what comes beyond them opens further rings, and nobody
// is turned away.
TEST(Acceptor, FurtherConnectionsOpenFurtherRings) {
  testing::RigOptions options;
  options.config.direct_sockets_max = 3;
  Rig rig(relay(), {&friendly()}, options);
  std::vector<std::unique_ptr<TestPeer>> peers;
  for (int i = 0; i < 8; ++i) {
    peers.push_back(std::make_unique<TestPeer>(friendly(), relay()));
    ASSERT_TRUE(peers.back()->connect_and_shake(rig.address())) << i;
    if (rig.counters().direct_sockets == 0) return;  // as before Linux 6.13
  }
  EXPECT_EQ(rig.counters().turned_away, 0u);
  EXPECT_EQ(rig.counters().connections, 8u);
  EXPECT_GE(rig.counters().rings, 3u);
  EXPECT_EQ(rig.counters().direct_sockets, 3 * rig.counters().rings);
  for (const auto& peer : peers) {
    ASSERT_TRUE(peer->next(codec::Schema::kJournalRequest));
    peer->send_request_for_journal(codec::since_beginning(relay().fingerprint()));
    EXPECT_TRUE(peer->next(codec::Schema::kJournalUpdate)) << "in whichever ring";
  }
  // Their places are given to others, so that no more rings are needed.
  const std::uint64_t rings = rig.counters().rings;
  peers.clear();
  ASSERT_TRUE(eventually([&] { return rig.counters().connections == 0; }));
  for (int i = 0; i < 8; ++i) {
    peers.push_back(std::make_unique<TestPeer>(friendly(), relay()));
    ASSERT_TRUE(peers.back()->connect_and_shake(rig.address())) << i;
  }
  EXPECT_EQ(rig.counters().rings, rings);
}

// Only so many rings as connections_max asks for.
TEST(Acceptor, RingsAreBoundedByTheLimitOfConnections) {
  const Captured captured;
  {
    testing::RigOptions options;
    options.config.direct_sockets_max = 2;
    options.config.rings_max = 2;
    Rig rig(relay(), {&friendly()}, options);
    std::vector<std::unique_ptr<TestPeer>> peers;
    for (int i = 0; i < 4; ++i) {
      peers.push_back(std::make_unique<TestPeer>(friendly(), relay()));
      ASSERT_TRUE(peers.back()->connect_and_shake(rig.address())) << i;
      if (rig.counters().direct_sockets == 0) return;  // as before Linux 6.13
    }
    TestPeer fifth(friendly(), relay());
    fifth.connect(rig.address());
    EXPECT_EQ(fifth.read_to_end(), "") << "who finds the last table full is closed";
    EXPECT_TRUE(eventually([&] { return rig.counters().accept_stops == 1; }));
    EXPECT_EQ(rig.counters().rings, 2u);
    peers.front()->close();
    TestPeer sixth(friendly(), relay());
    EXPECT_TRUE(sixth.connect_and_shake(rig.address()));
  }
  EXPECT_THAT(captured.text.str(), HasSubstr("all 4 places of shard 0 (rings: 2)"));
}

TEST(Acceptor, ARefusedRingIsToldAndTheRestServes) {
  const Captured captured;
  {
    testing::RigOptions options;
    options.config.direct_sockets_max = 2;
    Rig rig(relay(), {&friendly()}, options);
    TestPeer first(friendly(), relay());
    ASSERT_TRUE(first.connect_and_shake(rig.address()));
    if (rig.counters().direct_sockets == 0) return;  // as before Linux 6.13
    const auto address = rig.address();
    const int fd = ring::open_stream(AF_INET);
    TestPeer second(friendly(), relay());
    const NoDescriptors none;
    ASSERT_EQ(::connect(fd, address.raw(), address.size()), 0);
    second.adopt(fd);
    ASSERT_TRUE(second.shake_hands());
    EXPECT_TRUE(eventually([&] { return rig.counters().accept_stops == 1; }));
    EXPECT_EQ(rig.counters().rings, 1u);
    ASSERT_TRUE(first.next(codec::Schema::kJournalRequest));
  }
  EXPECT_THAT(captured.text.str(),
              HasSubstr("shard 0 has places for 2 connections and gets no more of them: the kernel "
                        "refused another ring: "));
}

TEST(Acceptor, TheLogNamesThePeersAddress) {
  for (const std::uint32_t direct : {0u, 1u << 20}) {
    const Captured captured;
    std::string address;
    {
      testing::RigOptions options;
      options.config.direct_sockets_max = direct;
      Rig rig(relay(), {&friendly()}, options);
      TestPeer peer(friendly(), relay());
      peer.connect(rig.address());
      address = ring::SocketAddress::of_socket(peer.fd()).text();
      peer.write("bad");
      EXPECT_EQ(peer.read_to_end(), "nope");
    }
    EXPECT_THAT(captured.text.str(), HasSubstr("handshake with " + address + " failed"));
  }
}

}  // namespace
}  // namespace sdmp::shard
