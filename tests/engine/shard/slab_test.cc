#include "engine/shard/slab.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace sdmp::shard {
namespace {

// Of 1000 octets: 130 in a page.
struct Thing {
  explicit Thing(int which, std::string words = {}) : number(which), text(std::move(words)) {}

  int number;
  std::string text;
  char rest[960] = {};
};
static_assert(sizeof(Thing) == 1000);
using ThingSlab = Slab<Thing>;

TEST(Slab, ConstructsAndDestroys) {
  ThingSlab slab;
  const auto text = std::make_shared<std::string>("alive");
  Slab<std::shared_ptr<std::string>> pointers;
  {
    const auto kept = pointers.make(text);
    EXPECT_EQ(text.use_count(), 2);
    const auto thing = slab.make(7, "a text that is too long to lie within the string itself");
    EXPECT_EQ(thing->number, 7);
    EXPECT_EQ(thing->text.size(), 55u);
  }
  EXPECT_EQ(text.use_count(), 1);
}

TEST(Slab, ObjectsLieSideBySide) {
  ThingSlab slab;
  std::vector<ThingSlab::Pointer> things;
  for (int i = 0; i < 100; ++i) things.push_back(slab.make(i));
  EXPECT_EQ(slab.pages(), 1u);
  for (int i = 1; i < 100; ++i) {
    EXPECT_EQ(reinterpret_cast<std::byte*>(things[i].get()) -
                  reinterpret_cast<std::byte*>(things[i - 1].get()),
              1008);
  }
}

TEST(Slab, WhatWasFreedIsUsedFirst) {
  ThingSlab slab;
  std::vector<ThingSlab::Pointer> things;
  for (int i = 0; i < 1000; ++i) things.push_back(slab.make(i));
  const std::size_t pages = slab.pages();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; i += 3) things[i].reset();
    for (int i = 0; i < 1000; i += 3) things[i] = slab.make(i);
  }
  EXPECT_EQ(slab.pages(), pages);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(things[i]->number, i);
}

TEST(Slab, EmptyPagesGoBackSaveOne) {
  ThingSlab slab;
  std::vector<ThingSlab::Pointer> things;
  for (int i = 0; i < 1000; ++i) things.push_back(slab.make(i));
  EXPECT_EQ(slab.pages(), 8u);
  // From the middle to both ends.
  std::ranges::rotate(things, things.begin() + 500);
  while (!things.empty()) things.pop_back();
  EXPECT_EQ(slab.pages(), 1u);
  const auto again = slab.make(1);
  EXPECT_EQ(slab.pages(), 1u);
}

}  // namespace
}  // namespace sdmp::shard
