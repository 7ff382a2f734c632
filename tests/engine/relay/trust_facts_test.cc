#include "engine/relay/trust_facts.h"

#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class TrustFactsTest : public ::testing::Test {
 protected:
  Home make(const char* name, const std::string& listen) {
    InitOptions options = testing::local_options();
    options.listen = listen;
    return *Home::create(directory_ / name, options);
  }
  // expected_at() for an address as written.
  std::vector<codec::Fingerprint> expected(const std::string& address) {
    auto store = open_store(home_, testing::small_store());
    EXPECT_TRUE(store) << store.error();
    store::Reader reader = (*store)->reader();
    const auto table = protocol::TrustTable::compute(read_trust_facts(reader, home_.user()));
    return expected_at(*parse_peer_address(address), reader, *table, home_.node());
  }

  testing::TemporaryDirectory directory_;
  Home home_ = make("home", "127.0.0.1:1001");
  Home a_ = make("a", "127.0.0.1:1002");
  Home b_ = make("b", "127.0.0.1:1003");
};

TEST_F(TrustFactsTest, P_TRUST_ComeFromCurrentIdentitiesAndRelationships) {
  testing::trust(home_, a_);
  auto store = open_store(home_, testing::small_store());
  ASSERT_TRUE(store) << store.error();
  store::Reader reader = (*store)->reader();
  const auto facts = read_trust_facts(reader, home_.user());
  EXPECT_EQ(facts.operator_user, home_.user());
  std::vector<codec::Fingerprint> identities;
  for (const auto& identity : facts.identities) identities.push_back(identity.fingerprint);
  EXPECT_THAT(identities, UnorderedElementsAre(home_.user(), home_.node(), a_.user(), a_.node()));
  ASSERT_EQ(facts.relationships.size(), 3u);
  const auto table = protocol::TrustTable::compute(facts);
  EXPECT_TRUE(table->may_connect(a_.node(), unix_now()));
  EXPECT_FALSE(table->may_connect(a_.user(), unix_now()));
}

TEST_F(TrustFactsTest, P_TRUST_ARevokedRelationshipIsNoFact) {
  testing::trust(home_, a_);
  std::string revocation;
  {
    auto store = open_store(home_, testing::small_store());
    store::Reader reader = (*store)->reader();
    const auto current = reader.current(codec::Schema::kRelationship);
    codec::ContainerReader parser;
    for (const auto& identifier : current) {
      const auto container = parser.parse_copy(reader.find(identifier)->container);
      if (codec::read_relationship(*container)->type != codec::RelationshipType::kConnection)
        continue;
      revocation = codec::build_deletion(home_.user_key(), unix_now(),
                                         std::span<const codec::Identifier>(&identifier, 1));
    }
  }
  ASSERT_TRUE(append_to_home(home_, testing::verified(home_, revocation)));
  EXPECT_THAT(expected("127.0.0.1:1002"), IsEmpty());
}

TEST_F(TrustFactsTest, P_HS_NobodyIsExpectedWhileNobodyIsTrusted) {
  EXPECT_THAT(expected("127.0.0.1:1002"), IsEmpty());
}

TEST_F(TrustFactsTest, P_HS_WhoeverAnnouncesTheAddressIsExpected) {
  testing::trust(home_, a_);
  testing::trust(home_, b_);
  EXPECT_THAT(expected("127.0.0.1:1002"), ElementsAre(a_.node()));
  EXPECT_THAT(expected("127.0.0.1:1003"), ElementsAre(b_.node()));
  EXPECT_THAT(expected("127.0.0.1:9"), UnorderedElementsAre(a_.node(), b_.node()))
      << "nobody announces it: any trusted node";
  EXPECT_THAT(expected("127.0.0.1:1001"), UnorderedElementsAre(a_.node(), b_.node()))
      << "never ourselves";
}

TEST_F(TrustFactsTest, P_HS_APinnedNodeIsTheOnlyOne) {
  testing::trust(home_, a_);
  testing::trust(home_, b_);
  EXPECT_THAT(expected(b_.node().text() + "@127.0.0.1:1002"), ElementsAre(b_.node()));
}

}  // namespace
}  // namespace sdmp::relay
