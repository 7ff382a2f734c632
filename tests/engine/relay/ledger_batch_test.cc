#include "engine/relay/ledger_batch.h"

#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

using protocol::StoreOutcome;
using ::testing::ElementsAre;

class LedgerBatchTest : public ::testing::Test {
 protected:
  shard::ToLedger resource_post(const std::string& container) {
    codec::ContainerReader parser;
    const auto parsed = parser.parse_copy(container);
    shard::StoreResource post{.session = {3, 4},
                              .source = home_.user(),
                              .publisher = parsed->publisher,
                              .identifier = parsed->identifier(),
                              .container = container,
                              .updates = {},
                              .schemas = {parsed->schemas.begin(), parsed->schemas.end()}};
    EXPECT_TRUE(codec::read_updates(*parsed, post.updates));
    return post;
  }

  testing::TemporaryDirectory directory_;
  Home home_ = *Home::create(directory_ / "home", testing::local_options());
  std::unique_ptr<store::Store> store_ = *open_store(home_, testing::small_store());
  StaleSessions stale_;
};

TEST_F(LedgerBatchTest, OutcomesAreInTheOrderOfPosts) {
  const std::string first = testing::post_by(home_, "first");
  LedgerBatch batch(*store_, 2, stale_);
  for (const std::string& text : {first, first, testing::post_by(home_, "second")}) {
    auto post = resource_post(text);
    batch.add(1, post);
  }
  ASSERT_FALSE(batch.commit());
  EXPECT_TRUE(batch.take_answers(0).empty());
  std::vector<StoreOutcome> outcomes;
  for (const auto& answer : batch.take_answers(1)) {
    outcomes.push_back(std::get<shard::StoredAnswer>(answer).outcome);
  }
  EXPECT_THAT(outcomes, ElementsAre(StoreOutcome::kJournalled, StoreOutcome::kDuplicate,
                                    StoreOutcome::kJournalled));
  const auto fresh = batch.take_fresh();
  ASSERT_EQ(fresh.size(), 2u);
  EXPECT_EQ(fresh[0].line, 5u);
  EXPECT_EQ(fresh[1].line, 6u);
  EXPECT_EQ(fresh[0].source, home_.user());
  EXPECT_FALSE(batch.changes_trust()) << "a post touches nobody's rights";
  EXPECT_EQ(batch.journal_size(), 6u);
}

TEST_F(LedgerBatchTest, P_SYN_AForeignUpdateIsRefused) {
  const auto identity = store_->reader().current(codec::Schema::kIdentity);
  LedgerBatch batch(*store_, 1, stale_);
  // The user's identity replaced by the node: another publisher's resource.
  auto post = resource_post(codec::build_deletion(
      home_.node_key(), unix_now(), std::span<const codec::Identifier>(identity.data(), 1)));
  batch.add(0, post);
  ASSERT_FALSE(batch.commit());
  const auto answers = batch.take_answers(0);
  EXPECT_EQ(std::get<shard::StoredAnswer>(answers.at(0)).outcome, StoreOutcome::kForeignUpdate);
  LedgerCounters counters;
  batch.count(counters);
  EXPECT_EQ(counters.foreign_updates, 1u);
  EXPECT_EQ(counters.resources, 0u);
}

TEST_F(LedgerBatchTest, P_TRUST_OnlyUpdatesOfWhatTrustIsMadeOfChangeIt) {
  const std::string post = testing::post_by(home_, "to be replaced");
  const auto update = [&](const codec::PrivateKey& key, const codec::Identifier& target) {
    return resource_post(codec::build_deletion(key, unix_now(), {&target, 1}));
  };
  LedgerBatch batch(*store_, 1, stale_);
  auto first = resource_post(post);
  const codec::Identifier replaced = std::get<shard::StoreResource>(first).identifier;
  batch.add(0, first);
  auto edit = update(home_.node_key(), replaced);
  batch.add(0, edit);
  EXPECT_FALSE(batch.changes_trust());
  auto reader = store_->reader();
  std::optional<codec::Identifier> own;
  for (const auto& identity : reader.current(codec::Schema::kIdentity)) {
    if (reader.find(identity)->publisher == home_.user()) own = identity;
  }
  ASSERT_TRUE(own);
  auto revocation = update(home_.user_key(), *own);
  batch.add(0, revocation);
  EXPECT_TRUE(batch.changes_trust());
  for (const auto& answer : batch.take_answers(0)) {
    EXPECT_EQ(std::get<shard::StoredAnswer>(answer).outcome, StoreOutcome::kJournalled);
  }
}

