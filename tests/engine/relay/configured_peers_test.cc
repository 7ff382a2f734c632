#include "engine/relay/configured_peers.h"

#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ConfiguredPeersTest : public ::testing::Test {
 protected:
  void refresh(ConfiguredPeers& peers) {
    auto store = open_store(home_, testing::small_store());
    ASSERT_TRUE(store) << store.error();
    store::Reader reader = (*store)->reader();
    const auto table = protocol::TrustTable::compute(read_trust_facts(reader, home_.user()));
    peers.refresh(reader, *table, home_.node());
  }

  testing::TemporaryDirectory directory_;
  Home home_ = *Home::create(directory_ / "home", testing::local_options());
  Home a_ = *Home::create(directory_ / "a", testing::local_options());
  Home b_ = *Home::create(directory_ / "b", testing::local_options());
  DialRouter router_;
  std::vector<shard::Dial> dials_;
  ConfiguredPeers::Send send_ = [this](shard::Dial dial) { dials_.push_back(std::move(dial)); };
};

TEST_F(ConfiguredPeersTest, AreDialledWhenSomebodyIsTrusted) {
  ConfiguredPeers peers({*parse_peer_address("127.0.0.1:9")}, router_, send_);
  refresh(peers);
  EXPECT_THAT(dials_, IsEmpty());
  testing::trust(home_, a_);
  refresh(peers);
  ASSERT_EQ(dials_.size(), 1u);
  EXPECT_EQ(dials_[0].address, "127.0.0.1:9");
  EXPECT_TRUE(dials_[0].keep);
  EXPECT_THAT(dials_[0].expected, ElementsAre(a_.node()));
  refresh(peers);
  EXPECT_EQ(dials_.size(), 1u) << "nothing has changed";
}

TEST_F(ConfiguredPeersTest, AreToldWhenTheExpectationChanges) {
  ConfiguredPeers peers({*parse_peer_address("127.0.0.1:9")}, router_, send_);
  testing::trust(home_, a_);
  refresh(peers);
  testing::trust(home_, b_);
  refresh(peers);
  ASSERT_EQ(dials_.size(), 2u);
  EXPECT_EQ(dials_[0].dial_id, dials_[1].dial_id) << "the same dial, with other expectations";
  EXPECT_EQ(dials_[1].expected.size(), 2u);
}

TEST_F(ConfiguredPeersTest, APinnedPeerWaitsForItsOwnTrust) {
  ConfiguredPeers peers({*parse_peer_address(b_.node().text() + "@127.0.0.1:9")}, router_, send_);
  testing::trust(home_, a_);
  refresh(peers);
  EXPECT_THAT(dials_, IsEmpty());
  testing::trust(home_, b_);
  refresh(peers);
  ASSERT_EQ(dials_.size(), 1u);
  EXPECT_THAT(dials_[0].expected, ElementsAre(b_.node()));
}

}  // namespace
}  // namespace sdmp::relay
