#include "engine/load/plan.h"

#include <set>

#include <gtest/gtest.h>

namespace sdmp::load {
namespace {

TEST(Plan, EveryAdversaryIsFoundByItsName) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kAdversaries; ++i) {
    const auto adversary = static_cast<Adversary>(i);
    EXPECT_EQ(adversary_by_name(name(adversary)), adversary);
    names.insert(name(adversary));
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"silent", "dribble", "garbage", "replay",
                                               "wrong-tag", "never-read"}));
  for (const char* other : {"", "Silent", "silent ", "wrong_tag"}) {
    EXPECT_FALSE(adversary_by_name(other)) << other;
  }
}

}  // namespace
}  // namespace sdmp::load
