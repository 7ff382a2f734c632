#include "codec/ed25519_field.h"

namespace sdmp::codec::ed25519 {
namespace {

__extension__ using Wide = unsigned __int128;

// The sums of products of one power of 2^51 each, brought back to tight limbs. Of loose factors no
// sum is above 77 * 2^108, nor the last one, without a factor 19 in it, above 5 * 2^108: a carry is
// below 2^64, the last one below 2^60 / 1.6, and 19 times that below 2^64 too.
[[gnu::always_inline]] inline Field carried(Wide s0, Wide s1, Wide s2, Wide s3, Wide s4) {
  s1 += static_cast<std::uint64_t>(s0 >> 51);
  s2 += static_cast<std::uint64_t>(s1 >> 51);
  s3 += static_cast<std::uint64_t>(s2 >> 51);
  s4 += static_cast<std::uint64_t>(s3 >> 51);
  const std::uint64_t first =
      (static_cast<std::uint64_t>(s0) & kLimbMask) + 19 * static_cast<std::uint64_t>(s4 >> 51);
  return {{
      first & kLimbMask,
      (static_cast<std::uint64_t>(s1) & kLimbMask) + (first >> 51),
      static_cast<std::uint64_t>(s2) & kLimbMask,
      static_cast<std::uint64_t>(s3) & kLimbMask,
      static_cast<std::uint64_t>(s4) & kLimbMask,
  }};
}

[[gnu::always_inline]] inline Field multiplied(const Field& a, const Field& b) {
  const auto& [a0, a1, a2, a3, a4] = a.limbs;
  const auto& [b0, b1, b2, b3, b4] = b.limbs;
  // 2^255 is 19: what lies beyond the fifth limb comes back 19 times.
  const std::uint64_t c1 = 19 * b1;
  const std::uint64_t c2 = 19 * b2;
  const std::uint64_t c3 = 19 * b3;
  const std::uint64_t c4 = 19 * b4;
  return carried(Wide{a0} * b0 + Wide{a1} * c4 + Wide{a2} * c3 + Wide{a3} * c2 + Wide{a4} * c1,
                 Wide{a0} * b1 + Wide{a1} * b0 + Wide{a2} * c4 + Wide{a3} * c3 + Wide{a4} * c2,
                 Wide{a0} * b2 + Wide{a1} * b1 + Wide{a2} * b0 + Wide{a3} * c4 + Wide{a4} * c3,
                 Wide{a0} * b3 + Wide{a1} * b2 + Wide{a2} * b1 + Wide{a3} * b0 + Wide{a4} * c4,
                 Wide{a0} * b4 + Wide{a1} * b3 + Wide{a2} * b2 + Wide{a3} * b1 + Wide{a4} * b0);
}

[[gnu::always_inline]] inline Field squared(const Field& a) {
  const auto& [a0, a1, a2, a3, a4] = a.limbs;
  const std::uint64_t d0 = 2 * a0;
  const std::uint64_t d1 = 2 * a1;
  const std::uint64_t c3 = 19 * a3;
  const std::uint64_t c4 = 19 * a4;
  return carried(Wide{a0} * a0 + Wide{d1} * c4 + Wide{2 * a2} * c3,
                 Wide{d0} * a1 + Wide{2 * a2} * c4 + Wide{a3} * c3,
                 Wide{d0} * a2 + Wide{a1} * a1 + Wide{2 * a3} * c4,
                 Wide{d0} * a3 + Wide{d1} * a2 + Wide{a4} * c4,
                 Wide{d0} * a4 + Wide{d1} * a3 + Wide{a2} * a2);
}

// a^(2^250 - 1), and a^11 beside it: what the two powers have in common.
struct CommonPowers {
  Field eleven;
  Field ones_250;
};

CommonPowers common_powers(const Field& a) {
  const Field two = square(a);
  const Field nine = square_times(two, 2) * a;
  const Field eleven = nine * two;
  const Field ones_5 = square(eleven) * nine;
  const Field ones_10 = square_times(ones_5, 5) * ones_5;
  const Field ones_20 = square_times(ones_10, 10) * ones_10;
  const Field ones_40 = square_times(ones_20, 20) * ones_20;
  const Field ones_50 = square_times(ones_40, 10) * ones_10;
  const Field ones_100 = square_times(ones_50, 50) * ones_50;
  const Field ones_200 = square_times(ones_100, 100) * ones_100;
  return {.eleven = eleven, .ones_250 = square_times(ones_200, 50) * ones_50};
}

}  // namespace

Field operator*(const Field& a, const Field& b) {
  return multiplied(a, b);
}

Field square(const Field& a) {
  return squared(a);
}

// Each needs the one before: inline, what a call costs would not be hidden.
Field square_times(const Field& a, int times) {
  Field power = a;
  for (int i = 0; i < times; ++i) power = squared(power);
  return power;
}

// p - 2 = 2^255 - 21 = (2^250 - 1) * 2^5 + 11.
Field invert(const Field& a) {
  const CommonPowers powers = common_powers(a);
  return square_times(powers.ones_250, 5) * powers.eleven;
}

// (p - 5) / 8 = 2^252 - 3 = (2^250 - 1) * 2^2 + 1.
Field root_power(const Field& a) {
  return square_times(common_powers(a).ones_250, 2) * a;
}

std::array<std::uint8_t, 32> encode(const Field& a) {
  // Tight, so that the number is below 2^255 + 2^204 or so.
  auto limbs = (a * Field::of(1)).limbs;
  // It is p or more, by less than p, exactly if 19 more carry out of the last limb.
  std::uint64_t carry = 19;
  for (const std::uint64_t limb : limbs) carry = (limb + carry) >> 51;
  carry *= 19;
  for (std::uint64_t& limb : limbs) {
    limb += carry;
    carry = limb >> 51;
    limb &= kLimbMask;
  }
  std::array<std::uint64_t, 4> words = {
      limbs[0] | limbs[1] << 51,
      limbs[1] >> 13 | limbs[2] << 38,
      limbs[2] >> 26 | limbs[3] << 25,
      limbs[3] >> 39 | limbs[4] << 12,
  };
  return std::bit_cast<std::array<std::uint8_t, 32>>(words);
}

Field decode(std::span<const std::uint8_t, 32> octets) {
  std::array<std::uint64_t, 4> words;
  std::memcpy(words.data(), octets.data(), sizeof words);
  return {{
      words[0] & kLimbMask,
      (words[0] >> 51 | words[1] << 13) & kLimbMask,
      (words[1] >> 38 | words[2] << 26) & kLimbMask,
      (words[2] >> 25 | words[3] << 39) & kLimbMask,
      words[3] >> 12 & kLimbMask,
  }};
}

}  // namespace sdmp::codec::ed25519
