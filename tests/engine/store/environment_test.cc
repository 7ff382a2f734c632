#include "engine/store/environment.h"

#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/engine/store/support.h"

namespace sdmp::store {
namespace {

using ::testing::AllOf;
using testing::append_all;
using ::testing::HasSubstr;
using testing::made_up;
using testing::node;
using testing::open_store;
using testing::TemporaryDirectory;

class EnvironmentTest : public ::testing::Test {
 protected:
  EnvironmentTest() {
    EXPECT_TRUE(make_directory(home_.store()));
    environment_ = std::move(Environment::open(home_.store(), {}).value());
  }
  TemporaryDirectory home_;
  std::unique_ptr<Environment> environment_;
};

TEST_F(EnvironmentTest, ErrorsSayWhatWhereAndTheRemedy) {
  const auto message = [&](int rc) { return environment_->error(rc, "testing").message; };
  const std::string where = home_.store().string();
  EXPECT_THAT(message(ENOSPC), AllOf(HasSubstr("testing"), HasSubstr(where), HasSubstr("free")));
  EXPECT_THAT(message(EACCES), AllOf(HasSubstr(where), HasSubstr("permissions")));
  EXPECT_THAT(message(MDB_MAP_FULL), AllOf(HasSubstr(where), HasSubstr("store.map_bytes")));
  EXPECT_THAT(message(MDB_CORRUPTED), AllOf(HasSubstr(where), HasSubstr("sdmp verify")));
  EXPECT_THAT(message(MDB_READERS_FULL), HasSubstr("readers"));
}

TEST_F(EnvironmentTest, ErrorsHaveTheirKind) {
  using Kind = StoreError::Kind;
  const auto kind = [&](int rc) { return environment_->error(rc, "testing").kind; };
  EXPECT_EQ(kind(ENOSPC), Kind::kIo);
  EXPECT_EQ(kind(EIO), Kind::kIo);
  EXPECT_EQ(kind(MDB_MAP_FULL), Kind::kMapFull);
  EXPECT_EQ(kind(MDB_INVALID), Kind::kCorrupt);
  EXPECT_EQ(kind(MDB_PAGE_NOTFOUND), Kind::kCorrupt);
  EXPECT_EQ(kind(MDB_VERSION_MISMATCH), Kind::kForeign);
  EXPECT_EQ(kind(MDB_BAD_DBI), Kind::kIo);
}

TEST_F(EnvironmentTest, TransactionAbortsUnlessCommitted) {
  MDB_dbi table = 0;
  {
    Transaction transaction;
    ASSERT_EQ(transaction.begin(environment_->get(), 0), 0);
    ASSERT_EQ(mdb_dbi_open(transaction.get(), "t", MDB_CREATE, &table), 0);
  }
  Transaction transaction;
  ASSERT_EQ(transaction.begin(environment_->get(), 0), 0);
  EXPECT_EQ(mdb_dbi_open(transaction.get(), "t", 0, &table), MDB_NOTFOUND);
}

TEST_F(EnvironmentTest, CursorSeeksAndEnds) {
  Transaction transaction;
  ASSERT_EQ(transaction.begin(environment_->get(), 0), 0);
  MDB_dbi table = 0;
  ASSERT_EQ(mdb_dbi_open(transaction.get(), "t", MDB_CREATE, &table), 0);
  for (const char* key : {"a", "c"}) {
    ASSERT_EQ(put(transaction.get(), table, codec::as_bytes(key), codec::as_bytes("v")), 0);
  }
  EXPECT_EQ(count(transaction.get(), table), 2u);
  Cursor cursor(transaction.get(), table);
  EXPECT_TRUE(cursor.seek(codec::as_bytes("b")));
  EXPECT_EQ(codec::as_text(cursor.key()), "c");
  EXPECT_FALSE(cursor.next());
  EXPECT_FALSE(cursor.failed());
  EXPECT_TRUE(cursor.first());
  EXPECT_EQ(codec::as_text(cursor.key()), "a");
}

TEST_F(EnvironmentTest, RemovingWhatIsAbsentIsNoFault) {
  Transaction transaction;
  ASSERT_EQ(transaction.begin(environment_->get(), 0), 0);
  MDB_dbi table = 0;
  ASSERT_EQ(mdb_dbi_open(transaction.get(), "t", MDB_CREATE, &table), 0);
  EXPECT_EQ(remove(transaction.get(), table, codec::as_bytes("a")), 0);
  EXPECT_FALSE(get(transaction.get(), table, codec::as_bytes("a")).found());
  EXPECT_FALSE(get(transaction.get(), table, codec::as_bytes("a")).failed());
}

// More than any 64-bit x86 process can map.
TEST(Environment, RefusedAddressSpaceLeadsToASmallerMapInWords) {
  TemporaryDirectory home;
  StoreOptions options;
  options.map_bytes = std::size_t{1} << 48;
  auto store = open_store(home.store(), node("self"), options);
  EXPECT_THAT(store->notice(),
              AllOf(HasSubstr("store.map_bytes"), HasSubstr(std::to_string(options.map_bytes))));
  append_all(*store, {made_up("a")});
  EXPECT_EQ(store->reader().journal_size(), 1u);
}

TEST(Environment, FileShorterThanItsLastCommitIsCompleted) {
  TemporaryDirectory home;
  {
    append_all(*open_store(home.store()), {made_up("a")});
  }
  const auto size = std::filesystem::file_size(data_file(home.store()));
  auto environment = Environment::open(home.store(), {});
  ASSERT_TRUE(environment);
  EXPECT_FALSE((*environment)->cover_file().value());
  std::filesystem::resize_file(data_file(home.store()), size - 4096);
  EXPECT_TRUE((*environment)->cover_file().value());
  EXPECT_GE(std::filesystem::file_size(data_file(home.store())), size);
}

// A reader that was killed must not keep old pages from being reused for ever.
TEST(Environment, SlotsOfKilledReadersAreFreed) {
  TemporaryDirectory home;
  StoreOptions options;
  options.readers_max = 2;
  {
    append_all(*open_store(home.store()), {made_up("a")});
  }
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  std::array<pid_t, 2> children{};
  for (pid_t& child : children) {
    child = fork();
    ASSERT_GE(child, 0);
    if (child != 0) continue;
    StoreOptions reading = options;
    reading.read_only = true;
    auto store = Store::open(home.store(), node("self"), reading);
    if (!store) _exit(1);
    Reader reader = (*store)->reader();
    if (write(ends[1], "r", 1) != 1) _exit(1);
    while (true) pause();
  }
  std::array<char, 2> ready{};
  for (char& word : ready) ASSERT_EQ(read(ends[0], &word, 1), 1);
  auto store = open_store(home.store(), node("self"), options);
  for (const pid_t child : children) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  EXPECT_EQ(store->reader().journal_size(), 1u);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace sdmp::store
