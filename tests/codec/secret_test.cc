#include "codec/secret.h"

#include <memory>
#include <new>
#include <type_traits>

#include <gtest/gtest.h>

#include "allocation_probe.h"
#include "test_octets.h"

namespace sdmp::codec {
namespace {

static_assert(!std::is_copy_constructible_v<Secret<32>>);
static_assert(!std::is_copy_assignable_v<Secret<32>>);
static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);

bool all_zero(Bytes octets) {
  bool zero = true;
  for (const std::uint8_t octet : octets) zero = zero && octet == 0;
  return zero;
}

Secret<32> filled(std::uint8_t value) {
  Secret<32> secret;
  for (std::uint8_t& octet : secret.writable()) octet = value;
  return secret;
}

TEST(Secret, WipeOverwrites) {
  ByteVector octets = noise(100, 1);
  wipe(octets);
  EXPECT_TRUE(all_zero(octets));
  wipe({});
}

TEST(Secret, ComparesByContentAndLength) {
  const ByteVector a = noise(32, 2);
  ByteVector b = a;
  EXPECT_TRUE(equal_secrets(a, b));
  b[31] ^= 1;
  EXPECT_FALSE(equal_secrets(a, b));
  EXPECT_FALSE(equal_secrets(a, Bytes(a).first(31)));
  EXPECT_TRUE(equal_secrets({}, {}));
}

TEST(Secret, MoveConstructionWipesTheSource) {
  Secret<32> source = filled(7);
  const Secret<32> target = std::move(source);
  EXPECT_EQ(target.bytes()[31], 7);
  EXPECT_TRUE(all_zero(source.bytes()));  // NOLINT(bugprone-use-after-move)
}

TEST(Secret, MoveAssignmentWipesTheSource) {
  Secret<32> source = filled(7);
  Secret<32> target = filled(9);
  target = std::move(source);
  EXPECT_EQ(target.bytes()[0], 7);
  EXPECT_TRUE(all_zero(source.bytes()));  // NOLINT(bugprone-use-after-move)
}

TEST(Secret, SelfMoveKeepsTheSecret) {
  Secret<32> secret = filled(7);
  Secret<32>& alias = secret;
  secret = std::move(alias);
  EXPECT_EQ(secret.bytes()[0], 7);
}

TEST(Secret, IsWipedBeforeItsMemoryIsFreed) {
  auto secret = std::make_unique<Secret<32>>(filled(7));
  watch_release(secret.get(), sizeof *secret);
  secret.reset();
  EXPECT_TRUE(watched_was_wiped());
}

TEST(SecretBytes, IsWipedBeforeItsMemoryIsFreed) {
  SecretBytes secret{Bytes(noise(48, 3))};
  watch_release(secret.bytes().data(), secret.size());
  secret = SecretBytes();
  EXPECT_TRUE(watched_was_wiped());
  {
    const SecretBytes scoped{Bytes(noise(48, 4))};
    watch_release(scoped.bytes().data(), scoped.size());
    EXPECT_FALSE(watched_was_wiped());
  }
  EXPECT_TRUE(watched_was_wiped());
}

TEST(SecretBytes, MoveTakesTheMemoryAndLeavesNothing) {
  SecretBytes source{Bytes(noise(48, 5))};
  const std::uint8_t* memory = source.bytes().data();
  const SecretBytes target = std::move(source);
  EXPECT_EQ(target.bytes().data(), memory);
  EXPECT_EQ(source.size(), 0u);  // NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace sdmp::codec
