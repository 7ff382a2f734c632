#include "engine/load/reopener.h"

#include <gtest/gtest.h>

namespace sdmp::load {
namespace {

TEST(Reopener, EachWaitsItsTimeAndComesOnce) {
  Reopener reopener;
  EXPECT_FALSE(reopener.next_due_ns());
  EXPECT_FALSE(reopener.take(INT64_MAX));
  reopener.add(1000, 7);
  reopener.add(1000, 3);
  reopener.add(1500, 5);
  EXPECT_EQ(reopener.next_due_ns(), 1000 + kReopenNs);
  EXPECT_FALSE(reopener.take(999 + kReopenNs));
  EXPECT_EQ(reopener.take(1000 + kReopenNs), 7u);
  EXPECT_EQ(reopener.take(1000 + kReopenNs), 3u);
  EXPECT_FALSE(reopener.take(1000 + kReopenNs));
  EXPECT_EQ(reopener.next_due_ns(), 1500 + kReopenNs);
  EXPECT_EQ(reopener.take(2000 + kReopenNs), 5u);
  EXPECT_FALSE(reopener.next_due_ns());
}

}  // namespace
}  // namespace sdmp::load
