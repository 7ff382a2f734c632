#include "codec/ed25519_field.h"

namespace sdmp::codec::ed25519 {

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
