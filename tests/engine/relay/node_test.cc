#include "engine/relay/node.h"

#include <unistd.h>

#include "tests/engine/relay/node_fixture.h"

namespace sdmp::relay {
namespace {

using testing::address_of;
using ::testing::HasSubstr;
using testing::node_config;
using testing::start_node;

class NodeTest : public ::testing::Test {
 protected:
  std::filesystem::path make(const char* name, codec::Suite suite = codec::Suite::kModern) {
    InitOptions options = testing::local_options();
    options.suite = suite;
    const auto home = Home::create(directory_ / name, options);
    EXPECT_TRUE(home) << home.error();
    return directory_ / name;
  }
  static void befriend(const std::filesystem::path& a, const std::filesystem::path& b) {
    const Home home_a = *Home::open(a);
    const Home home_b = *Home::open(b);
    testing::trust(home_a, home_b);
    testing::trust(home_b, home_a);
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(NodeTest, StartsAndStopsOnAnEphemeralPort) {
  const auto path = make("home");
  auto node = start_node(path, node_config(2));
  ASSERT_TRUE(node);
  EXPECT_EQ(node->shards(), 2);
  ASSERT_EQ(node->listening().size(), 1u);
  EXPECT_NE(node->listening()[0].port(), 0);
  EXPECT_EQ(node->metrics().ledger.journal_size, 4u);
  EXPECT_EQ(node->metrics().trusted_identities, 2u);
  node->stop();
  node->stop();
  EXPECT_FALSE(std::filesystem::exists(path / "control.sock"));
  node.reset();
  EXPECT_TRUE(start_node(path, node_config())) << "again";
}

TEST_F(NodeTest, ASecondDaemonOnOneHomeIsRefused) {
  const auto path = make("home");
  auto node = start_node(path, node_config());
  const auto second = Node::start(*Home::open(path), node_config(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().exit_code, 1);
  EXPECT_THAT(second.error().message, HasSubstr(path.string()));
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(getpid())));
}

TEST_F(NodeTest, APortInUseIsNamed) {
  auto first = start_node(make("first"), node_config());
  Config config = node_config();
  config.listen = first->listening();
  const auto second = Node::start(*Home::open(make("second")), config, {});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message,
              HasSubstr("cannot listen on " + first->listening()[0].text()));
}

TEST_F(NodeTest, DiallingNeedsSomebodyTrusted) {
  auto node = start_node(make("home"), node_config());
  const auto peer = *parse_peer_address("127.0.0.1:1");
  EXPECT_THAT(node->dial(peer, false, false, {}).error(),
              HasSubstr("no node is trusted yet: add its bundle with `sdmp trust add FILE --home"));
  const PeerAddress pinned{peer.address, codec::Fingerprint{}};
  EXPECT_THAT(node->dial(pinned, false, false, {}).error(), HasSubstr("is not trusted"));
}

TEST_F(NodeTest, ADialThatFailsSaysSo) {
  const auto a = make("a");
  befriend(a, make("b"));
  Address nowhere;
  {
    auto b = start_node(directory_ / "b", node_config());
    nowhere = b->listening()[0];
  }
  auto node = start_node(a, node_config());
  auto watch = std::make_shared<testing::DialWatch>();
  ASSERT_TRUE(node->dial({nowhere, {}}, false, true, testing::DialWatch::events(watch)));
  ASSERT_TRUE(watch->wait_ended());
  EXPECT_FALSE(watch->ended->empty());
  EXPECT_FALSE(watch->peer);
}

TEST_F(NodeTest, TwoNodesSynchronizeBothWays) {
  for (const codec::Suite suite : {codec::Suite::kModern, codec::Suite::kClassic}) {
    const std::string tag = suite == codec::Suite::kModern ? "modern" : "classic";
    const auto path_a = make((tag + "-a").c_str(), suite);
    const auto path_b = make((tag + "-b").c_str(), suite);
    befriend(path_a, path_b);
    auto a = start_node(path_a, node_config(2));
    auto b = start_node(path_b, node_config());
    const auto from_a = testing::publish(*a, "from a");
    const auto from_b = testing::publish(*b, "from b");
    ASSERT_TRUE(testing::sync_round(*b, address_of(*a)));
    EXPECT_TRUE(testing::holds(*b, from_a));
    EXPECT_TRUE(testing::holds(*a, from_b));
    EXPECT_EQ(a->store().reader().peer(b->home().node()).forked, false);
  }
}

// P-TRUST, issue: trust that is added while a node runs takes effect at once.
TEST_F(NodeTest, P_TRUST_TakesEffectWhileRunning) {
  const auto path_a = make("a");
  const auto path_b = make("b");
  const Home home_b = *Home::open(path_b);
  testing::trust(home_b, *Home::open(path_a));
  auto a = start_node(path_a, node_config());
  auto b = start_node(path_b, node_config());
  auto watch = std::make_shared<testing::DialWatch>();
  ASSERT_TRUE(b->dial(address_of(*a), false, true, testing::DialWatch::events(watch)));
  ASSERT_TRUE(watch->wait_ended()) << "a does not know b: nope";
  EXPECT_FALSE(watch->peer);

  store::Reader reader_b = b->store().reader();
  std::string bundle = testing::bundle_of(reader_b);
  bundle += codec::build_relationship(a->home().user_key(), unix_now(),
                                      codec::RelationshipType::kConnection, home_b.user());
  store::Reader reader_a = a->store().reader();
  auto resources = verify_bundle(split_lines(bundle), "b", reader_a);
  ASSERT_TRUE(resources) << resources.error();
  reader_a.release();
  const auto outcomes = append_to_home(a->home(), std::move(*resources));
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_TRUE(testing::sync_round(*b, address_of(*a)));
}

// A chain of relays by `peers`: what one end publishes reaches the other through the middle.
TEST_F(NodeTest, RelaysCanBeChained) {
  const char* names[] = {"left", "middle", "right"};
  for (const char* name : names) make(name);
  // Everybody knows everybody's keys; sessions exist only along the chain.
  for (const char* a : names) {
    for (const char* b : names) {
      if (std::string(a) < b) befriend(directory_ / a, directory_ / b);
    }
  }
  auto left = start_node(directory_ / "left", node_config());
  Config config = node_config(2);
  config.shard.redial_first_ms = 10;
  config.peers = {address_of(*left)};
  auto middle = start_node(directory_ / "middle", config);
  config.peers = {address_of(*middle)};
  auto right = start_node(directory_ / "right", config);

  const auto identifier = testing::publish(*left, "along the chain");
  // Each further round shows what the kept sessions have carried; no clock is watched.
  for (int round = 0; round < 1000 && !testing::holds(*right, identifier); ++round) {
    ASSERT_TRUE(testing::sync_round(*right, address_of(*middle)));
  }
  EXPECT_TRUE(testing::holds(*right, identifier));
  EXPECT_GE(middle->metrics().shards[0].established + middle->metrics().shards[1].established, 2u);
}

}  // namespace
}  // namespace sdmp::relay
