#include "codec/timestamp.h"

#include <gtest/gtest.h>

namespace sdmp::codec {
namespace {

TEST(Timestamp, CON_4_KnownMoments) {
  const std::pair<std::string_view, UnixMillis> moments[] = {
      {"1970-01-01T00:00:00.000Z", 0},
      {"1969-12-31T23:59:59.999Z", -1},
      {"2015-07-26T15:48:37.703Z", 1437925717703},
      {"2000-02-29T12:00:00.001Z", 951825600001},
      {"2024-02-29T00:00:00.000Z", 1709164800000},
      {"2038-01-19T03:14:08.000Z", 2147483648000},
      {"0000-01-01T00:00:00.000Z", -62167219200000},
      {"0000-02-29T00:00:00.000Z", -62162121600000},
      {"9999-12-31T23:59:59.999Z", 253402300799999},
  };
  for (const auto& [text, at] : moments) {
    const auto parsed = parse_timestamp(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, at) << text;
    EXPECT_EQ(format_timestamp(at), text);
  }
}

TEST(Timestamp, CON_4_EveryDayOfFourCenturiesRoundTrips) {
  constexpr UnixMillis kDay = 86'400'000;
  for (UnixMillis day = -200 * 366; day < 200 * 366; ++day) {
    const UnixMillis at = day * kDay + 12'345'678;
    const auto parsed = parse_timestamp(format_timestamp(at));
    ASSERT_TRUE(parsed);
    ASSERT_EQ(*parsed, at);
  }
}

TEST(Timestamp, CON_4_RefusesOtherForms) {
  const std::string_view bad[] = {"",
                                  "2015-07-26T15:48:37Z",
                                  "2015-07-26T15:48:37.70Z",
                                  "2015-07-26T15:48:37.7033Z",
                                  "2015-07-26T15:48:37.703",
                                  "2015-07-26T15:48:37.703z",
                                  "2015-07-26t15:48:37.703Z",
                                  "2015-07-26 15:48:37.703Z",
                                  "2015-07-26T15:48:37,703Z",
                                  "2015-07-26T15:48:37.703+00:00",
                                  "20150726T154837.703Z",
                                  "+015-07-26T15:48:37.703Z",
                                  "2015-7-026T15:48:37.703Z",
                                  " 2015-07-26T15:48:37.703Z",
                                  "2015-07-26T15:48:37.703Z ",
                                  "2015-07-26T15:48:37.-03Z",
                                  "12015-07-26T15:48:37.703Z"};
  for (const std::string_view text : bad) {
    const auto parsed = parse_timestamp(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), Error::kTimestamp);
  }
}

TEST(Timestamp, CON_4_RefusesMomentsThatDoNotExist) {
  const std::string_view bad[] = {
      "2015-00-26T15:48:37.703Z", "2015-13-26T15:48:37.703Z", "2015-07-00T15:48:37.703Z",
      "2015-07-32T15:48:37.703Z", "2015-04-31T15:48:37.703Z", "2015-02-29T15:48:37.703Z",
      "1900-02-29T15:48:37.703Z", "2024-02-30T15:48:37.703Z", "2015-07-26T24:00:00.000Z",
      "2015-07-26T15:60:37.703Z", "2015-07-26T15:48:60.000Z", "2016-12-31T23:59:60.000Z"};
  for (const std::string_view text : bad) EXPECT_FALSE(parse_timestamp(text)) << text;
}

}  // namespace
}  // namespace sdmp::codec
