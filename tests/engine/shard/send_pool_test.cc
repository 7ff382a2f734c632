#include "engine/shard/send_pool.h"

#include <gtest/gtest.h>

#include "codec/digest.h"
#include "engine/protocol/limits.h"

namespace sdmp::shard {
namespace {

TEST(SendPool, GivesTheSmallestClassThatFits) {
  SendPool pool;
  EXPECT_EQ(pool.take(1)->capacity, SendPool::kClasses[0]);
  EXPECT_EQ(pool.take(SendPool::kClasses[0] + 1)->capacity, SendPool::kClasses[1]);
  EXPECT_EQ(pool.take(1'000'000)->capacity, 1'000'000u);
}

TEST(SendPool, ReusesWhatCameBack) {
  SendPool pool;
  auto buffer = pool.take(1);
  buffer->end = 10;
  buffer->begin = 5;
  const SendBuffer* which = buffer.get();
  pool.give_back(std::move(buffer));
  EXPECT_EQ(pool.kept_bytes(), SendPool::kClasses[0]);
  buffer = pool.take(1);
  EXPECT_EQ(buffer.get(), which);
  EXPECT_TRUE(buffer->unsent().empty());
  EXPECT_EQ(pool.kept_bytes(), 0u);
}

TEST(SendPool, KeepsWhatTheLongestJournalUpdateNeeds) {
  // Three digests a line, which base64url and DEFLATE bring back to their size.
  constexpr std::size_t kUpdateBytes = protocol::kUpdateEntriesMax * (3 * codec::kDigestBytes + 6);
  SendPool pool;
  pool.give_back(pool.take(kUpdateBytes));
  EXPECT_GE(pool.kept_bytes(), kUpdateBytes);
}

TEST(SendPool, KeepsABoundedAmountAndNoLargeOnes) {
  SendPool pool;
  pool.give_back(nullptr);
  pool.give_back(pool.take(1'000'000));
  EXPECT_EQ(pool.kept_bytes(), 0u);
  std::vector<std::unique_ptr<SendBuffer>> many;
  for (int i = 0; i < 300; ++i) many.push_back(pool.take(SendPool::kClasses.back()));
  for (auto& buffer : many) pool.give_back(std::move(buffer));
  EXPECT_LE(pool.kept_bytes(), SendPool::kKeptBytesMax);
}

TEST(SendPool, TrimFreesWhatWasNotNeededSinceTheLastOne) {
  SendPool pool;
  std::vector<std::unique_ptr<SendBuffer>> many;
  for (int i = 0; i < 10; ++i) many.push_back(pool.take(1));
  for (auto& buffer : many) pool.give_back(std::move(buffer));
  pool.trim();
  EXPECT_EQ(pool.kept_bytes(), 10 * SendPool::kClasses[0]) << "all ten were in use";
  {
    auto one = pool.take(1);
    auto another = pool.take(1);
    pool.give_back(std::move(one));
    pool.give_back(std::move(another));
  }
  pool.trim();
  EXPECT_EQ(pool.kept_bytes(), 2 * SendPool::kClasses[0]);
  pool.trim();
  EXPECT_EQ(pool.kept_bytes(), 0u);
}

}  // namespace
}  // namespace sdmp::shard
