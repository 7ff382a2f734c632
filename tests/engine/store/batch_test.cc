#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/store/store.h"
#include "tests/engine/store/support.h"

namespace sdmp::store {
namespace {

using testing::append_all;
using testing::Draft;
using ::testing::ElementsAre;
using testing::expect_appended;
using ::testing::HasSubstr;
using testing::id;
using ::testing::IsEmpty;
using testing::made_up;
using testing::node;
using testing::open_store;
using testing::TemporaryDirectory;

class BatchTest : public ::testing::Test {
 protected:
  Batch begin() { return std::move(store_->begin().value()); }
  AppendOutcome append(const Draft& draft) {
    Batch batch = begin();
    const AppendOutcome outcome = batch.append(draft.view()).value();
    EXPECT_TRUE(batch.commit());
    return outcome;
  }
  void add_wanted(std::string_view peer, std::vector<WantedResource> wanted) {
    Batch batch = begin();
    ASSERT_TRUE(batch.add_wanted(node(peer), wanted));
    ASSERT_TRUE(batch.commit());
  }
  void set_peer(const PeerState& state) {
    Batch batch = begin();
    ASSERT_TRUE(batch.set_peer(node("peer"), state));
    ASSERT_TRUE(batch.commit());
  }
  static WantedResource wanted(std::string_view seed) { return {node("publisher"), id(seed)}; }
  static PeerState at(std::uint64_t position, bool forked = false) {
    return {.last = codec::JournalEntry{{}, node("publisher"), id(std::to_string(position))},
            .position = position,
            .forked = forked};
  }

  TemporaryDirectory home_;
  std::unique_ptr<Store> store_ = open_store(home_.store());
};

TEST_F(BatchTest, JRN_4_EveryLineCarriesTheHashOfTheLineBefore) {
  append_all(*store_, {made_up("a"), made_up("b"), made_up("c")});
  append_all(*store_, {made_up("d")});
  Reader reader = store_->reader();
  ASSERT_EQ(reader.journal_size(), 4u);
  codec::LineNumber number = codec::number_after(node("self"));
  for (std::uint64_t line = 1; line <= 4; ++line) {
    const codec::JournalEntry entry = reader.journal_entry(line);
    EXPECT_EQ(entry.number, number);
    EXPECT_EQ(entry.publisher, node("publisher"));
    EXPECT_EQ(entry.resource, id(std::string(1, static_cast<char>('a' + line - 1))));
    number = codec::number_after(entry.text());
  }
  EXPECT_EQ(reader.next_number(), number);
}

TEST_F(BatchTest, CommitsManyAtOnce) {
  std::vector<Draft> drafts;
  for (int i = 0; i < 2000; ++i) drafts.push_back(made_up(std::to_string(i)));
  append_all(*store_, drafts);
  Reader reader = store_->reader();
  ASSERT_EQ(reader.journal_size(), drafts.size());
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const auto found = reader.find(drafts[i].identifier);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->line, i + 1);
    EXPECT_EQ(found->container, drafts[i].container);
  }
}

TEST_F(BatchTest, KeepsContainersOfEverySizeByteForByte) {
  std::vector<Draft> drafts;
  for (const std::size_t size : {0u, 1u, 1900u, 2048u, 4096u, 65536u, 4u << 20}) {
    Draft draft = made_up(std::to_string(size));
    draft.container.assign(size, static_cast<char>('a' + size % 7));
    drafts.push_back(std::move(draft));
  }
  append_all(*store_, drafts);
  Reader reader = store_->reader();
  for (const Draft& draft : drafts) {
    EXPECT_EQ(reader.find(draft.identifier)->container, draft.container);
  }
}

