#include "tests/engine/relay/node_fixture.h"

namespace sdmp::relay {
namespace {

using protocol::StoreOutcome;
using ::testing::ElementsAre;

class AppendTest : public ::testing::Test {
 protected:
  std::vector<VerifiedResource> resources(const std::vector<std::string>& contents) {
    std::string bundle;
    for (const auto& content : contents) bundle += testing::post_by(home_, content) + "\n";
    return testing::verified(home_, bundle);
  }

  testing::TemporaryDirectory directory_;
  Home home_ = *Home::create(directory_ / "home", testing::local_options());
};

TEST_F(AppendTest, WithoutANodeItGoesIntoTheStore) {
  const auto twice = resources({"a", "b"});
  EXPECT_THAT(append_to_home(home_, twice).value(),
              ElementsAre(StoreOutcome::kJournalled, StoreOutcome::kJournalled));
  EXPECT_THAT(append_to_home(home_, twice).value(),
              ElementsAre(StoreOutcome::kDuplicate, StoreOutcome::kDuplicate));
  auto store = open_store(home_, testing::small_store(true));
  EXPECT_EQ((*store)->reader().journal_size(), 6u);
}

TEST_F(AppendTest, WithANodeItGoesThroughIt) {
  auto posts = resources({"a", "b"});
  auto node = testing::start_node(directory_ / "home", testing::node_config(), {.listen = false});
  EXPECT_THAT(append_to_home(home_, posts).value(),
              ElementsAre(StoreOutcome::kJournalled, StoreOutcome::kJournalled));
  EXPECT_EQ(node->metrics().ledger.journal_size, 6u);
}

TEST(OutcomeNames, GoBothWays) {
  for (const auto outcome : {StoreOutcome::kJournalled, StoreOutcome::kDuplicate,
                             StoreOutcome::kForeignUpdate, StoreOutcome::kFailed}) {
    EXPECT_EQ(outcome_by_name(name(outcome)), outcome);
  }
  EXPECT_EQ(outcome_by_name(""), std::nullopt);
}

}  // namespace
}  // namespace sdmp::relay
