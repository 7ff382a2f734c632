#include "engine/shard/places.h"

#include <gtest/gtest.h>

namespace sdmp::shard {
namespace {

TEST(Places, APromisedPlaceIsLeftButNotFree) {
  Places places(2);
  EXPECT_TRUE(places.has_free());
  places.take();
  places.promise();
  EXPECT_EQ(places.left(), 1u);
  EXPECT_FALSE(places.has_free());
  places.end_promise();
  EXPECT_TRUE(places.has_free());
  places.take();
  EXPECT_FALSE(places.has_free());
  places.give_back();
  EXPECT_EQ(places.left(), 1u);
}

TEST(Places, MoreTakenThanThereAreLeavesNone) {
  Places places(1);
  places.take();
  places.take();
  EXPECT_EQ(places.left(), 0u);
  EXPECT_FALSE(places.has_free());
  places.give_back();
  EXPECT_EQ(places.left(), 0u);
}

TEST(Places, WithoutATableNoneIsFree) {
  const Places places(0);
  EXPECT_EQ(places.left(), 0u);
  EXPECT_FALSE(places.has_free());
}

}  // namespace
}  // namespace sdmp::shard
