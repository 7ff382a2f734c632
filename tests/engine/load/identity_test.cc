#include "engine/load/identity.h"

#include <gtest/gtest.h>

#include "tests/engine/load/test_run.h"
#include "tests/engine/protocol/testing.h"
#include "tests/engine/relay/fixture.h"

namespace sdmp::load {
namespace {

using protocol::testing::bundle_of;
using protocol::testing::kNow;
using protocol::testing::TestNode;
using protocol::testing::TestUser;

std::string error_of(const std::string& bundle, codec::UnixMillis now = kNow) {
  const auto server = ServerIdentity::from_bundle(bundle, now);
  return server ? "" : server.error();
}

TEST(ServerIdentity, IsWhatTheBundleSays) {
  const TestNode node(1);
  const auto server = ServerIdentity::from_bundle(bundle_of(node), kNow);
  ASSERT_TRUE(server) << server.error();
  EXPECT_EQ(server->node, node.fingerprint());
  EXPECT_EQ(server->key.fingerprint(), node.fingerprint());
  EXPECT_TRUE(server->trust->may_connect(node.fingerprint(), kNow));
  EXPECT_FALSE(server->trust->may_connect(TestNode(2).fingerprint(), kNow));
}

TEST(ServerIdentity, EmptyLinesAndOtherResourcesDoNotDisturb) {
  const TestNode node(1);
  EXPECT_TRUE(
      ServerIdentity::from_bundle("\n" + bundle_of(node) + "\n" + node.post("hello"), kNow));
}

TEST(ServerIdentity, ABundleWithoutANodeIsRefused) {
  EXPECT_NE(error_of("").find("no node"), std::string::npos);
  EXPECT_NE(error_of(TestUser(1).identity).find("no node"), std::string::npos);
}

TEST(ServerIdentity, ABundleWithTwoNodesIsRefusedWithItsLine) {
  const TestNode one(1);
  const TestNode other(2);
  const std::string error = error_of(bundle_of(one) + other.identity);
  EXPECT_NE(error.find("line 4"), std::string::npos) << error;
  EXPECT_NE(error.find("second node"), std::string::npos) << error;
}

TEST(ServerIdentity, ABrokenLineIsNamed) {
  const TestNode node(1);
  const std::string broken = error_of(node.user.identity + "\nno container\n" + node.identity);
  EXPECT_NE(broken.find("line 2"), std::string::npos) << broken;
  const std::string forged = testing::with_forged_signature(node.identity);
  const std::string error = error_of(node.user.identity + "\n" + forged);
  EXPECT_NE(error.find("line 2"), std::string::npos) << error;
}

TEST(ServerIdentity, AnExpiredOrMissingIdentityIsRefused) {
  const TestNode node(1);
  EXPECT_NE(error_of(bundle_of(node), protocol::testing::kExpires + 1).find("expired"),
            std::string::npos);
  EXPECT_NE(error_of(node.identity).find("missing"), std::string::npos);
}

TEST(TestIdentities, TheBundleIsAcceptedByARelay) {
  const TestIdentities identities = testing::test_identities(3);
  const std::string bundle = identities.bundle(testing::unix_now());
  const relay::testing::TemporaryDirectory directory;
  const auto home = relay::Home::create(directory / "home", relay::testing::local_options());
  ASSERT_TRUE(home) << home.error();
  const auto resources = relay::testing::verified(*home, bundle);
  // The user, and each node with the relationship to it.
  EXPECT_EQ(resources.size(), 7u);
  EXPECT_EQ(relay::bundle_users(resources),
            std::vector{identities.user().public_key().fingerprint()});
}

TEST(TestIdentities, OfTheClassicSuiteAreRsaKeys) {
  const auto identities = TestIdentities::generate(1, codec::Suite::kClassic);
  ASSERT_TRUE(identities);
  EXPECT_EQ(identities->user().public_key().type(), codec::KeyType::kRsa);
  EXPECT_EQ(identities->nodes()[0].public_key().type(), codec::KeyType::kRsa);
}

}  // namespace
}  // namespace sdmp::load
