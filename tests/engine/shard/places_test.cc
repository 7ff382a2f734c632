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

TEST(Places, WasFullThoughTheSameTurnGaveBack) {
  Places places(3);
  for (int i = 0; i < 2; ++i) places.take();
  EXPECT_FALSE(places.was_full());
  places.give_back();
  EXPECT_FALSE(places.was_full());
  for (int i = 0; i < 2; ++i) places.take();
  EXPECT_TRUE(places.was_full());
  places.begin_turn();
  for (int i = 0; i < 3; ++i) places.give_back();
  EXPECT_TRUE(places.was_full()) << "the kernel does not know of it yet";
  places.begin_turn();
  EXPECT_FALSE(places.was_full());
}

TEST(Places, WithoutATableNoneIsFreeAndNothingFull) {
  const Places places(0);
  EXPECT_EQ(places.left(), 0u);
  EXPECT_FALSE(places.has_free());
  EXPECT_FALSE(places.was_full());
}

}  // namespace
}  // namespace sdmp::shard
