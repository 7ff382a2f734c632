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
  EXPECT_TRUE(places.was_full()) << "it may have accepted between the parts of that turn";
  places.begin_turn();
  EXPECT_FALSE(places.was_full());
}

TEST(Places, WithoutATableNoneIsFreeAndNothingFull) {
  const Places places(0);
  EXPECT_EQ(places.left(), 0u);
  EXPECT_FALSE(places.has_free());
  EXPECT_FALSE(places.was_full());
}

TEST(Tables, GrowUpToTheirNumber) {
  Tables tables(100, 2);
  EXPECT_EQ(tables.few(), 25u);
  EXPECT_TRUE(tables.has_roomy());
  for (int i = 0; i < 76; ++i) tables.at(0).take();
  EXPECT_FALSE(tables.has_roomy());
  EXPECT_TRUE(tables.has_free());
  ASSERT_TRUE(tables.may_grow());
  tables.grow();
  EXPECT_FALSE(tables.may_grow());
  EXPECT_EQ(tables.all(), 200u);
  EXPECT_EQ(tables.roomiest(), 1u);
  EXPECT_TRUE(tables.has_roomy());
  // A place belongs to the table of its ring.
  for (int i = 0; i < 90; ++i) tables.of(ring::Handle::in_table(i, 1)).take();
  EXPECT_EQ(tables.roomiest(), 0u);
}

TEST(Tables, PromisedPlacesAreNotFree) {
  Tables tables(2, 1);
  EXPECT_EQ(tables.few(), 1u);
  tables.at(0).promise();
  EXPECT_TRUE(tables.has_free());
  tables.at(0).promise();
  EXPECT_FALSE(tables.has_free());
  EXPECT_EQ(tables.at(0).left(), 2u);
}

TEST(Tables, NoPlacesNoTables) {
  const Tables tables(0, 8);
  EXPECT_FALSE(tables.exist());
  EXPECT_FALSE(tables.may_grow());
  EXPECT_EQ(tables.all(), 0u);
}

}  // namespace
}  // namespace sdmp::shard
