// The field of curve25519: integers modulo p = 2^255 - 19, as five limbs of 51 bits (D. J.
// Bernstein et al., "High-speed high-security signatures", 2011, section 3).
//
// For public values only: not all of it takes the same time for every value.
//
// Limbs may exceed 51 bits between operations, within bounds that each function states; "loose"
// means below 2^54, "tight" at most 2^51 + 2^14. Products are tight.
// Internal to the codec; any thread.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include "codec/bytes.h"

namespace sdmp::codec::ed25519 {

static_assert(std::endian::native == std::endian::little);

struct Field {
  std::array<std::uint64_t, 5> limbs{};

  static constexpr Field of(std::uint64_t small) { return {{small, 0, 0, 0, 0}}; }
};

inline constexpr std::uint64_t kLimbMask = (std::uint64_t{1} << 51) - 1;

// Of two tight ones: at most 2^52 + 2^15 a limb. Of loose ones whose sum is loose: loose.
inline Field operator+(const Field& a, const Field& b) {
  Field sum;
  for (std::size_t i = 0; i < 5; ++i) sum.limbs[i] = a.limbs[i] + b.limbs[i];
  return sum;
}

// a + kMultiple * p - b: no limb of `b` above that of kMultiple * p, or it would wrap. Tight ones
// are below those of 2 * p, sums and differences of two tight ones below those of 4 * p.
template <std::uint64_t kMultiple>
Field subtract(const Field& a, const Field& b) {
  static_assert(kMultiple == 2 || kMultiple == 4);
  Field difference;
  difference.limbs[0] = a.limbs[0] + kMultiple * (kLimbMask - 18) - b.limbs[0];
  for (std::size_t i = 1; i < 5; ++i) {
    difference.limbs[i] = a.limbs[i] + kMultiple * kLimbMask - b.limbs[i];
  }
  return difference;
}

// Loose factors. Not inline: formulas of many products keep their numbers in fewer registers so,
// which is worth more than the calls.
Field operator*(const Field& a, const Field& b);
// A loose one.
Field square(const Field& a);
Field square_times(const Field& a, int times);

// 1 / a, and 0 of 0; of a loose one.
Field invert(const Field& a);
// a^((p - 5) / 8): what a square root is made of.
Field root_power(const Field& a);

// The number below p, 32 octets little-endian; of a loose one.
std::array<std::uint8_t, 32> encode(const Field& a);
// The lower 255 bits, which may be p or more.
Field decode(std::span<const std::uint8_t, 32> octets);

inline bool is_equal(const Field& a, const Field& b) {
  return encode(a) == encode(b);
}

}  // namespace sdmp::codec::ed25519
