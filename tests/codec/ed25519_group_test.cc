#include "codec/ed25519_group.h"

#include <vector>

#include <gtest/gtest.h>
#include <sodium.h>

#include "codec/key.h"
#include "test_octets.h"

namespace sdmp::codec::ed25519 {
namespace {

using Octets = std::array<std::uint8_t, 32>;

constexpr Octets kNeutral = {1};

// The same by libsodium, which gives no multiple that is the neutral element.
Octets times(const Scalar& scalar, const Octets& point) {
  Octets result;
  if (crypto_scalarmult_ed25519_noclamp(result.data(), scalar.data(), point.data()) != 0) {
    return kNeutral;
  }
  return result;
}
Octets plus(const Octets& a, const Octets& b) {
  Octets result;
  EXPECT_EQ(crypto_core_ed25519_add(result.data(), a.data(), b.data()), 0);
  return result;
}
bool is_on_curve(const Octets& point) {
  Octets result;
  return crypto_core_ed25519_add(result.data(), point.data(), kNeutral.data()) == 0;
}

Octets some_point(unsigned seed) {
  Octets point;
  crypto_core_ed25519_from_uniform(point.data(), noise(32, seed).data());
  return point;
}

// Numbers at the ends of what a digit, a part or a scalar can be.
std::vector<Scalar> scalars() {
  std::vector<Scalar> all = {Scalar{}};
  for (const std::uint32_t part :
       {1u,          2u,          3u,          15u,         16u,         17u,
        31u,         32u,         63u,         64u,         65u,         127u,
        128u,        0x55555555u, 0xaaaaaaaau, 0x7fffffffu, 0x80000000u, 0x80000001u,
        0xfffffff0u, 0xfffffff1u, 0xffffffc1u, 0xffffffffu}) {
    std::array<std::uint32_t, 8> parts{};
    for (const std::size_t i : {std::size_t{0}, std::size_t{3}, std::size_t{7}}) {
      parts = {};
      parts[i] = part;
      all.push_back(std::bit_cast<Scalar>(parts));
    }
    parts.fill(part);
    all.push_back(std::bit_cast<Scalar>(parts));
  }
  // One below the order of the base point, it, and one above.
  for (const unsigned lowest : {0xecu, 0xedu, 0xeeu}) {
    const ByteVector order =
        from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    Scalar scalar;
    std::ranges::copy(order, scalar.begin());
    scalar[0] = static_cast<std::uint8_t>(lowest);
    all.push_back(scalar);
  }
  for (unsigned seed = 0; seed < 100; ++seed) {
    Scalar scalar;
    std::ranges::copy(noise(32, seed), scalar.begin());
    all.push_back(scalar);
  }
  // libsodium does not read the highest bit.
  for (Scalar& scalar : all) scalar[31] &= 0x7f;
  return all;
}

TEST(Ed25519Group, TheBasePointIsLibsodiums) {
  crypto_init();
  Octets base;
  const Scalar one = {1};
  ASSERT_EQ(crypto_scalarmult_ed25519_base_noclamp(base.data(), one.data()), 0);
  EXPECT_EQ(base_point().encode(), base);
}

TEST(Ed25519Group, PointsAreDecodedAndEncoded) {
  crypto_init();
  int points = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    Octets octets;
    std::ranges::copy(noise(32, seed), octets.begin());
    const auto point = Point::decode(octets);
    ASSERT_EQ(point.has_value(), is_on_curve(octets)) << seed;
    if (!point) continue;
    ++points;
    EXPECT_EQ(point->encode(), octets);
    EXPECT_EQ((*point + point->negated()).encode(), kNeutral);
  }
  EXPECT_GT(points, 100);
  // y = 1 and x = 0, but as if x were odd.
  Octets odd_zero = kNeutral;
  odd_zero[31] = 0x80;
  EXPECT_FALSE(Point::decode(odd_zero));
  EXPECT_EQ(Point::decode(kNeutral)->encode(), kNeutral);
  EXPECT_EQ(Point::neutral().encode(), kNeutral);
}

TEST(Ed25519Group, SumsAreLibsodiums) {
  crypto_init();
  for (unsigned seed = 0; seed < 50; ++seed) {
    const Octets a = some_point(seed);
    const Octets b = some_point(seed + 1000);
    const Point p = *Point::decode(a);
    const Point q = *Point::decode(b);
    EXPECT_EQ((p + q).encode(), plus(a, b));
    EXPECT_EQ((p + p).encode(), plus(a, a));
    EXPECT_EQ((p + Point::neutral()).encode(), a);
  }
}

TEST(Ed25519Group, SumsOfMultiplesAreLibsodiums) {
  crypto_init();
  const std::vector<Scalar> all = scalars();
  const Octets base = base_point().encode();
  const Octets point = some_point(7);
  const KeyMultiples multiples(*Point::decode(point));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Scalar& a = all[i];
    for (const std::size_t j : {std::size_t{0}, i, (i * 31 + 11) % all.size()}) {
      const Scalar& b = all[j];
      ASSERT_EQ(sum_of_multiples_portably(a, multiples, b).encode(),
                plus(times(a, point), times(b, base)))
          << "scalars " << to_hex(a) << " and " << to_hex(b);
    }
  }
}

TEST(Ed25519Group, ASumMayBeTheNeutralElement) {
  crypto_init();
  const KeyMultiples negative(base_point().negated());
  for (const Scalar& scalar : scalars()) {
    ASSERT_EQ(sum_of_multiples_portably(scalar, negative, scalar).encode(), kNeutral)
        << to_hex(scalar);
  }
}

}  // namespace
}  // namespace sdmp::codec::ed25519
