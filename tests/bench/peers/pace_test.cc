#include "bench/peers/pace.h"

#include <gtest/gtest.h>

namespace sdmp::bench::peers {
namespace {

using std::chrono::milliseconds;

constexpr Pace::Clock::time_point kBegin{std::chrono::hours(1)};

TEST(Pace, WithoutARateEverythingIsDueAtOnce) {
  Pace pace(0);
  pace.begin(kBegin);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(pace.due(kBegin)) << i;
    EXPECT_EQ(pace.until_next(kBegin), milliseconds(0)) << i;
    pace.published();
  }
}

TEST(Pace, MessagesAreDueOneBehindTheOther) {
  Pace pace(250);
  pace.begin(kBegin);
  EXPECT_TRUE(pace.due(kBegin));
  pace.published();
  EXPECT_FALSE(pace.due(kBegin + milliseconds(3)));
  EXPECT_EQ(pace.until_next(kBegin + milliseconds(3)), milliseconds(1));
  EXPECT_TRUE(pace.due(kBegin + milliseconds(4)));
}

TEST(Pace, OneThatWasLateDelaysNoneBehindIt) {
  Pace pace(250);
  pace.begin(kBegin);
  const auto late = kBegin + milliseconds(9);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(pace.due(late)) << i;
    pace.published();
  }
  EXPECT_EQ(pace.until_next(late), milliseconds(3));
}

TEST(Pace, BeginsAnew) {
  Pace pace(250);
  pace.begin(kBegin);
  pace.published();
  pace.begin(kBegin + milliseconds(1));
  EXPECT_TRUE(pace.due(kBegin + milliseconds(1)));
}

}  // namespace
}  // namespace sdmp::bench::peers
