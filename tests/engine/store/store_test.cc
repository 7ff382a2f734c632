#include "engine/store/store.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/engine/store/support.h"

namespace sdmp::store {
namespace {

using ::testing::AllOf;
using testing::append_all;
using testing::Draft;
using ::testing::HasSubstr;
using testing::id;
using testing::made_up;
using testing::node;
using testing::open_store;
using testing::TemporaryDirectory;

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status;
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

StoreOptions read_only() {
  StoreOptions options;
  options.read_only = true;
  return options;
}

StoreError open_error(const std::filesystem::path& directory, const StoreOptions& options = {}) {
  auto store = Store::open(directory, node("self"), options);
  EXPECT_FALSE(store);
  return store ? StoreError{} : store.error();
}

TEST(Store, CreatesPrivateFiles) {
  TemporaryDirectory home;
  const auto store = open_store(home.store());
  EXPECT_EQ(mode_of(home.store()), 0700u);
  EXPECT_EQ(mode_of(data_file(home.store())), 0600u);
  EXPECT_EQ(mode_of(home.store() / "lock.mdb"), 0600u);
  EXPECT_EQ(store->self(), node("self"));
}

TEST(Store, ReopensWithEverything) {
  TemporaryDirectory home;
  codec::LineNumber next;
  {
    auto store = open_store(home.store());
    append_all(*store, {made_up("a"), made_up("b")});
    next = store->reader().next_number();
  }
  auto store = open_store(home.store());
  Reader reader = store->reader();
  EXPECT_EQ(reader.journal_size(), 2u);
  EXPECT_EQ(reader.next_number(), next);
  EXPECT_EQ(reader.find(id("b"))->container, "{b}");
}

TEST(Store, MissingOneIsNotCreatedForReading) {
  TemporaryDirectory home;
  const StoreError error = open_error(home.store(), read_only());
  EXPECT_EQ(error.kind, StoreError::Kind::kMissing);
  EXPECT_THAT(error.message, HasSubstr(home.store().string()));
  EXPECT_FALSE(std::filesystem::exists(home.store()));
}

TEST(Store, OfAnotherNodeIsForeign) {
  TemporaryDirectory home;
  open_store(home.store(), node("another"));
  for (const StoreOptions& options : {StoreOptions{}, read_only()}) {
    const StoreError error = open_error(home.store(), options);
    EXPECT_EQ(error.kind, StoreError::Kind::kForeign);
    EXPECT_THAT(error.message, AllOf(HasSubstr(node("another").text().substr(0, 8)),
                                     HasSubstr(node("self").text().substr(0, 8))));
  }
}

TEST(Store, UnknownFormatVersionIsForeign) {
  TemporaryDirectory home;
  open_store(home.store());
  testing::tamper(home.store(), "meta", [](MDB_txn* txn, MDB_dbi table) {
    return put(txn, table, codec::as_bytes(records::kFormatKey), records::write_u32(99));
  });
  const StoreError error = open_error(home.store());
  EXPECT_EQ(error.kind, StoreError::Kind::kForeign);
  EXPECT_THAT(error.message, HasSubstr("99"));
}

TEST(Store, DatabaseOfSomethingElseIsForeignAndUntouched) {
  TemporaryDirectory home;
  ASSERT_TRUE(make_directory(home.store()));
  const auto foreign_rows = [&](const char* table, unsigned create, bool write) {
    auto environment = Environment::open(home.store(), {});
    ASSERT_TRUE(environment);
    Transaction transaction;
    ASSERT_EQ(transaction.begin((*environment)->get(), 0), 0);
    MDB_dbi handle = 0;
    ASSERT_EQ(mdb_dbi_open(transaction.get(), table, create, &handle), 0);
    if (write) {
      ASSERT_EQ(put(transaction.get(), handle, codec::as_bytes("k"), codec::as_bytes("v")), 0);
    }
    MDB_dbi unnamed = 0;
    ASSERT_EQ(mdb_dbi_open(transaction.get(), nullptr, 0, &unnamed), 0);
    EXPECT_EQ(count(transaction.get(), unnamed), 1u);
    ASSERT_EQ(transaction.commit(), 0);
  };
  foreign_rows("addresses", MDB_CREATE, true);
  EXPECT_EQ(open_error(home.store()).kind, StoreError::Kind::kForeign);
  foreign_rows("addresses", 0, false);
}

TEST(Store, GarbageInsteadOfADatabaseIsCorrupt) {
  TemporaryDirectory home;
  ASSERT_TRUE(make_directory(home.store()));
  std::ofstream(data_file(home.store())) << std::string(16384, 'x');
  const StoreError error = open_error(home.store());
  EXPECT_EQ(error.kind, StoreError::Kind::kCorrupt);
  EXPECT_THAT(error.message, AllOf(HasSubstr(home.store().string()), HasSubstr("sdmp verify")));
}

void overwrite(const std::filesystem::path& file, std::streamoff offset, std::string_view octets) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(offset);
  stream << octets;
  ASSERT_TRUE(stream.good());
}

// LMDB has two meta pages; the one of the newest commit says where its trees begin.
TEST(Store, DestroyedMetaPageIsRefusedInWords) {
  for (const std::streamoff page : {0, 1}) {
    TemporaryDirectory home;
    append_all(*open_store(home.store()), {made_up("a")});
    overwrite(data_file(home.store()), page * sysconf(_SC_PAGESIZE), std::string(200, '\0'));
    EXPECT_EQ(open_error(home.store()).kind, StoreError::Kind::kCorrupt);
  }
}

// A commit that the power failure cut off before its meta page: the older meta page counts.
TEST(Store, LostMetaPageOfTheLastCommitLeavesTheOneBefore) {
  TemporaryDirectory home;
  std::string before;
  {
    auto store = open_store(home.store());
    append_all(*store, {made_up("a"), made_up("b")});
    std::ifstream stream(data_file(home.store()), std::ios::binary);
    before.assign(static_cast<std::size_t>(2 * sysconf(_SC_PAGESIZE)), '\0');
    stream.read(before.data(), static_cast<std::streamsize>(before.size()));
    append_all(*store, {made_up("c")});
  }
  overwrite(data_file(home.store()), 0, before);
  auto store = open_store(home.store());
  EXPECT_EQ(store->reader().journal_size(), 2u);
  append_all(*store, {made_up("d")});
  EXPECT_EQ(store->reader().journal_size(), 3u);
}

TEST(Store, FileCutShortIsCorrupt) {
  TemporaryDirectory home;
  {
    auto store = open_store(home.store());
    std::vector<Draft> drafts;
    for (int i = 0; i < 500; ++i) drafts.push_back(made_up(std::to_string(i)));
    append_all(*store, drafts);
  }
  const auto size = std::filesystem::file_size(data_file(home.store()));
  std::filesystem::resize_file(data_file(home.store()), size / 2);
  const StoreError error = open_error(home.store());
  EXPECT_EQ(error.kind, StoreError::Kind::kCorrupt);
}

TEST(Store, CrashInItsCreationIsNoFault) {
  TemporaryDirectory home;
  ASSERT_TRUE(make_directory(home.store()));
  {
    ASSERT_TRUE(Environment::open(home.store(), {}));
  }
  EXPECT_EQ(open_error(home.store(), read_only()).kind, StoreError::Kind::kMissing);
  append_all(*open_store(home.store()), {made_up("a")});
}

TEST(Store, DirectoryThatCannotBeMadeIsAnError) {
  const StoreError error = open_error("/proc/no-such-place/store");
  EXPECT_EQ(error.kind, StoreError::Kind::kIo);
  EXPECT_THAT(error.message, HasSubstr("/proc/no-such-place/store"));
}

TEST(Store, SixtyFourGibibytesOfAddressSpaceCostNoDisk) {
  TemporaryDirectory home;
  const auto store = open_store(home.store());
  EXPECT_EQ(store->notice(), "");
  EXPECT_LT(std::filesystem::file_size(data_file(home.store())), 1u << 20);
}

// sdmp show on a home whose daemon is running: another process reads while this one writes.
TEST(Store, IsReadByAnotherProcessWhileThisOneWrites) {
  TemporaryDirectory home;
  {
    append_all(*open_store(home.store()), {made_up("0")});
  }
  std::array<int, 2> go{};
  std::array<int, 2> answer{};
  ASSERT_EQ(pipe(go.data()), 0);
  ASSERT_EQ(pipe(answer.data()), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Both processes have it open, then each read of a byte is one commit of the parent.
    auto store = Store::open(home.store(), node("self"), read_only());
    if (!store) _exit(1);
    Reader reader = (*store)->reader();
    char word = 0;
    while (true) {
      reader.refresh();
      const std::uint64_t size = reader.journal_size();
      if (!reader.find(reader.journal_entry(size).resource)) _exit(2);
      if (write(answer[1], &size, sizeof size) != sizeof size) _exit(3);
      if (read(go[0], &word, 1) != 1 || word == 'q') _exit(0);
    }
  }
  auto store = open_store(home.store());
  for (std::uint64_t expected = 1; expected <= 20; ++expected) {
    std::uint64_t seen = 0;
    ASSERT_EQ(read(answer[0], &seen, sizeof seen), static_cast<ssize_t>(sizeof seen));
    EXPECT_EQ(seen, expected);
    append_all(*store, {made_up(std::to_string(expected))});
    ASSERT_EQ(write(go[1], expected == 20 ? "q" : "g", 1), 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  for (const int fd : {go[0], go[1], answer[0], answer[1]}) close(fd);
}

}  // namespace
}  // namespace sdmp::store
