#include "bench/peers/tally.h"

#include <gtest/gtest.h>

namespace sdmp::bench::peers {
namespace {

TEST(Tally, AMessageIsThereWhenAllSubscribersHaveIt) {
  Tally tally(2, 2, 64, 4);
  tally.next_payload(0);
  const std::string payload(tally.next_payload(1));
  EXPECT_EQ(tally.delivered(0, payload), std::nullopt);
  EXPECT_EQ(tally.delivered(1, payload), 1u);
  EXPECT_EQ(tally.verified().expected, 4u);
  EXPECT_EQ(tally.verified().received, 2u);
  EXPECT_EQ(tally.verified().missing(), 2u);
  EXPECT_FALSE(tally.verified().complete());
}

TEST(Tally, TellsWhatCameTwiceAndWhatIsNotAsItWasSent) {
  Tally tally(1, 1, 64, 4);
  const std::string first(tally.next_payload(0));
  const std::string second(tally.next_payload(0));
  EXPECT_EQ(tally.delivered(0, first), 0u);
  EXPECT_EQ(tally.delivered(0, first), std::nullopt);
  EXPECT_EQ(tally.verified().duplicated, 1u);
  for (std::size_t i = 0; i < second.size(); ++i) {
    if (i >= 8 && i < 9) continue;  // the number's least octet: 1 becomes 0, which came before
    std::string altered = second;
    altered[i] ^= 1;
    EXPECT_EQ(tally.delivered(0, altered), std::nullopt) << i;
  }
  EXPECT_EQ(tally.verified().corrupt, 63u);
  EXPECT_EQ(tally.delivered(0, second.substr(1)), std::nullopt);
  EXPECT_EQ(tally.verified().corrupt, 64u);
  EXPECT_EQ(tally.delivered(0, second), 0u);
  EXPECT_EQ(tally.verified().missing(), 0u);
}

}  // namespace
}  // namespace sdmp::bench::peers
