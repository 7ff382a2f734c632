#include "codec/ed25519_group.h"

#include <iterator>
#include <limits>
#include <vector>

#include "codec/ed25519_ifma.h"

namespace sdmp::codec::ed25519 {
namespace {

// What an addition or a doubling gives before it is brought to a common z: x = X/Z, y = Y/T.
struct Ratio {
  Field x;
  Field y;
  Field z;
  Field t;

  // Where a doubling follows: it needs no t.
  Point without_t() const { return {x * t, y * z, z * t, {}}; }
  Point point() const { return {x * t, y * z, z * t, x * y}; }
};

// The curve's d = -121665/121666 (RFC 8032, 5.1), twice; and a square root of -1, 2^((p - 1) / 4).
struct Constants {
  Field d;
  Field twice_d;
  Field root_of_minus_one;
};
const Constants& constants() {
  static const Constants values = [] {
    Constants c;
    c.d = subtract<2>(Field{}, Field::of(121665)) * invert(Field::of(121666));
    c.twice_d = (c.d + c.d) * Field::of(1);
    // (p - 1) / 4 = 2 * (p - 5) / 8 + 1.
    c.root_of_minus_one = square(root_power(Field::of(2))) * Field::of(2);
    return c;
  }();
  return values;
}

[[gnu::always_inline]] inline Ratio doubled(const Point& p) {
  const Field xx = square(p.x);
  const Field yy = square(p.y);
  const Field zz = square(p.z);
  const Field both = square(p.x + p.y);
  Ratio r;
  r.y = yy + xx;
  r.z = subtract<2>(yy, xx);
  r.x = subtract<4>(both, r.y);
  r.t = subtract<4>(zz + zz, r.z);
  return r;
}

// The part of an addition that does not depend on how the second point is given: (y1 - x1)(y2 -
// x2), (y1 + x1)(y2 + x2), 2d t1 t2 and 2 z1 z2.
[[gnu::always_inline]] inline Ratio added(const Field& differences, const Field& sums,
                                          const Field& products, const Field& zs) {
  Ratio r;
  r.x = subtract<2>(sums, differences);
  r.y = sums + differences;
  r.z = zs + products;
  r.t = subtract<2>(zs, products);
  return r;
}

[[gnu::always_inline]] inline Ratio plus(const Point& p, const Addend& q) {
  return added(subtract<2>(p.y, p.x) * q.lane(Addend::kDifference),
               (p.y + p.x) * q.lane(Addend::kSum), p.t * q.lane(Addend::kProduct), p.z + p.z);
}

// -q has its y + x and y - x exchanged, and the other sign of 2dxy.
[[gnu::always_inline]] inline Ratio minus(const Point& p, const Addend& q) {
  Ratio r =
      added(subtract<2>(p.y, p.x) * q.lane(Addend::kSum), (p.y + p.x) * q.lane(Addend::kDifference),
            p.t * q.lane(Addend::kProduct), p.z + p.z);
  std::swap(r.z, r.t);
  return r;
}

Point twice(const Point& p) {
  return doubled(p).point();
}

// One inversion for all: the product of all z, from which each is divided out again.
void normalize(std::span<Point> points) {
  std::vector<Field> products;
  products.reserve(points.size());
  Field all = Field::of(1);
  for (const Point& p : points) {
    products.push_back(all);
    all = all * p.z;
  }
  Field inverse = invert(all);
  for (std::size_t i = points.size(); i-- > 0;) {
    const Field inverse_z = inverse * products[i];
    inverse = inverse * points[i].z;
    points[i].x = points[i].x * inverse_z;
    points[i].y = points[i].y * inverse_z;
    points[i].z = Field::of(1);
    points[i].t = points[i].x * points[i].y;
  }
}

// Tight: it is used many times.
Addend addend_of(const Point& p) {
  const Field one = Field::of(1);
  const Field lanes[] = {subtract<2>(p.y, p.x) * one, (p.y + p.x) * one, p.t * constants().twice_d};
  Addend addend;
  for (std::size_t i = 0; i < addend.limbs.size(); ++i) {
    for (std::size_t lane = 0; lane < std::size(lanes); ++lane) {
      addend.limbs[i][lane] = lanes[lane].limbs[i];
    }
  }
  return addend;
}

// What a position adds to a sum.
template <std::size_t kOddMultiples>
void add_position(const Position& digits, const Multiples<kOddMultiples>& multiples, Ratio& sum) {
  for (auto parts = std::bit_cast<std::uint64_t>(digits); parts != 0;) {
    const std::size_t part = next_part(parts);
    const int digit = digits[part];
    const auto& odd = multiples.odd[part];
    sum = digit > 0 ? plus(sum.point(), odd[static_cast<std::size_t>(digit) / 2])
                    : minus(sum.point(), odd[static_cast<std::size_t>(-digit) / 2]);
  }
}

}  // namespace

Point Point::neutral() {
  return {{}, Field::of(1), Field::of(1), {}};
}

std::optional<Point> Point::decode(std::span<const std::uint8_t, 32> octets) {
  const Field one = Field::of(1);
  Point p{.x = {}, .y = ed25519::decode(octets), .z = one, .t = {}};
  const Field yy = square(p.y);
  const Field u = subtract<2>(yy, one);
  const Field v = yy * constants().d + one;
  // x = u v^3 (u v^7)^((p - 5) / 8), times a root of -1 if need be.
  const Field vvv = square(v) * v;
  p.x = u * vvv * root_power(u * (square(vvv) * v));
  const Field vxx = v * square(p.x);
  if (!is_equal(vxx, u)) {
    if (!is_equal(vxx, subtract<4>(Field{}, u))) return std::nullopt;
    p.x = p.x * constants().root_of_minus_one;
  }
  const bool wants_odd = octets[31] >> 7 != 0;
  const std::array<std::uint8_t, 32> x = ed25519::encode(p.x);
  if (((x[0] & 1) != 0) != wants_odd) {
    if (x == std::array<std::uint8_t, 32>{}) return std::nullopt;
    p.x = subtract<2>(Field{}, p.x) * one;
  }
  p.t = p.x * p.y;
  return p;
}

std::array<std::uint8_t, 32> Point::encode() const {
  const Field inverse = invert(z);
  std::array<std::uint8_t, 32> octets = ed25519::encode(y * inverse);
  const bool odd = (ed25519::encode(x * inverse)[0] & 1) != 0;
  octets[31] |= static_cast<std::uint8_t>(odd ? 0x80 : 0);
  return octets;
}

Point Point::negated() const {
  const Field one = Field::of(1);
  return {subtract<2>(Field{}, x) * one, y, z, subtract<2>(Field{}, t) * one};
}

Point operator+(const Point& a, const Point& b) {
  const Field zz = a.z * b.z;
  return added(subtract<2>(a.y, a.x) * subtract<2>(b.y, b.x), (a.y + a.x) * (b.y + b.x),
               a.t * (b.t * constants().twice_d), zz + zz)
      .point();
}

const Point& base_point() {
  // y = 4/5, x even.
  static const Point base = *Point::decode(ed25519::encode(Field::of(4) * invert(Field::of(5))));
  return base;
}

template <std::size_t kOddMultiples>
Multiples<kOddMultiples>::Multiples(Point point) {
  std::vector<Point> points;
  points.reserve(kParts * kOddMultiples);
  for (std::size_t part = 0; part < kParts; ++part) {
    const Point two = twice(point);
    points.push_back(point);
    while (points.size() % kOddMultiples != 0) points.push_back(points.back() + two);
    if (part + 1 == kParts) break;
    point = two;
    for (int i = 1; i < std::numeric_limits<Part>::digits; ++i) point = twice(point);
  }
  normalize(points);
  for (std::size_t i = 0; i < points.size(); ++i) {
    odd[i / kOddMultiples][i % kOddMultiples] = addend_of(points[i]);
  }
}
template struct Multiples<kKeyOdd>;
template struct Multiples<kBaseOdd>;

const BaseMultiples& base_multiples() {
  static const BaseMultiples multiples(base_point());
  return multiples;
}

Point sum_of_multiples(const Scalar& a, const KeyMultiples& key, const Scalar& b) {
  static const bool has_ifma = ifma_available();
  return has_ifma ? sum_of_multiples_by_ifma(a, key, b) : sum_of_multiples_portably(a, key, b);
}

Point sum_of_multiples_portably(const Scalar& a, const KeyMultiples& key, const Scalar& b) {
  const BaseMultiples& base = base_multiples();
  const Digits key_digits = digits_of<kKeyOdd>(a);
  const Digits base_digits = digits_of<kBaseOdd>(b);
  Ratio sum = doubled(Point::neutral());
  for (std::size_t position = kPositions; position-- > 0;) {
    if (position + 1 < kPositions) sum = doubled(sum.without_t());
    add_position(key_digits[position], key, sum);
    add_position(base_digits[position], base, sum);
  }
  return sum.point();
}

}  // namespace sdmp::codec::ed25519
