#include "codec/aead_key_pool.h"

#include <gtest/gtest.h>

#include "allocation_probe.h"
#include "test_octets.h"

namespace sdmp::codec {
namespace {

using Key = std::span<const std::uint8_t, kAeadKeyBytes>;
using Tag = std::array<std::uint8_t, kAeadTagBytes>;

constexpr std::array<std::uint8_t, kAeadNonceBytes> kNonce{};

Tag tag_of(AeadKey& key) {
  Tag tag{};
  key.seal(kNonce, {}, {}, nullptr, tag);
  return tag;
}

struct Owner {
  explicit Owner(unsigned seed) : octets(noise(32, seed)) {}
  Key key() const { return Key(octets); }
  bool is(AeadKey& expanded) const {
    AeadKey own(*aead_backend(AeadChoice::kAuto), key());
    return tag_of(expanded) == tag_of(own);
  }

  ByteVector octets;
  AeadKeyPool::Place place;
};

std::vector<Owner> owners(unsigned count) {
  std::vector<Owner> result;
  for (unsigned i = 0; i < count; ++i) result.emplace_back(i);
  return result;
}

TEST(AeadKeyPool, EachOwnerGetsItsOwnKeyHoweverManyThereAre) {
  AeadKeyPool pool(*aead_backend(AeadChoice::kAuto), 8);
  std::vector<Owner> all = owners(20);
  for (unsigned i = 0; i < 500; ++i) {
    Owner& owner = all[(i * 7 + i / 20) % all.size()];
    ASSERT_TRUE(owner.is(pool.get(owner.place, owner.key()))) << i;
    ASSERT_LE(pool.size(), 8u);
  }
}

TEST(AeadKeyPool, AKeyStaysWhereItIsWhileItIsUsed) {
  AeadKeyPool pool(*aead_backend(AeadChoice::kAuto), 4);
  Owner busy(100);
  pool.get(busy.place, busy.key());
  const std::uint64_t stamp = busy.place.stamp;
  for (Owner& owner : owners(50)) {
    pool.get(owner.place, owner.key());
    pool.get(busy.place, busy.key());
    ASSERT_EQ(busy.place.stamp, stamp);
  }
}

TEST(AeadKeyPool, ASweepTakesBackWhatNobodyUsed) {
  AeadKeyPool pool(*aead_backend(AeadChoice::kAuto));
  std::vector<Owner> all = owners(3);
  for (Owner& owner : all) pool.get(owner.place, owner.key());
  pool.sweep();
  EXPECT_EQ(pool.size(), 3u);
  pool.get(all[1].place, all[1].key());
  pool.sweep();
  EXPECT_EQ(pool.size(), 1u);
  pool.sweep();
  EXPECT_EQ(pool.size(), 0u);
  for (Owner& owner : all) EXPECT_TRUE(owner.is(pool.get(owner.place, owner.key())));
  EXPECT_EQ(pool.size(), 3u);
}

TEST(AeadKeyPool, AReleasedKeyIsWipedAndItsPlaceForgotten) {
  AeadKeyPool pool(*aead_backend(AeadChoice::kAuto));
  Owner owner(1);
  pool.get(owner.place, owner.key());
  pool.release(owner.place);
  EXPECT_EQ(pool.size(), 0u);
  EXPECT_EQ(owner.place.stamp, 0u);
  pool.release(owner.place);
  EXPECT_EQ(pool.size(), 0u);
  // Another key in the same place, as after a ratchet.
  owner.octets = noise(32, 2);
  EXPECT_TRUE(owner.is(pool.get(owner.place, owner.key())));
  // A place that was overtaken releases nothing of its successor's.
  AeadKeyPool one(*aead_backend(AeadChoice::kAuto), 1);
  Owner first(3);
  Owner second(4);
  one.get(first.place, first.key());
  one.get(second.place, second.key());
  one.release(first.place);
  EXPECT_EQ(one.size(), 1u);
}

TEST(AeadKeyPool, KeysLieInBlocksWhoseMemoryGoesBackAsAWhole) {
  AeadKeyPool pool(*aead_backend(AeadChoice::kAuto));
  std::vector<Owner> all = owners(300);
  std::size_t before = allocations_by_this_thread();
  for (Owner& owner : all) pool.get(owner.place, owner.key());
  EXPECT_LT(allocations_by_this_thread() - before, 60u);
  pool.sweep();
  pool.sweep();
  ASSERT_EQ(pool.size(), 0u);
  before = allocations_by_this_thread();
  EXPECT_TRUE(all[7].is(pool.get(all[7].place, all[7].key())));
  EXPECT_EQ(allocations_by_this_thread() - before, 2u) << "a block, and what it is held against";
}

TEST(AeadKeyPool, AllocatesNothingWhileTheSameOwnersWork) {
  AeadKeyPool pool(*aead_backend(AeadChoice::kAuto));
  std::vector<Owner> all = owners(40);
  for (Owner& owner : all) pool.get(owner.place, owner.key());
  const std::size_t before = allocations_by_this_thread();
  for (Owner& owner : all) pool.get(owner.place, owner.key());
  EXPECT_EQ(allocations_by_this_thread(), before);
}

}  // namespace
}  // namespace sdmp::codec