TEST_F(LedgerBatchTest, JRN_6_ProgressAndWantedGoTogether) {
  const codec::JournalEntry last{.number = {}, .publisher = home_.user(), .resource = {}};
  codec::Identifier wanted;
  wanted.octets[0] = 7;
  {
    LedgerBatch batch(*store_, 1, stale_);
    shard::ToLedger post = shard::StoreProgress{.session = {1, 1},
                                                .peer = home_.user(),
                                                .cursor = {.last = last, .position = 9},
                                                .wanted = {{home_.user(), wanted}}};
    batch.add(0, post);
    ASSERT_FALSE(batch.commit());
    EXPECT_TRUE(std::holds_alternative<shard::ProgressAnswer>(batch.take_answers(0).at(0)));
  }
  EXPECT_EQ(store_->reader().peer(home_.user()).position, 9u);
  EXPECT_EQ(store_->reader().wanted(home_.user(), 10).resources.size(), 1u);
  LedgerBatch batch(*store_, 1, stale_);
  shard::ToLedger post = shard::ForgetWanted{home_.user(), wanted};
  batch.add(0, post);
  ASSERT_FALSE(batch.commit());
  EXPECT_TRUE(store_->reader().wanted(home_.user(), 10).resources.empty());
}

// A store that is full: everything of the batch fails, nothing is changed, later batches work, and
// a session whose cursor was lost does not store later ones.
TEST_F(LedgerBatchTest, ARefusedCommitFailsEverythingInIt) {
  store_.reset();
  store_ = *open_store(home_, {.map_bytes = std::size_t{1} << 20, .readers_max = 8});
  const std::uint64_t before = store_->reader().journal_size();
  const codec::JournalEntry last{.number = {}, .publisher = home_.user(), .resource = {}};
  const shard::StoreProgress progress{.session = {1, 1},
                                      .peer = home_.user(),
                                      .cursor = {.last = last, .position = 9},
                                      .wanted = {}};
  {
    LedgerBatch batch(*store_, 1, stale_);
    auto small = resource_post(testing::post_by(home_, "small"));
    batch.add(0, small);
    shard::ToLedger cursor = progress;
    batch.add(0, cursor);
    auto large = resource_post(testing::post_by(home_, std::string(1'500'000, 'x')));
    batch.add(0, large);
    LocalSubmission submission;
    submission.resources.resize(2);
    auto local = submission.done.get_future();
    batch.add(std::move(submission));
    ASSERT_TRUE(batch.commit());
    const auto answers = batch.take_answers(0);
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_EQ(std::get<shard::StoredAnswer>(answers[0]).outcome, StoreOutcome::kFailed);
    EXPECT_EQ(std::get<shard::StoredAnswer>(answers[2]).outcome, StoreOutcome::kFailed);
    EXPECT_TRUE(batch.take_fresh().empty());
    batch.answer_locally();
    EXPECT_THAT(local.get(), ElementsAre(StoreOutcome::kFailed, StoreOutcome::kFailed));
    LedgerCounters counters;
    batch.count(counters);
    EXPECT_EQ(counters.failures, 1u);
    EXPECT_EQ(counters.commits, 0u);
  }
  EXPECT_EQ(store_->reader().journal_size(), before);
  LedgerBatch batch(*store_, 1, stale_);
  shard::ToLedger same_session = progress;
  batch.add(0, same_session);
  auto small = resource_post(testing::post_by(home_, "small again"));
  batch.add(0, small);
  ASSERT_FALSE(batch.commit());
  EXPECT_EQ(batch.take_answers(0).size(), 2u) << "answered all the same";
  EXPECT_EQ(store_->reader().peer(home_.user()).position, 0u);
  EXPECT_EQ(store_->reader().journal_size(), before + 1);
}

TEST(StaleSessions, EndWithTheGeneration) {
  StaleSessions stale;
  EXPECT_FALSE(stale.contains(0, {1, 1}));
  stale.add(0, {1, 1});
  EXPECT_TRUE(stale.contains(0, {1, 1}));
  EXPECT_FALSE(stale.contains(0, {1, 2}));
  EXPECT_FALSE(stale.contains(1, {1, 1}));
}

}  // namespace
}  // namespace sdmp::relay
