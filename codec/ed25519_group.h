// The group of Ed25519 (RFC 8032, 5.1): points of -x^2 + y^2 = 1 + d x^2 y^2, and sums of multiples
// of points that stay the same from sum to sum.
//
// For public values only: it takes longer for some than for others. Formulas: H. Hisil et al.,
// "Twisted Edwards Curves Revisited" (2008). Internal to the codec; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "codec/ed25519_digits.h"
#include "codec/ed25519_field.h"

namespace sdmp::codec::ed25519 {

// x = X/Z, y = Y/Z, xy = T/Z; tight coordinates.
struct Point {
  Field x;
  Field y;
  Field z;
  Field t;

  static Point neutral();
  // RFC 8032, 5.1.3, but that y may be p or more; nullopt: no point has that y.
  static std::optional<Point> decode(std::span<const std::uint8_t, 32> octets);
  std::array<std::uint8_t, 32> encode() const;
  Point negated() const;
};

Point operator+(const Point& a, const Point& b);

// A point with z = 1 in the form in which it is added: what y - x, y + x and t of the other point
// are multiplied by, limb by limb side by side, as registers of four numbers take them. Tight.
struct Addend {
  enum Lane : std::uint8_t { kDifference, kSum, kProduct };  // y - x, y + x, 2dxy

  Field lane(Lane which) const {
    return {{limbs[0][which], limbs[1][which], limbs[2][which], limbs[3][which], limbs[4][which]}};
  }

  std::array<std::array<std::uint64_t, 3>, 5> limbs;
};

// The base point of RFC 8032, 5.1.
const Point& base_point();

// The odd multiples 1, 3, ..., 2 * kOddMultiples - 1 of these eight: all that a sum of multiples
// needs besides 32 doublings.
template <std::size_t kOddMultiples>
struct Multiples {
  explicit Multiples(Point point);

  std::array<std::array<Addend, kOddMultiples>, kParts> odd;
};
// 7,680 octets: with more of them additions would be fewer, but the cache holds fewer keys.
inline constexpr std::size_t kKeyOdd = 8;
inline constexpr std::size_t kBaseOdd = 32;
using KeyMultiples = Multiples<kKeyOdd>;
using BaseMultiples = Multiples<kBaseOdd>;
extern template struct Multiples<kKeyOdd>;
extern template struct Multiples<kBaseOdd>;

// Of base_point().
const BaseMultiples& base_multiples();

// a * the point of `key` + b * the base point.
Point sum_of_multiples(const Scalar& a, const KeyMultiples& key, const Scalar& b);
// The same on any CPU; ed25519_ifma.h has it for some.
Point sum_of_multiples_portably(const Scalar& a, const KeyMultiples& key, const Scalar& b);

}  // namespace sdmp::codec::ed25519
