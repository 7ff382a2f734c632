#include "engine/shard/closer.h"

#include <gtest/gtest.h>

#include "tests/engine/shard/support.h"

namespace sdmp::shard {
namespace {

using protocol::Cause;
using testing::eventually;
using testing::friendly;
using testing::relay;
using testing::Rig;
using testing::TestNode;
using testing::TestPeer;

// With sockets in the ring's table, and with regular descriptors as on kernels before 6.13.
class Closing : public ::testing::TestWithParam<bool> {
 protected:
  static testing::RigOptions sockets() {
    testing::RigOptions options;
    if (!GetParam()) options.config.direct_sockets_max = 0;
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(Sockets, Closing, ::testing::Bool(), [](const auto& kind) {
  return std::string(kind.param ? "Direct" : "Regular");
});

bool everything_closed(const Rig& rig) {
  return eventually([&] { return rig.counters().connections == 0; });
}

TEST_P(Closing, P_HS_APeerThatNeverClosesIsCutAfterItsTime) {
  testing::RigOptions options = sockets();
  options.config.nope_drain_ms = 50;
  Rig rig(relay(), {&friendly()}, options);
  TestPeer peer(friendly(), relay());
  peer.connect(rig.address());
  peer.write("bad");
  EXPECT_EQ(peer.read_to_end(), "nope");
  EXPECT_TRUE(everything_closed(rig)) << "though the peer's side is still open";
}

TEST_P(Closing, P_HS_DrainingReadsABoundedAmount) {
  testing::RigOptions options = sockets();
  options.config.nope_drain_ms = 200;
  Rig rig(relay(), {&friendly()}, options);
  TestPeer peer(friendly(), relay());
  peer.connect(rig.address());
  const std::string flood(1 << 20, 'x');
  while (peer.try_write(flood)) {
  }
  EXPECT_TRUE(everything_closed(rig));
  EXPECT_LT(rig.counters().bytes_in, 20u << 20) << "what one turn may bring, not what is offered";
}

TEST_P(Closing, P_HS_ABadFrameIsASilentClose) {
  Rig rig(relay(), {&friendly()}, sockets());
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  ASSERT_TRUE(peer.next(codec::Schema::kJournalRequest)) << "what was sent before arrives";
  std::string frame = peer.frame("{}");
  frame[10] = static_cast<char>(frame[10] ^ 1);
  peer.write(frame);
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return rig.failures(Cause::kFrameInvalid) == 1; }));
  peer.close();
  EXPECT_TRUE(everything_closed(rig));
  EXPECT_EQ(rig.counters().sessions, 0u);
}

TEST_P(Closing, P_FRAME_NopeOnASessionIsABadFrameAndClosesSilently) {
  Rig rig(relay(), {&friendly()}, sockets());
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  ASSERT_TRUE(peer.next(codec::Schema::kJournalRequest));
  peer.write("nope");
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST_P(Closing, ManyConnectionsComeAndGoInTheSameSlots) {
  Rig rig(relay(), {&friendly()}, sockets());
  for (int i = 0; i < 200; ++i) {
    TestPeer peer(friendly(), relay());
    peer.connect(rig.address());
    if (i % 3 == 0) peer.write("bad");
    if (i % 3 == 1) peer.write(peer.object());
    peer.close();
  }
  EXPECT_TRUE(eventually([&] { return rig.counters().accepted == 200; }));
  EXPECT_TRUE(everything_closed(rig));
  TestPeer peer(friendly(), relay());
  EXPECT_TRUE(peer.connect_and_shake(rig.address()));
}

// Each brings a connection into a state, where a reset finds it.
struct StateOfReset {
  const char* name;
  void (*reach)(Rig&, TestPeer&);
};
constexpr StateOfReset kStatesOfReset[] = {
    {"before its object", [](Rig&, TestPeer&) {}},
    {"amid its object", [](Rig&, TestPeer& peer) { peer.write(peer.object().substr(0, 100)); }},
    {"with its object unread", [](Rig&, TestPeer& peer) { peer.write(peer.object()); }},
    {"waiting for a frame",
     [](Rig&, TestPeer& peer) {
       ASSERT_TRUE(peer.shake_hands());
       ASSERT_TRUE(peer.next(codec::Schema::kJournalRequest));
     }},
    {"amid a frame",
     [](Rig&, TestPeer& peer) {
       ASSERT_TRUE(peer.shake_hands());
       peer.write(peer.frame("{}").substr(0, 100));
     }},
    {"idle, awaited by a poll",
     [](Rig& rig, TestPeer& peer) {
       ASSERT_TRUE(peer.shake_hands());
       ASSERT_TRUE(eventually([&] { return rig.counters().idle_sockets == 1; }));
     }},
    {"with nope unread", [](Rig&, TestPeer& peer) { peer.write("bad"); }},
    {"with nope read",
     [](Rig&, TestPeer& peer) {
       peer.write("bad");
       EXPECT_EQ(peer.read_to_end(), "nope");
     }},
};

TEST_P(Closing, AResetEndsAConnectionInEveryState) {
  testing::RigOptions options = sockets();
  options.config.idle_after_ms = 5;
  Rig rig(relay(), {&friendly()}, options);
  std::uint64_t accepted = 0;
  for (const StateOfReset& state : kStatesOfReset) {
    SCOPED_TRACE(state.name);
    TestPeer peer(friendly(), relay());
    peer.connect(rig.address());
    ++accepted;
    EXPECT_TRUE(eventually([&] { return rig.counters().accepted == accepted; }));
    state.reach(rig, peer);
    peer.reset();
    EXPECT_TRUE(everything_closed(rig));
    EXPECT_EQ(rig.counters().sessions, 0u);
  }
  TestPeer peer(friendly(), relay());
  EXPECT_TRUE(peer.connect_and_shake(rig.address()));
}

// `nope` does not need the write side to be shut, only the time until the connection is cut.
TEST(Closer, P_HS_WithoutDescriptorsNopeArrivesAllTheSame) {
  testing::RigOptions options;
  options.config.nope_drain_ms = 50;
  Rig rig(relay(), {&friendly()}, options);
  TestPeer first(friendly(), relay());
  ASSERT_TRUE(first.connect_and_shake(rig.address()));
  TestPeer peer(friendly(), relay());
  peer.connect(rig.address());
  EXPECT_TRUE(eventually([&] { return rig.counters().accepted == 2; }));
  const testing::NoDescriptors none;
  peer.write("bad");
  EXPECT_EQ(peer.read_to_end(), "nope");
}

}  // namespace
}  // namespace sdmp::shard
