#include "engine/load/post_maker.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "codec/container.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::load {
namespace {

using protocol::testing::kNow;
using protocol::testing::make_key;

Plan of_sizes(std::vector<SizeShare> sizes) {
  Plan plan;
  plan.sizes = std::move(sizes);
  return plan;
}

std::string content_of(const Post& post) {
  codec::ContainerReader reader;
  const auto container = reader.parse_copy(post.text).value();
  return std::string(container.payload->find("post")->find("content")->string());
}

TEST(PostMaker, MeetsTheSizeWithinTwoOctets) {
  const struct {
    codec::KeyType type;
    std::size_t least;  // what a tag and the signature take
  } keys[] = {{codec::KeyType::kEd25519, kPostBytesMin}, {codec::KeyType::kRsa, 920}};
  for (const auto& [type, least] : keys) {
    const codec::PrivateKey key = make_key(1, type);
    for (std::size_t size = least; size <= 16 * 1024; size += size < 1200 ? 1 : 397) {
      const Plan plan = of_sizes({{size, 1}});
      PostMaker maker(plan, "0123456789ab", 1);
      const Post post = maker.make(key, kNow, {3, size});
      ASSERT_LE(post.text.size(), size + 2);
      ASSERT_GE(post.text.size() + 2, size);
    }
  }
}

TEST(PostMaker, TheLeastSizeHoldsTheLongestTagOfALongRun) {
  const codec::PrivateKey key = make_key(1);
  const Plan plan = of_sizes({{kPostBytesMin, 1}});
  PostMaker maker(plan, "0123456789ab", 1);
  EXPECT_LE(maker.make(key, kNow, {9'999, 999'999'999}).text.size(), kPostBytesMin + 2);
}

TEST(PostMaker, EveryPostIsDifferentSignedAndNamedByItsIdentifier) {
  const codec::PrivateKey key = make_key(1);
  const Plan plan = of_sizes({{640, 1}, {2048, 1}});
  PostMaker maker(plan, "run", 7);
  codec::ContainerReader reader;
  std::set<std::string> identifiers;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Post post = maker.make(key, kNow, {5, i});
    const auto container = reader.parse_copy(post.text);
    ASSERT_TRUE(container);
    EXPECT_TRUE(container->lists(codec::Schema::kPost));
    EXPECT_EQ(container->identifier(), post.identifier);
    EXPECT_EQ(container->publisher, key.public_key().fingerprint());
    EXPECT_TRUE(container->verify(key.public_key()));
    EXPECT_EQ(read_tag("run", content_of(post)), (Tag{5, i}));
    EXPECT_TRUE(identifiers.insert(post.identifier.text()).second);
  }
}

TEST(PostMaker, SizesAreDrawnByTheirWeights) {
  const codec::PrivateKey key = make_key(1);
  const Plan plan = of_sizes({{650, 3}, {900, 1}});
  PostMaker maker(plan, "run", 11);
  int small = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    small += maker.make(key, kNow, {0, i}).text.size() < 700 ? 1 : 0;
  }
  EXPECT_NEAR(small, 1500, 100);
}

TEST(PostMaker, TextsArePublishedByTurnsBehindTheTag) {
  const codec::PrivateKey key = make_key(1);
  Plan plan;
  plan.texts = {"one", "\"two\"\n\xc3\xa9", "three"};
  PostMaker maker(plan, "run", 1);
  for (std::uint64_t i = 0; i < 7; ++i) {
    EXPECT_EQ(content_of(maker.make(key, kNow, {0, i})),
              tag_text("run", {0, i}) + plan.texts[i % 3]);
  }
}

TEST(PostMaker, TheSameSeedMakesTheSamePosts) {
  const codec::PrivateKey key = make_key(1);
  const Plan plan = of_sizes({{650, 1}, {1200, 1}});
  const auto make = [&](std::uint64_t seed) {
    PostMaker maker(plan, "run", seed);
    std::string all;
    for (std::uint64_t i = 0; i < 10; ++i) all += maker.make(key, kNow, {0, i}).text;
    return all;
  };
  EXPECT_EQ(make(1), make(1));
  EXPECT_NE(make(1), make(2));
}

}  // namespace
}  // namespace sdmp::load