TEST_F(BatchTest, AbandonedLeavesNothing) {
  append_all(*store_, {made_up("kept")});
  {
    Batch batch = begin();
    expect_appended(batch, made_up("lost"));
    ASSERT_TRUE(batch.set_peer(node("peer"), at(1)));
    ASSERT_TRUE(batch.add_wanted(node("peer"), std::vector{wanted("w")}));
    EXPECT_EQ(batch.journal_size(), 2u);
  }
  Reader reader = store_->reader();
  EXPECT_EQ(reader.journal_size(), 1u);
  EXPECT_FALSE(reader.find(id("lost")));
  EXPECT_EQ(reader.peer(node("peer")), PeerState{});
  EXPECT_THAT(reader.wanted(node("peer"), 9).resources, IsEmpty());
  append_all(*store_, {made_up("next")});
  reader.refresh();
  EXPECT_EQ(reader.journal_entry(2).number, codec::number_after(reader.journal_entry(1)));
}

TEST_F(BatchTest, DuplicatesAreFoundInTheStoreAndInTheBatch) {
  Batch batch = begin();
  expect_appended(batch, made_up("a"));
  EXPECT_EQ(batch.append(made_up("a").view()).value(), AppendOutcome::kDuplicate);
  ASSERT_TRUE(batch.commit());
  EXPECT_EQ(append(made_up("a")), AppendOutcome::kDuplicate);
  EXPECT_EQ(store_->reader().journal_size(), 1u);
}

TEST_F(BatchTest, RES_4_UpdateReplacesItsTarget) {
  Draft identity = made_up("identity");
  identity.schemas = {codec::Schema::kResource, codec::Schema::kIdentity};
  Draft update = made_up("update");
  update.schemas = identity.schemas;
  update.updates = {identity.identifier, identity.identifier};
  append_all(*store_, {identity});
  EXPECT_THAT(store_->reader().current(codec::Schema::kIdentity), ElementsAre(identity.identifier));
  append_all(*store_, {update});
  Reader reader = store_->reader();
  EXPECT_TRUE(reader.find(identity.identifier)->replaced);
  EXPECT_EQ(reader.find(identity.identifier)->container, identity.container);
  EXPECT_FALSE(reader.find(update.identifier)->replaced);
  EXPECT_TRUE(reader.is_replaced(identity.publisher, identity.identifier));
  EXPECT_THAT(reader.current(codec::Schema::kIdentity), ElementsAre(update.identifier));
}

TEST_F(BatchTest, P_SYN_UpdateMayArriveBeforeItsTarget) {
  Draft target = made_up("target");
  target.schemas = {codec::Schema::kResource, codec::Schema::kNodeInformation};
  Draft update = made_up("update");
  update.updates = {target.identifier};
  append_all(*store_, {update});
  EXPECT_TRUE(store_->reader().is_replaced(target.publisher, target.identifier));
  append_all(*store_, {target});
  Reader reader = store_->reader();
  EXPECT_EQ(reader.find(target.identifier)->line, 2u);
  EXPECT_TRUE(reader.find(target.identifier)->replaced);
  EXPECT_THAT(reader.current(codec::Schema::kNodeInformation), IsEmpty());
}

TEST_F(BatchTest, P_SYN_UpdateOfAnAbsentTargetBindsItsOwnPublisherOnly) {
  Draft update = made_up("update", "stranger");
  update.updates = {id("target")};
  append_all(*store_, {update, made_up("target")});
  Reader reader = store_->reader();
  EXPECT_FALSE(reader.find(id("target"))->replaced);
  EXPECT_FALSE(reader.is_replaced(node("publisher"), id("target")));
  EXPECT_TRUE(reader.is_replaced(node("stranger"), id("target")));
}

TEST_F(BatchTest, P_SYN_ForeignUpdateIsRefusedAndChangesNothing) {
  const Draft own = made_up("own", "stranger");
  append_all(*store_, {made_up("target"), own});
  Draft update = made_up("update", "stranger");
  update.updates = {own.identifier, id("absent"), id("target")};
  EXPECT_EQ(append(update), AppendOutcome::kForeignUpdate);
  Reader reader = store_->reader();
  EXPECT_EQ(reader.journal_size(), 2u);
  EXPECT_FALSE(reader.find(update.identifier));
  EXPECT_FALSE(reader.find(own.identifier)->replaced);
  EXPECT_FALSE(reader.is_replaced(node("stranger"), own.identifier));
  EXPECT_FALSE(reader.is_replaced(node("stranger"), id("absent")));
  EXPECT_FALSE(reader.is_replaced(node("stranger"), id("target")));
}

