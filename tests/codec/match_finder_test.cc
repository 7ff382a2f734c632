#include "codec/match_finder.h"

#include <gtest/gtest.h>

#include "test_octets.h"

namespace sdmp::codec {
namespace {

// Checks every match against what was written so far.
struct Replay {
  std::string text;
  std::size_t matches = 0;
  std::uint32_t longest = 0;
  std::uint32_t farthest = 0;

  void literals(const std::uint8_t* at, std::size_t count) { text += as_text({at, count}); }
  void match(std::uint32_t length, std::uint32_t distance) {
    ASSERT_GE(length, MatchFinder::kMatchMin);
    ASSERT_GE(distance, 1u);
    ASSERT_LE(distance, text.size());
    for (std::uint32_t i = 0; i < length; ++i) text.push_back(text[text.size() - distance]);
    ++matches;
    longest = std::max(longest, length);
    farthest = std::max(farthest, distance);
  }
};

TEST(MatchFinder, WhatItFindsIsTheText) {
  MatchFinder finder;
  for (unsigned seed = 0; seed < 300; ++seed) {
    // Few kinds of octets repeat much, many little; sizes on both sides of every threshold.
    const std::size_t size = seed < 40 ? seed : seed * 61;
    ByteVector text = noise(size, seed);
    for (std::uint8_t& octet : text) octet = static_cast<std::uint8_t>(octet % (2 + seed % 50));
    const std::uint32_t length_max = seed % 2 == 0 ? 258 : 34;
    Replay replay;
    finder.parse(text, length_max, replay);
    ASSERT_EQ(replay.text, as_text(text)) << seed;
    EXPECT_LE(replay.longest, length_max);
  }
}

TEST(MatchFinder, FindsRunsAndWhatLiesFarBack) {
  MatchFinder finder;
  Replay run;
  finder.parse(ByteVector(1000, 'A'), 258, run);
  EXPECT_EQ(run.text, std::string(1000, 'A'));
  EXPECT_LE(run.matches, 5u);
  EXPECT_EQ(run.longest, 258u);

  std::string text = container_like(40, 3);
  text += std::string(MatchFinder::kTextMax - 80, 'A') + text;
  Replay far;
  finder.parse(as_bytes(text), 258, far);
  EXPECT_EQ(far.text, text);
  EXPECT_GE(far.farthest, MatchFinder::kTextMax - 40);
}

TEST(MatchFinder, NothingIsLeftOfTheTextBefore) {
  MatchFinder finder;
  const std::string text = container_like(900, 4);
  Replay first;
  finder.parse(as_bytes(text), 258, first);
  Replay second;
  finder.parse(as_bytes(text), 258, second);
  EXPECT_EQ(second.text, text);
  EXPECT_EQ(second.matches, first.matches);
}

}  // namespace
}  // namespace sdmp::codec
