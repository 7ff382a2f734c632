#include "codec/ed25519_ifma.h"

#include <cstring>
#include <iterator>

#include <gtest/gtest.h>
#include <sodium.h>

#include "codec/key.h"
#include "test_octets.h"

namespace sdmp::codec::ed25519 {
namespace {

// Noise, and in every second one parts at the ends of what a digit or a part can be.
Scalar scalar(unsigned seed) {
  constexpr Part kEnds[] = {0,           1,           2,           15,          16,
                            17,          63,          64,          65,          0x55555555u,
                            0x7fffffffu, 0x80000000u, 0xaaaaaaaau, 0xfffffff1u, 0xffffffffu};
  const ByteVector octets = noise(32, seed);
  std::array<Part, kParts> parts;
  for (std::size_t i = 0; i < kParts; ++i) {
    std::memcpy(&parts[i], &octets[i * sizeof(Part)], sizeof(Part));
    if (seed % 2 == 0) parts[i] = kEnds[parts[i] % std::size(kEnds)];
  }
  return std::bit_cast<Scalar>(parts);
}

KeyMultiples multiples(unsigned seed) {
  std::array<std::uint8_t, 32> point;
  crypto_core_ed25519_from_uniform(point.data(), noise(32, seed).data());
  return KeyMultiples(*Point::decode(point));
}

// The portable ones are held against libsodium in ed25519_group_test.cc.
TEST(Ed25519Ifma, SumsAreThePortableOnes) {
  if (!ifma_available()) return;
  crypto_init();
  for (unsigned point = 0; point < 8; ++point) {
    const KeyMultiples key = multiples(point);
    for (unsigned seed = 0; seed < 250; ++seed) {
      const Scalar a = scalar(point * 1000 + seed);
      const Scalar b = seed % 3 == 0 ? a : scalar(point * 1000 + seed + 500);
      ASSERT_EQ(sum_of_multiples_by_ifma(a, key, b).encode(),
                sum_of_multiples_portably(a, key, b).encode())
          << "point " << point << ", scalars " << to_hex(a) << " and " << to_hex(b);
    }
  }
}

TEST(Ed25519Ifma, ASumMayBeTheNeutralElement) {
  if (!ifma_available()) return;
  crypto_init();
  const KeyMultiples negative(base_point().negated());
  for (unsigned seed = 0; seed < 100; ++seed) {
    const Scalar a = scalar(seed);
    ASSERT_EQ(sum_of_multiples_by_ifma(a, negative, a).encode(), Point::neutral().encode())
        << to_hex(a);
  }
}

// All four coordinates go on to be used: xy = T/Z, and none exceeds what a sum may begin with.
TEST(Ed25519Ifma, CoordinatesAreTightAndBelongTogether) {
  if (!ifma_available()) return;
  crypto_init();
  const KeyMultiples key = multiples(1);
  for (unsigned seed = 0; seed < 100; ++seed) {
    const Point sum = sum_of_multiples_by_ifma(scalar(seed), key, scalar(seed + 100));
    EXPECT_TRUE(is_equal(sum.x * sum.y, sum.t * sum.z));
    for (const Field* coordinate : {&sum.x, &sum.y, &sum.z, &sum.t}) {
      for (const std::uint64_t limb : coordinate->limbs) {
        EXPECT_LE(limb, (std::uint64_t{1} << 51) + (1 << 14));
      }
    }
  }
}

}  // namespace
}  // namespace sdmp::codec::ed25519
