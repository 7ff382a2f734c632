#include "engine/store/records.h"

#include <gtest/gtest.h>

#include "tests/engine/store/support.h"

namespace sdmp::store::records {
namespace {

using testing::digest;
using testing::id;
using testing::node;

codec::JournalEntry entry() {
  return {digest<codec::LineNumber>("number"), node("publisher"), id("resource")};
}

TEST(Records, ResourceHeaderHasItsDocumentedBytes) {
  std::array<std::uint8_t, kResourceHeaderBytes> octets{};
  write_resource_header({node("p"), 0x0102030405060708, kReplacedFlag | kIdentityFlag},
                        octets.data());
  EXPECT_EQ(octets.size(), 76u);
  EXPECT_TRUE(std::equal(octets.begin(), octets.begin() + 64, node("p").octets.begin()));
  const std::array<std::uint8_t, 12> tail{1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 3};
  EXPECT_TRUE(std::equal(octets.begin() + 64, octets.end(), tail.begin()));
}

TEST(Records, ResourceComesBack) {
  codec::ByteVector octets(kResourceHeaderBytes);
  write_resource_header({node("p"), 7, kIdentityFlag}, octets.data());
  octets.push_back('{');
  octets.push_back('}');
  const auto record = read_resource(octets);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->header.publisher, node("p"));
  EXPECT_EQ(record->header.line, 7u);
  EXPECT_EQ(record->header.flags, kIdentityFlag);
  EXPECT_EQ(record->container, "{}");
}

TEST(Records, ResourceWithUnknownFlagsOrCutShortIsRefused) {
  codec::ByteVector octets(kResourceHeaderBytes);
  write_resource_header({node("p"), 7, 1u << 30}, octets.data());
  EXPECT_FALSE(read_resource(octets));
  EXPECT_FALSE(read_resource(codec::Bytes(octets).first(kResourceHeaderBytes - 1)));
}

TEST(Records, JournalLineIsThreeDigestsOf192Octets) {
  const auto octets = write_journal(entry());
  EXPECT_EQ(octets.size(), 192u);
  EXPECT_EQ(read_journal(octets), entry());
  EXPECT_FALSE(read_journal(codec::Bytes(octets).first(191)));
}

TEST(Records, IntegersAreBigEndianSoThatKeysSortAsNumbers) {
  EXPECT_EQ(write_u64(0x0102), (std::array<std::uint8_t, 8>{0, 0, 0, 0, 0, 0, 1, 2}));
  EXPECT_LT(schema_key(1, 255), schema_key(1, 256));
  EXPECT_LT(schema_key(1, ~0ull), schema_key(2, 0));
  EXPECT_LT(wanted_key(node("a"), 255), wanted_key(node("a"), 256));
  EXPECT_EQ(read_u64(write_u64(~0ull - 1)), ~0ull - 1);
  EXPECT_EQ(read_u32(write_u32(0xfedcba98)), 0xfedcba98);
  EXPECT_FALSE(read_u64(write_u32(1)));
  EXPECT_FALSE(read_u32(write_u64(1)));
}

TEST(Records, JournalKeyIsThisMachinesInteger) {
  EXPECT_EQ(read_journal_key(journal_key(300)), 300u);
  EXPECT_FALSE(read_journal_key(codec::Bytes(journal_key(300)).first(4)));
}

TEST(Records, PeerComesBackWithAndWithoutALine) {
  for (const bool forked : {false, true}) {
    const PeerState without{.last = std::nullopt, .position = 5, .forked = forked};
    EXPECT_EQ(write_peer(without).size(), 9u);
    EXPECT_EQ(read_peer(write_peer(without)), without);
    const PeerState with{.last = entry(), .position = 1u << 20, .forked = forked};
    EXPECT_EQ(write_peer(with).size(), 201u);
    EXPECT_EQ(read_peer(write_peer(with)), with);
  }
}

TEST(Records, DamagedPeerIsRefused) {
  codec::ByteVector octets = write_peer({.last = entry(), .position = 1, .forked = false});
  EXPECT_FALSE(read_peer(codec::Bytes(octets).first(200)));
  EXPECT_FALSE(read_peer(codec::Bytes(octets).first(8)));
  octets[0] = 0x80;
  EXPECT_FALSE(read_peer(octets));
  octets[0] = 0;  // says that no line follows
  EXPECT_FALSE(read_peer(octets));
}

TEST(Records, WantedIsPublisherThenIdentifier) {
  const auto octets = write_pair(node("p").octets, id("r").octets);
  EXPECT_EQ(read_wanted(octets), (WantedResource{node("p"), id("r")}));
  EXPECT_FALSE(read_wanted(codec::Bytes(octets).first(127)));
}

TEST(Records, SchemaCodesArePartOfTheFormat) {
  EXPECT_EQ(indexed_schema(codec::Schema::kIdentity)->code, 1);
  EXPECT_EQ(indexed_schema(codec::Schema::kRelationship)->code, 2);
  EXPECT_EQ(indexed_schema(codec::Schema::kNodeInformation)->code, 3);
  EXPECT_EQ(indexed_schema(codec::Schema::kPost), nullptr);
  const std::array schemas{codec::Schema::kResource, codec::Schema::kIdentity,
                           codec::Schema::kNodeInformation};
  EXPECT_EQ(schema_flags(schemas), 0b1010u);
}

TEST(Records, DigestOfAWrongSizeIsRefused) {
  EXPECT_FALSE(read_digest<codec::Identifier>(codec::Bytes(write_u64(1))));
  EXPECT_EQ(read_digest<codec::Identifier>(id("x").bytes()), id("x"));
}

}  // namespace
}  // namespace sdmp::store::records
