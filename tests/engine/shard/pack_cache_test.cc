#include "engine/shard/pack_cache.h"

#include <gtest/gtest.h>


namespace sdmp::shard {
namespace {

using Kind = PackCache::Key::Kind;

TEST(PackCache, FindsByEverythingThatTheMessageSays) {
  PackCache cache;
  const codec::ByteVector packed(256, 7);
  cache.put({Kind::kUpdate, 5, 2, "since"}, packed);
  ASSERT_NE(cache.find({Kind::kUpdate, 5, 2, "since"}), nullptr);
  EXPECT_EQ(*cache.find({Kind::kUpdate, 5, 2, "since"}), packed);
  EXPECT_EQ(cache.find({Kind::kUpdate, 5, 2, "other"}), nullptr);
  EXPECT_EQ(cache.find({Kind::kUpdate, 5, 3, "since"}), nullptr);
  EXPECT_EQ(cache.find({Kind::kUpdate, 4, 2, "since"}), nullptr);
  EXPECT_EQ(cache.find({Kind::kPush, 5, 2, "since"}), nullptr);
}

TEST(PackCache, TheKeysTextNeedNotStay) {
  PackCache cache;
  {
    const std::string since(86, 'x');
    cache.put({Kind::kUpdate, 1, 1, since}, codec::ByteVector(256));
  }
  EXPECT_NE(cache.find({Kind::kUpdate, 1, 1, std::string(86, 'x')}), nullptr);
}

TEST(PackCache, HoldsTheLatestOnes) {
  constexpr std::uint64_t kLines = 2000;
  PackCache cache;
  for (std::uint64_t line = 1; line <= kLines; ++line) {
    cache.put({Kind::kPush, line, 1, {}}, codec::ByteVector(2048, static_cast<std::uint8_t>(line)));
  }
  for (std::uint64_t line = 1; line <= kLines; ++line) {
    const codec::ByteVector* packed = cache.find({Kind::kPush, line, 1, {}});
    ASSERT_NE(packed, nullptr) << line;
    EXPECT_EQ(packed->front(), static_cast<std::uint8_t>(line));
  }
}

TEST(PackCache, TheOldestGoFirst) {
  PackCache cache;
  for (std::uint64_t line = 0; line <= PackCache::kEntriesMax; ++line) {
    cache.put({Kind::kPush, line, 1, {}}, codec::ByteVector(256));
  }
  EXPECT_EQ(cache.size(), PackCache::kEntriesMax);
  EXPECT_EQ(cache.find({Kind::kPush, 0, 1, {}}), nullptr);
  EXPECT_NE(cache.find({Kind::kPush, PackCache::kEntriesMax, 1, {}}), nullptr);
}

TEST(PackCache, ItsMemoryIsBounded) {
  PackCache cache;
  const codec::ByteVector large(PackCache::kBytesMax / 4);
  for (std::uint64_t line = 0; line < 20; ++line) cache.put({Kind::kPush, line, 1, {}}, large);
  EXPECT_LE(cache.bytes(), PackCache::kBytesMax);
  cache.put({Kind::kPush, 99, 1, {}}, codec::ByteVector(PackCache::kBytesMax + 1));
  EXPECT_EQ(cache.find({Kind::kPush, 99, 1, {}}), nullptr);
}

}  // namespace
}  // namespace sdmp::shard
