#include "engine/load/format.h"

#include <limits>

#include <gtest/gtest.h>

namespace sdmp::load {
namespace {

TEST(Format, DigitsBehindThePoint) {
  EXPECT_EQ(fixed(3.14159, 2), "3.14");
  EXPECT_EQ(trimmed(2.5, 3), "2.5");
  EXPECT_EQ(trimmed(1000, 3), "1000");
  EXPECT_EQ(trimmed(2.0001, 3), "2");
  EXPECT_EQ(trimmed(-0.0001, 2), "0");
  EXPECT_EQ(fixed(std::numeric_limits<double>::infinity(), 2), "–");
}

TEST(Format, DigitsThatCount) {
  EXPECT_EQ(significant(7.2149), "7.21");
  EXPECT_EQ(significant(9.996), "10.0");
  EXPECT_EQ(significant(0.001234), "0.00123");
  EXPECT_EQ(significant(48210.4), "48210");
  EXPECT_EQ(significant(0), "0");
  EXPECT_EQ(significant(-1.5), "-1.50");
  EXPECT_EQ(significant(std::numeric_limits<double>::quiet_NaN()), "–");
}

TEST(Format, GroupsOfThree) {
  EXPECT_EQ(grouped(std::uint64_t{0}), "0");
  EXPECT_EQ(grouped(std::uint64_t{999}), "999");
  EXPECT_EQ(grouped(std::uint64_t{1000}), "1,000");
  EXPECT_EQ(grouped(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
  EXPECT_EQ(grouped(-1234.6), "-1,235");
  EXPECT_EQ(amount(48210.4), "48,210");
  EXPECT_EQ(amount(99.96), "100");
  EXPECT_EQ(amount(1.234), "1.23");
  EXPECT_EQ(amount(8), "8");
  EXPECT_EQ(amount(0), "0");
}

TEST(Format, DurationsHaveTheUnitThatSuits) {
  EXPECT_EQ(duration(0), "0 ns");
  EXPECT_EQ(duration(999), "999 ns");
  EXPECT_EQ(duration(999.7), "1.00 µs");
  EXPECT_EQ(duration(1000), "1.00 µs");
  EXPECT_EQ(duration(999'400), "999 µs");
  EXPECT_EQ(duration(999'900), "1.00 ms");
  EXPECT_EQ(duration(7'214'000), "7.21 ms");
  EXPECT_EQ(duration(1.02e9), "1.02 s");
  EXPECT_EQ(duration(4.2e12), "4200 s");
}

TEST(Format, BytesInPowersOf1024) {
  EXPECT_EQ(bytes(640), "640 B");
  EXPECT_EQ(bytes(1023), "0.999 KiB");
  EXPECT_EQ(bytes(9318), "9.10 KiB");
  EXPECT_EQ(bytes(1.5 * 1024 * 1024 * 1024), "1.50 GiB");
}

TEST(Format, Capitals) {
  EXPECT_EQ(capitalized("messages"), "Messages");
  EXPECT_EQ(capitalized("µs"), "µs");
  EXPECT_EQ(capitalized(""), "");
}

TEST(Format, WidthsCountCharacters) {
  EXPECT_EQ(width("5 µs"), 4u);
  EXPECT_EQ(right("5 µs", 6), "  5 µs");
  EXPECT_EQ(left("5 µs", 6), "5 µs  ");
  EXPECT_EQ(left("longer", 3), "longer");
}

}  // namespace
}  // namespace sdmp::load
