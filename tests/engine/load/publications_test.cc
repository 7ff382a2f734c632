#include "engine/load/publications.h"

#include <set>

#include <gtest/gtest.h>

#include "tests/engine/protocol/testing.h"

namespace sdmp::load {
namespace {

codec::Identifier identifier_of(std::string_view text) {
  codec::Identifier identifier;
  identifier.octets = codec::sha512(codec::as_bytes(text));
  return identifier;
}

TEST(Publications, ATagIsReadAsItWasWritten) {
  for (const Tag& tag : {Tag{0, 0}, Tag{7, 12}, Tag{UINT32_MAX, UINT64_MAX}}) {
    const std::string text = tag_text("a1b2", tag);
    EXPECT_EQ(read_tag("a1b2", text), tag);
    EXPECT_EQ(read_tag("a1b2", text + "and filler 17 "), tag);
  }
}

TEST(Publications, WhatIsNoTagOfThisRunIsNone) {
  const std::string text = tag_text("a1b2", {3, 4});
  EXPECT_FALSE(read_tag("a1b3", text));
  EXPECT_FALSE(read_tag("a1b", text));
  EXPECT_FALSE(read_tag("a1b2c", text));
  for (const char* other : {"", "sdmp-load", "sdmp-load a1b2", "sdmp-load a1b2 ",
                            "sdmp-load a1b2 1", "sdmp-load a1b2 x 1 ", "sdmp-load a1b2 -1 1 ",
                            "sdmp-load a1b2 1 1", "sdmp-load a1b2 4294967296 1 ",
                            "sdmp-load a1b2 1 18446744073709551616 ", " sdmp-load a1b2 1 1 "}) {
    EXPECT_FALSE(read_tag("a1b2", other)) << other;
  }
}

TEST(Publications, AreFoundByTagAndByIdentifier) {
  Publications publications("run", 2);
  EXPECT_EQ(publications.publishers(), 2u);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Tag tag{static_cast<std::uint32_t>(i % 2), i / 2};
    EXPECT_EQ(publications.count(tag.publisher), tag.sequence);
    publications.add(tag, identifier_of(std::to_string(i)), {static_cast<std::int64_t>(i), 0, i});
  }
  EXPECT_EQ(publications.total(), 100u);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Tag tag{static_cast<std::uint32_t>(i % 2), i / 2};
    EXPECT_EQ(publications.find(identifier_of(std::to_string(i))), tag);
    EXPECT_EQ(publications.find(tag)->text_hash, i);
  }
  EXPECT_FALSE(publications.find(Tag{0, 50}));
  EXPECT_FALSE(publications.find(Tag{2, 0}));
  EXPECT_FALSE(publications.find(identifier_of("another")));
}

TEST(Publications, OneOctetChangesTheHash) {
  const std::string text(1000, 'x');
  std::string other = text;
  other[500] ^= 1;
  EXPECT_EQ(Publications::hash(text), Publications::hash(std::string(text)));
  EXPECT_NE(Publications::hash(text), Publications::hash(other));
}

TEST(Tally, IsASet) {
  protocol::testing::PrintedRandom random;
  for (int round = 0; round < 200; ++round) {
    Tally tally(3);
    std::set<Tag> model;
    // Sometimes mostly in order, sometimes in any.
    const std::uint64_t reach = 1 + random.below(200);
    std::array<std::uint64_t, 3> next{};
    for (int i = 0; i < 300; ++i) {
      const auto publisher = static_cast<std::uint32_t>(random.below(3));
      const bool in_order = random.below(4) > 0;
      const Tag tag{publisher, in_order ? next[publisher]++ : random.below(reach)};
      ASSERT_EQ(tally.has(tag), model.contains(tag));
      ASSERT_EQ(tally.mark(tag), model.insert(tag).second);
      ASSERT_TRUE(tally.has(tag));
      ASSERT_EQ(tally.received(), model.size());
    }
    for (std::uint32_t publisher = 0; publisher < 3; ++publisher) {
      for (std::uint64_t sequence = 0; sequence < 400; ++sequence) {
        ASSERT_EQ(tally.has({publisher, sequence}), model.contains({publisher, sequence}));
      }
    }
  }
}

}  // namespace
}  // namespace sdmp::load
