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

__extension__ using Wide = unsigned __int128;

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

// The sums of products of one power of 2^51 each, brought back to tight limbs. Of loose factors no
// sum reaches 2^115, nor the last one, without a factor 19 in it, 2^111: neither a carry nor the
// last one times 19 overflows.
inline Field carried(Wide s0, Wide s1, Wide s2, Wide s3, Wide s4) {
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

// Loose factors.
inline Field operator*(const Field& a, const Field& b) {
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

// A loose one.
inline Field square(const Field& a) {
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

inline Field square_times(Field a, int times) {
  for (int i = 0; i < times; ++i) a = square(a);
  return a;
}

// a^(2^250 - 1), and a^11 beside it: what the two powers below have in common.
struct CommonPowers {
  Field eleven;
  Field ones_250;
};
CommonPowers common_powers(const Field& a);
// a^(p - 2): 1 / a, and 0 of 0.
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
