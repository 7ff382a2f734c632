#include "engine/protocol/trust.h"

#include <algorithm>
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol {
namespace {

using codec::IdentityType;
using codec::KeyType;
using codec::RelationshipType;
using testing::kExpires;
using testing::kNow;
using testing::TestIdentity;
using testing::TestUser;

constexpr auto kConnection = RelationshipType::kConnection;
constexpr auto kPublisher = RelationshipType::kPublisher;
constexpr auto kHost = RelationshipType::kHost;

struct Node : TestIdentity {
  explicit Node(std::uint64_t seed, codec::UnixMillis until = kExpires)
      : TestIdentity(IdentityType::kNode, seed, KeyType::kEd25519, until) {}
};
struct User : TestUser {
  explicit User(std::uint64_t seed, codec::UnixMillis until = kExpires)
      : TestUser(seed, KeyType::kEd25519, until) {}
};

class Trust : public ::testing::Test {
 protected:
  void know(const TestIdentity& identity) { facts_.identities.push_back(identity.fact()); }
  void relate(const TestIdentity& from, RelationshipType type, const TestIdentity& to) {
    facts_.relationships.push_back(from.relates(type, to));
  }
  // The facts in the order given and in reverse must give the same table.
  std::shared_ptr<const TrustTable> compute() {
    facts_.operator_user = operator_.fingerprint();
    const auto table = TrustTable::compute(facts_);
    std::ranges::reverse(facts_.identities);
    std::ranges::reverse(facts_.relationships);
    const auto reversed = TrustTable::compute(facts_);
    EXPECT_EQ(table->size(), reversed->size());
    for (const auto& [fingerprint, entry] : *table) {
      const TrustEntry* other = reversed->find(fingerprint);
      if (other == nullptr) {
        ADD_FAILURE() << "the order of the facts matters";
        continue;
      }
      EXPECT_EQ(entry.type, other->type);
      EXPECT_EQ(entry.key.has_value(), other->key.has_value());
      EXPECT_EQ(entry.valid_until, other->valid_until);
      EXPECT_EQ(entry.publish, other->publish);
      EXPECT_EQ(entry.publish_until, other->publish_until);
      EXPECT_EQ(entry.identity_until, other->identity_until);
      EXPECT_EQ(entry.may_connect, other->may_connect);
    }
    return table;
  }
  bool may_publish(const TrustTable& table, const std::string& text, codec::UnixMillis now = kNow) {
    const auto container = reader_.parse_copy(text);
    EXPECT_TRUE(container.has_value()) << text;
    return container && table.may_publish(*container, now);
  }
  std::string resource(const TestIdentity& by, std::span<const std::string_view> schemas,
                       std::string_view body) {
    return codec::build_container(by.key, testing::kCreated, schemas, body);
  }

  User operator_{1};
  User friend_{2};
  Node node_{3};
  TrustFacts facts_;
  codec::ContainerReader reader_;
};

TEST_F(Trust, P_TRUST_OperatorItselfMayPublishAndNotConnect) {
  know(operator_);
  const auto table = compute();
  EXPECT_EQ(table->size(), 1u);
  ASSERT_NE(table->find_valid(operator_.fingerprint(), kNow), nullptr);
  EXPECT_FALSE(table->may_connect(operator_.fingerprint(), kNow));
  EXPECT_TRUE(may_publish(*table, operator_.post("x")));
  EXPECT_FALSE(may_publish(*table, friend_.post("x")));
}

TEST_F(Trust, P_TRUST_ConnectionThenPublisherLeadsToANode) {
  know(operator_);
  know(friend_);
  know(node_);
  relate(operator_, kConnection, friend_);
  relate(friend_, kPublisher, node_);
  const auto table = compute();
  EXPECT_TRUE(table->may_connect(node_.fingerprint(), kNow));
  EXPECT_FALSE(table->may_connect(friend_.fingerprint(), kNow));
  EXPECT_TRUE(may_publish(*table, node_.post("x")));
  EXPECT_TRUE(may_publish(*table, friend_.post("x")));
  const TrustEntry* entry = table->find_valid(node_.fingerprint(), kNow);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->type, IdentityType::kNode);
  EXPECT_EQ(entry->key->fingerprint(), node_.fingerprint());
}

TEST_F(Trust, P_TRUST_OperatorsOwnNodes) {
  const Node hosting(4);
  know(operator_);
  know(node_);
  know(hosting);
  relate(operator_, kPublisher, node_);
  relate(operator_, kHost, hosting);
  const auto table = compute();
  EXPECT_TRUE(table->may_connect(node_.fingerprint(), kNow));
  EXPECT_TRUE(table->may_connect(hosting.fingerprint(), kNow));
  EXPECT_TRUE(may_publish(*table, node_.post("x")));
  EXPECT_FALSE(may_publish(*table, hosting.post("x")));
}

TEST_F(Trust, P_TRUST_HostPublishesNothingButItsIdentityAndNodeInformation) {
  know(operator_);
  know(node_);
  relate(operator_, kHost, node_);
  const auto table = compute();
  const std::vector<std::string> ips{"127.0.0.1:7367"};
  EXPECT_TRUE(may_publish(*table, node_.identity));
  EXPECT_TRUE(may_publish(*table, codec::build_node_information(node_.key, kNow, "n", ips)));
  EXPECT_FALSE(may_publish(*table, node_.post("x")));
  EXPECT_FALSE(may_publish(*table, node_.relationship(kConnection, friend_)));
  const codec::Identifier other{};
  EXPECT_FALSE(may_publish(*table, codec::build_deletion(node_.key, kNow, {&other, 1})));
  EXPECT_FALSE(may_publish(*table, codec::build_user_information(node_.key, kNow, "n", "a")));
  // A post that also lists node_information is still a post.
  constexpr std::array<std::string_view, 3> kBoth{"resource", "node_information", "post"};
  EXPECT_FALSE(may_publish(
      *table,
      resource(node_, kBoth, R"("node":{"name":"n","ips":["[::1]:1"]},"post":{"content":"x"})")));
  constexpr std::array<std::string_view, 3> kUri{"resource", "node_information",
                                                 "https://example.org/s"};
  EXPECT_FALSE(
      may_publish(*table, resource(node_, kUri, R"("node":{"name":"n","ips":["[::1]:1"]})")));
}

TEST_F(Trust, RES_1_OnlyResourcesArePublished) {
  know(operator_);
  const auto table = compute();
  constexpr std::array<std::string_view, 1> kBare{"post"};
  EXPECT_FALSE(may_publish(*table, resource(operator_, kBare, R"("post":{"content":"x"})")));
}

TEST_F(Trust, P_TRUST_ConnectionsOfOthersDoNotExtendTrust) {
  const User stranger(5);
  for (const TestIdentity* identity :
       {static_cast<const TestIdentity*>(&operator_), static_cast<const TestIdentity*>(&friend_),
        static_cast<const TestIdentity*>(&stranger), static_cast<const TestIdentity*>(&node_)}) {
    know(*identity);
  }
  relate(operator_, kConnection, friend_);
  relate(friend_, kConnection, stranger);
  relate(stranger, kPublisher, node_);
  const auto table = compute();
  EXPECT_EQ(table->find(stranger.fingerprint()), nullptr);
  EXPECT_EQ(table->find(node_.fingerprint()), nullptr);
}

TEST_F(Trust, P_TRUST_RelationshipsOfNodesAndStrangersLeadNowhere) {
  const Node next(6);
  know(operator_);
  know(node_);
  know(next);
  relate(operator_, kPublisher, node_);
  relate(node_, kPublisher, next);
  relate(node_, kConnection, friend_);
  relate(friend_, kHost, next);
  const auto table = compute();
  EXPECT_EQ(table->size(), 2u);
  EXPECT_EQ(table->find(next.fingerprint()), nullptr);
}

TEST_F(Trust, P_TRUST_TypeOfTheIdentityMustFitTheRelationship) {
  const User user(7);
  know(operator_);
  know(node_);
  know(user);
  relate(operator_, kConnection, node_);
  relate(operator_, kPublisher, user);
  relate(operator_, kHost, user);
  const auto table = compute();
  EXPECT_EQ(table->size(), 1u);
  // A user that is reached as one stays one.
  relate(operator_, kConnection, user);
  const auto again = compute();
  EXPECT_TRUE(may_publish(*again, user.post("x")));
  EXPECT_FALSE(again->may_connect(user.fingerprint(), kNow));
}

TEST_F(Trust, P_TRUST_EndsWithTheEarliestExpiryOfTheChain) {
  const auto ends = [this](codec::UnixMillis op, codec::UnixMillis user, codec::UnixMillis node) {
    const User owner(1, op);
    const User member(2, user);
    const Node machine(3, node);
    facts_ = {};
    know(owner);
    know(member);
    know(machine);
    relate(owner, kConnection, member);
    relate(member, kPublisher, machine);
    const auto table = compute();
    const codec::UnixMillis until = std::min({op, user, node});
    EXPECT_TRUE(table->may_connect(machine.fingerprint(), until - 1));
    EXPECT_TRUE(may_publish(*table, machine.post("x"), until - 1));
    EXPECT_FALSE(table->may_connect(machine.fingerprint(), until));
    EXPECT_FALSE(may_publish(*table, machine.post("x"), until));
    EXPECT_EQ(table->find_valid(machine.fingerprint(), until), nullptr);
    ASSERT_NE(table->find(machine.fingerprint()), nullptr);
    EXPECT_EQ(table->find(machine.fingerprint())->valid_until, until);
  };
  ends(kNow, kNow + 1'000, kNow + 2'000);
  ends(kNow + 1'000, kNow, kNow + 2'000);
  ends(kNow + 2'000, kNow + 1'000, kNow);
}

TEST_F(Trust, P_TRUST_TheBestChainCounts) {
  const User brief(8, kNow + 10);
  const User lasting(9, kNow + 1'000);
  for (const User* user : {&brief, &lasting}) {
    know(*user);
    relate(operator_, kConnection, *user);
    relate(*user, kPublisher, node_);
  }
  know(operator_);
  know(node_);
  const auto table = compute();
  EXPECT_EQ(table->find(node_.fingerprint())->valid_until, kNow + 1'000);
}

TEST_F(Trust, P_TRUST_HostAndPublisherTogetherGiveTheRightToPublish) {
  know(operator_);
  know(node_);
  relate(operator_, kHost, node_);
  relate(operator_, kPublisher, node_);
  const auto table = compute();
  EXPECT_TRUE(may_publish(*table, node_.post("x")));
}

TEST_F(Trust, P_TRUST_TheRightToPublishEndsWithTheChainThatGaveIt) {
  const User brief(8, kNow + 10);
  know(operator_);
  know(brief);
  know(node_);
  relate(operator_, kConnection, brief);
  relate(brief, kPublisher, node_);
  relate(operator_, kHost, node_);
  const auto table = compute();
  EXPECT_TRUE(may_publish(*table, node_.post("x"), kNow + 9));
  EXPECT_FALSE(may_publish(*table, node_.post("x"), kNow + 10));
  EXPECT_TRUE(table->may_connect(node_.fingerprint(), kNow + 10));
  EXPECT_TRUE(may_publish(*table, node_.identity, kNow + 10));
}

TEST_F(Trust, P_TRUST_IdentityIsWelcomeBeforeItsKeyIsKnown) {
  know(operator_);
  relate(operator_, kConnection, friend_);
  relate(operator_, kHost, node_);
  const auto table = compute();
  for (const TestIdentity* identity :
       {static_cast<const TestIdentity*>(&friend_), static_cast<const TestIdentity*>(&node_)}) {
    ASSERT_NE(table->find(identity->fingerprint()), nullptr);
    EXPECT_EQ(table->find_valid(identity->fingerprint(), kNow), nullptr);
    EXPECT_FALSE(table->may_connect(identity->fingerprint(), kNow));
    EXPECT_TRUE(may_publish(*table, identity->identity));
    EXPECT_FALSE(may_publish(*table, identity->post("x")));
  }
  EXPECT_FALSE(may_publish(*table, User(99).identity));
}

TEST_F(Trust, P_TRUST_UsersOfUnknownKeyExtendNothing) {
  know(operator_);
  know(node_);
  relate(operator_, kConnection, friend_);
  relate(friend_, kPublisher, node_);
  EXPECT_EQ(compute()->find(node_.fingerprint()), nullptr);
}

TEST_F(Trust, P_TRUST_OperatorMustBeKnown) {
  know(friend_);
  know(node_);
  relate(operator_, kConnection, friend_);
  relate(operator_, kPublisher, node_);
  const auto table = compute();
  EXPECT_EQ(table->size(), 1u);
  EXPECT_FALSE(may_publish(*table, operator_.post("x")));
  EXPECT_TRUE(may_publish(*table, operator_.identity));
  // Nor may it be a node.
  facts_.identities.push_back(Node(1).fact());
  EXPECT_EQ(compute()->size(), 0u);
}

TEST_F(Trust, P_TRUST_OfSeveralIdentitiesTheLatestExpiryCounts) {
  know(operator_);
  know(Node(3, kNow - 5));
  know(Node(3, kNow + 500));
  know(Node(3, kNow + 5));
  relate(operator_, kPublisher, node_);
  const auto table = compute();
  EXPECT_EQ(table->find(node_.fingerprint())->valid_until, kNow + 500);
}

TEST_F(Trust, P_TRUST_AnExpiredIdentityMayBeRenewed) {
  const Node expired(3, kNow - 1);
  know(operator_);
  know(expired);
  relate(operator_, kPublisher, expired);
  auto table = compute();
  EXPECT_FALSE(table->may_connect(node_.fingerprint(), kNow));
  EXPECT_FALSE(may_publish(*table, node_.post("x")));
  EXPECT_TRUE(may_publish(*table, node_.identity));
  know(node_);
  table = compute();
  EXPECT_TRUE(table->may_connect(node_.fingerprint(), kNow));
}

TEST_F(Trust, P_TRUST_RevokedMeansTheFactIsGone) {
  know(operator_);
  know(node_);
  relate(operator_, kPublisher, node_);
  EXPECT_TRUE(compute()->may_connect(node_.fingerprint(), kNow));
  facts_.relationships.clear();
  EXPECT_FALSE(compute()->may_connect(node_.fingerprint(), kNow));
}

TEST_F(Trust, P_KEY_DegenerateAndForeignKeysAreLeftOut) {
  know(operator_);
  know(friend_);
  relate(operator_, kPublisher, node_);
  relate(operator_, kConnection, friend_);
  IdentityFact fact = node_.fact();
  fact.spki.back() ^= 1;  // another key than the one that the fingerprint names, if any
  facts_.identities.push_back(fact);
  const auto table = compute();
  EXPECT_FALSE(table->may_connect(node_.fingerprint(), kNow));
  EXPECT_FALSE(table->find(node_.fingerprint())->key.has_value());
  EXPECT_TRUE(may_publish(*table, friend_.post("x")));
}

TEST_F(Trust, KeysAreTakenOverFromThePreviousTable) {
  know(operator_);
  know(node_);
  relate(operator_, kPublisher, node_);
  const auto first = compute();
  facts_.relationships.push_back(operator_.relates(kConnection, friend_));
  const auto second = TrustTable::compute(facts_, first.get());
  const codec::Bytes before = first->find(node_.fingerprint())->key->spki();
  const codec::Bytes after = second->find(node_.fingerprint())->key->spki();
  EXPECT_EQ(before.data(), after.data());
  // What is not a fact any more has no key, whatever the previous table knew.
  std::erase_if(facts_.identities, [this](const IdentityFact& fact) {
    return fact.fingerprint == node_.fingerprint();
  });
  const auto third = TrustTable::compute(facts_, first.get());
  EXPECT_FALSE(third->may_connect(node_.fingerprint(), kNow));
}

}  // namespace
}  // namespace sdmp::protocol
