#include "codec/deflate_codes.h"

#include <gtest/gtest.h>

#include "codec/trained_codes.h"

namespace sdmp::codec {
namespace {

constexpr std::string_view kContainerOctets =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_{}[]\":,";

// RFC 1951 section 3.2.5.
TEST(DeflateCodes, SymbolsAreThoseOfTheRfc) {
  EXPECT_EQ(length_symbol(3), 257u);
  EXPECT_EQ(length_symbol(10), 264u);
  EXPECT_EQ(length_symbol(11), 265u);
  EXPECT_EQ(length_symbol(12), 265u);
  EXPECT_EQ(length_symbol(13), 266u);
  EXPECT_EQ(length_symbol(257), 284u);
  EXPECT_EQ(length_symbol(258), 285u);
  EXPECT_EQ(distance_symbol(4), 3u);
  EXPECT_EQ(distance_symbol(6), 4u);
  EXPECT_EQ(distance_symbol(24576), 28u);
  EXPECT_EQ(distance_extra_bits(3), 0u);
  EXPECT_EQ(distance_extra_bits(4), 1u);
  EXPECT_EQ(distance_extra_bits(29), 13u);
}

TEST(DeflateCodes, WhatContainersNeedHasACode) {
  for (const TrainedCode& trained : {kTrainedSmall, kTrainedLarge}) {
    const DeflateCodes codes(trained.code, trained.length_max);
    for (std::size_t octet = 0; octet < 256; ++octet) {
      const bool needed = kContainerOctets.find(static_cast<char>(octet)) != std::string_view::npos;
      EXPECT_EQ(codes.literals[octet] != 0, needed) << octet;
    }
    for (std::uint32_t length = 4; length <= trained.length_max; ++length) {
      EXPECT_NE(codes.lengths[length], 0u) << length;
    }
    for (std::uint32_t symbol = 0; symbol <= distance_symbol(trained.distance_max); ++symbol) {
      EXPECT_NE(codes.distances[symbol], 0u) << symbol;
    }
  }
}

TEST(DeflateCodes, RowsSayWhatTheTableSays) {
  const DeflateCodes codes(kTrainedSmall.code, kTrainedSmall.length_max);
  for (std::size_t octet = 0; octet < 256; ++octet) {
    const std::size_t row = octet / 16 - DeflateCodes::kRowFirst;
    if (row >= DeflateCodes::kRows) {
      EXPECT_EQ(codes.literals[octet], 0u) << octet;
      continue;
    }
    const std::uint32_t high_and_bits = codes.rows[row].high_and_bits[octet % 16];
    EXPECT_EQ(
        codes.literals[octet],
        code_entry(codes.rows[row].low[octet % 16] | high_and_bits >> 4 << 8, high_and_bits & 15));
  }
}

}  // namespace
}  // namespace sdmp::codec
