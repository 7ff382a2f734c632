#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/store/store.h"
#include "tests/engine/store/support.h"

namespace sdmp::store {
namespace {

using testing::append_all;
using testing::digest;
using testing::Draft;
using ::testing::ElementsAre;
using testing::id;
using ::testing::IsEmpty;
using testing::made_up;
using testing::node;
using testing::open_store;
using testing::TemporaryDirectory;
using ::testing::UnorderedElementsAre;

class ReaderTest : public ::testing::Test {
 protected:
  TemporaryDirectory home_;
  std::unique_ptr<Store> store_ = open_store(home_.store());
};

TEST_F(ReaderTest, EmptyJournal) {
  Reader reader = store_->reader();
  EXPECT_EQ(reader.journal_size(), 0u);
  EXPECT_EQ(reader.next_number(), codec::number_after(node("self")));
  EXPECT_FALSE(reader.find(id("a")));
  EXPECT_FALSE(reader.is_replaced(node("p"), id("a")));
  EXPECT_THAT(reader.current(codec::Schema::kIdentity), IsEmpty());
  EXPECT_THAT(reader.peers(), IsEmpty());
}

TEST_F(ReaderTest, P_SYN_FindLineKnowsTheBeginningAndEveryNumber) {
  append_all(*store_, {made_up("a"), made_up("b")});
  Reader reader = store_->reader();
  EXPECT_EQ(reader.find_line(codec::since_beginning(node("self"))), 0u);
  EXPECT_EQ(reader.find_line(reader.journal_entry(1).number), 1u);
  EXPECT_EQ(reader.find_line(reader.journal_entry(2).number), 2u);
}

TEST_F(ReaderTest, P_SYN_FindLineDoesNotKnowOtherNumbers) {
  append_all(*store_, {made_up("a")});
  Reader reader = store_->reader();
  EXPECT_EQ(reader.find_line(reader.next_number()), std::nullopt);
  EXPECT_EQ(reader.find_line(digest<codec::LineNumber>("foreign")), std::nullopt);
  EXPECT_EQ(reader.find_line(codec::since_beginning(node("another"))), std::nullopt);
}

TEST_F(ReaderTest, FindGivesWhatWasStored) {
  append_all(*store_, {made_up("a"), made_up("b", "somebody")});
  Reader reader = store_->reader();
  const auto found = reader.find(id("b"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->publisher, node("somebody"));
  EXPECT_EQ(found->line, 2u);
  EXPECT_FALSE(found->replaced);
  EXPECT_EQ(found->container, "{b}");
}

TEST_F(ReaderTest, CurrentIsInJournalOrderAndPerSchema) {
  std::vector<Draft> drafts;
  for (int i = 0; i < 300; ++i) {
    Draft draft = made_up(std::to_string(i));
    draft.schemas = {codec::Schema::kResource,
                     i % 2 == 0 ? codec::Schema::kIdentity : codec::Schema::kRelationship};
    drafts.push_back(std::move(draft));
  }
  append_all(*store_, drafts);
  Reader reader = store_->reader();
  const auto identities = reader.current(codec::Schema::kIdentity);
  const auto relationships = reader.current(codec::Schema::kRelationship);
  ASSERT_EQ(identities.size(), 150u);
  ASSERT_EQ(relationships.size(), 150u);
  for (std::size_t i = 0; i < 150; ++i) {
    EXPECT_EQ(identities[i], drafts[2 * i].identifier);
    EXPECT_EQ(relationships[i], drafts[2 * i + 1].identifier);
  }
  EXPECT_THAT(reader.current(codec::Schema::kNodeInformation), IsEmpty());
}

TEST_F(ReaderTest, PeersListsEveryPeerOnce) {
  auto batch = store_->begin();
  ASSERT_TRUE(batch);
  ASSERT_TRUE(batch->set_peer(node("a"), {.last = {}, .position = 1, .forked = false}));
  ASSERT_TRUE(batch->set_peer(node("b"), {.last = {}, .position = 2, .forked = true}));
  ASSERT_TRUE(batch->set_peer(node("a"), {.last = {}, .position = 3, .forked = false}));
  ASSERT_TRUE(batch->commit());
  Reader reader = store_->reader();
  EXPECT_THAT(reader.peers(), UnorderedElementsAre(node("a"), node("b")));
  EXPECT_EQ(reader.peer(node("a")).position, 3u);
  EXPECT_TRUE(reader.peer(node("b")).forked);
}

TEST_F(ReaderTest, SnapshotDoesNotSeeLaterCommits) {
  append_all(*store_, {made_up("a")});
  Reader reader = store_->reader();
  const auto before = reader.find(id("a"));
  append_all(*store_, {made_up("b")});
  EXPECT_EQ(reader.journal_size(), 1u);
  EXPECT_FALSE(reader.find(id("b")));
  EXPECT_EQ(before->container, "{a}");
  reader.refresh();
  EXPECT_EQ(reader.journal_size(), 2u);
}

TEST_F(ReaderTest, ReleasedReaderRefreshesWithTheNextAccess) {
  Reader reader = store_->reader();
  EXPECT_EQ(reader.journal_size(), 0u);
  reader.release();
  reader.release();
  append_all(*store_, {made_up("a")});
  EXPECT_EQ(reader.journal_size(), 1u);
}

TEST_F(ReaderTest, MovesBetweenThreads) {
  append_all(*store_, {made_up("a")});
  Reader reader = store_->reader();
  std::uint64_t seen = 0;
  std::thread([&, moved = std::move(reader)]() mutable { seen = moved.journal_size(); }).join();
  EXPECT_EQ(seen, 1u);
}

TEST_F(ReaderTest, DoesNotSeeAnUncommittedBatch) {
  auto batch = store_->begin();
  ASSERT_TRUE(batch);
  testing::expect_appended(*batch, made_up("a"));
  Reader reader = store_->reader();
  EXPECT_EQ(reader.journal_size(), 0u);
  ASSERT_TRUE(batch->commit());
  reader.refresh();
  EXPECT_EQ(reader.journal_size(), 1u);
}

// Every snapshot of every reader is a whole number of commits and a sound chain.
TEST_F(ReaderTest, ConcurrentReadersSeeCommittedStatesOnly) {
  constexpr std::uint64_t kCommits = 60;
  constexpr std::uint64_t kBatch = 7;
  std::atomic<const char*> fault = nullptr;
  const auto watch = [&] {
    Reader reader = store_->reader();
    std::uint64_t last = 0;
    while (last < kCommits * kBatch) {
      reader.refresh();
      const std::uint64_t size = reader.journal_size();
      if (size < last) fault = "a later snapshot is smaller";
      if (size % kBatch != 0) fault = "a snapshot within a commit";
      for (std::uint64_t line = last + 1; line <= size; ++line) {
        const auto entry = reader.journal_entry(line);
        const auto found = reader.find(entry.resource);
        if (!found) fault = "a line without its resource";
        if (found && found->line != line) fault = "a resource of another line";
        if (reader.find_line(entry.number) != line) fault = "a number of another line";
        if (line < size && codec::number_after(entry) != reader.journal_entry(line + 1).number) {
          fault = "a broken chain";
        }
      }
      last = size;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(watch);
  for (std::uint64_t commit = 0; commit < kCommits; ++commit) {
    std::vector<Draft> drafts;
    for (std::uint64_t i = 0; i < kBatch; ++i) {
      drafts.push_back(made_up(std::to_string(commit * kBatch + i)));
    }
    append_all(*store_, drafts);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(fault.load(), nullptr) << fault.load();
}

TEST(ReaderDeathTest, DamagedRecordEndsTheProcessInWords) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  TemporaryDirectory home;
  {
    auto store = open_store(home.store());
    append_all(*store, {made_up("a")});
  }
  testing::tamper(home.store(), "resources", [](MDB_txn* txn, MDB_dbi table) {
    return put(txn, table, id("a").bytes(), codec::as_bytes("short"));
  });
  EXPECT_DEATH(
      {
        auto store = open_store(home.store());
        store->reader().find(id("a"));
      },
      "damaged");
}

}  // namespace
}  // namespace sdmp::store