TEST_F(BatchTest, ForeignUpdateIsSeenWithinOneBatch) {
  Draft update = made_up("update", "stranger");
  update.updates = {id("target")};
  Batch batch = begin();
  expect_appended(batch, made_up("target"));
  EXPECT_EQ(batch.append(update.view()).value(), AppendOutcome::kForeignUpdate);
  expect_appended(batch, made_up("after"));
  ASSERT_TRUE(batch.commit());
  EXPECT_EQ(store_->reader().journal_size(), 2u);
}

TEST_F(BatchTest, PeerNeverGoesBack) {
  set_peer(at(5));
  set_peer(at(4));
  EXPECT_EQ(store_->reader().peer(node("peer")), at(5));
  set_peer(at(6));
  EXPECT_EQ(store_->reader().peer(node("peer")), at(6));
}

TEST_F(BatchTest, P_SYN_ForkMarkIsTakenFromAnOldPositionAndStays) {
  set_peer(at(5));
  set_peer(at(4, true));
  EXPECT_EQ(store_->reader().peer(node("peer")), at(5, true));
  set_peer(at(6));
  EXPECT_EQ(store_->reader().peer(node("peer")), at(6, true));
  store_.reset();
  store_ = open_store(home_.store());
  EXPECT_TRUE(store_->reader().peer(node("peer")).forked);
}

TEST_F(BatchTest, ResetPeerForgetsForkAndPosition) {
  set_peer(at(5, true));
  Batch batch = begin();
  ASSERT_TRUE(batch.reset_peer(node("peer")));
  ASSERT_TRUE(batch.reset_peer(node("never seen")));
  ASSERT_TRUE(batch.commit());
  EXPECT_EQ(store_->reader().peer(node("peer")), PeerState{});
  set_peer(at(1));
  EXPECT_EQ(store_->reader().peer(node("peer")), at(1));
}

TEST_F(BatchTest, WantedKeepsTheOrderOfAnnouncement) {
  add_wanted("peer", {wanted("z"), wanted("a")});
  add_wanted("other", {wanted("x")});
  store_.reset();
  store_ = open_store(home_.store());
  add_wanted("peer", {wanted("m"), wanted("a")});
  Reader reader = store_->reader();
  EXPECT_THAT(reader.wanted(node("peer"), 9).resources,
              ElementsAre(wanted("z"), wanted("a"), wanted("m")));
  EXPECT_THAT(reader.wanted(node("peer"), 2).resources, ElementsAre(wanted("z"), wanted("a")));
  EXPECT_THAT(reader.wanted(node("peer"), 0).resources, IsEmpty());
  EXPECT_FALSE(reader.wanted(node("peer"), 3).next);
  EXPECT_THAT(reader.wanted(node("other"), 9).resources, ElementsAre(wanted("x")));
  EXPECT_THAT(reader.wanted(node("nobody"), 9).resources, IsEmpty());
}

TEST_F(BatchTest, WantedIsReadInPortionsWhateverIsRemovedMeanwhile) {
  add_wanted("peer", {wanted("a"), wanted("b"), wanted("c"), wanted("d")});
  const WantedPage first = store_->reader().wanted(node("peer"), 2);
  EXPECT_THAT(first.resources, ElementsAre(wanted("a"), wanted("b")));
  ASSERT_TRUE(first.next);
  Batch batch = begin();
  ASSERT_TRUE(batch.remove_wanted(node("peer"), id("a")));
  ASSERT_TRUE(batch.remove_wanted(node("peer"), id("c")));
  ASSERT_TRUE(batch.commit());
  add_wanted("peer", {wanted("e")});
  const WantedPage second = store_->reader().wanted(node("peer"), 9, *first.next);
  EXPECT_THAT(second.resources, ElementsAre(wanted("d"), wanted("e")));
  EXPECT_FALSE(second.next);
}

TEST_F(BatchTest, WantedLeavesOutWhatIsThere) {
  append_all(*store_, {made_up("a")});
  add_wanted("peer", {wanted("a"), wanted("b")});
  EXPECT_THAT(store_->reader().wanted(node("peer"), 9).resources, ElementsAre(wanted("b")));
}

TEST_F(BatchTest, RemovedWantedIsGoneForThatPeerOnly) {
  add_wanted("peer", {wanted("a"), wanted("b")});
  add_wanted("other", {wanted("a")});
  Batch batch = begin();
  ASSERT_TRUE(batch.remove_wanted(node("peer"), id("a")));
  ASSERT_TRUE(batch.remove_wanted(node("peer"), id("never wanted")));
  ASSERT_TRUE(batch.commit());
  Reader reader = store_->reader();
  EXPECT_THAT(reader.wanted(node("peer"), 9).resources, ElementsAre(wanted("b")));
  EXPECT_THAT(reader.wanted(node("other"), 9).resources, ElementsAre(wanted("a")));
}

TEST_F(BatchTest, AppendDropsTheWantedEntriesOfAllPeers) {
  add_wanted("peer", {wanted("a"), wanted("b")});
  add_wanted("other", {wanted("a"), wanted("c")});
  Batch batch = begin();
  const auto source = node("peer");
  EXPECT_EQ(batch.append(made_up("a").view(), &source).value(), AppendOutcome::kAppended);
  ASSERT_TRUE(batch.commit());
  Reader reader = store_->reader();
  EXPECT_THAT(reader.wanted(node("peer"), 9).resources, ElementsAre(wanted("b")));
  EXPECT_THAT(reader.wanted(node("other"), 9).resources, ElementsAre(wanted("c")));
}

TEST(Batch, MapFullIsAnErrorInWordsAndLeavesTheLastCommittedState) {
  TemporaryDirectory home;
  StoreOptions small;
  small.map_bytes = 1u << 20;
  std::uint64_t committed = 0;
  {
    auto store = open_store(home.store(), node("self"), small);
    std::optional<StoreError> error;
    while (!error) {
      auto batch = store->begin();
      ASSERT_TRUE(batch);
      Draft draft = made_up(std::to_string(committed));
      draft.container.assign(64u << 10, 'x');
      const auto outcome = batch->append(draft.view());
      const auto done = batch->commit();
      if (done) ++committed;
      if (!done) error = done.error();
      EXPECT_TRUE(outcome || !done);
    }
    EXPECT_EQ(error->kind, StoreError::Kind::kMapFull);
    EXPECT_THAT(error->message, HasSubstr("store.map_bytes"));
    EXPECT_THAT(error->message, HasSubstr(home.store().string()));
    EXPECT_GT(committed, 4u);
    EXPECT_EQ(store->reader().journal_size(), committed);
  }
  auto store = open_store(home.store());
  EXPECT_EQ(store->reader().journal_size(), committed);
  append_all(*store, {made_up("more room")});
  EXPECT_EQ(store->reader().journal_size(), committed + 1);
}

TEST(Batch, FailedOneStaysFailed) {
  TemporaryDirectory home;
  StoreOptions small;
  small.map_bytes = 1u << 20;
  auto store = open_store(home.store(), node("self"), small);
  auto batch = store->begin();
  ASSERT_TRUE(batch);
  expect_appended(*batch, made_up("small"));
  Draft large = made_up("large");
  large.container.assign(2u << 20, 'x');
  ASSERT_FALSE(batch->append(large.view()));
  EXPECT_FALSE(batch->append(made_up("after").view()));
  EXPECT_FALSE(batch->set_peer(node("peer"), {}));
  const auto committed = batch->commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().kind, StoreError::Kind::kMapFull);
  EXPECT_EQ(store->reader().journal_size(), 0u);
  append_all(*store, {made_up("a new batch works")});
}

TEST(Batch, ReadOnlyStoreHasNone) {
  TemporaryDirectory home;
  open_store(home.store());
  StoreOptions options;
  options.read_only = true;
  auto store = open_store(home.store(), node("self"), options);
  const auto batch = store->begin();
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().kind, StoreError::Kind::kIo);
}

}  // namespace
}  // namespace sdmp::store
