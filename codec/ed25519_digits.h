// Scalars as sums of few odd digits, for sums of multiples of points (ed25519_group.h). For public
// values only. Internal to the codec; any thread.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace sdmp::codec::ed25519 {

// Little-endian.
using Scalar = std::array<std::uint8_t, 32>;

// A number of 256 bits is eight of 32, and times a point the sum of these times the point's
// multiples by 2^0, 2^32, 2^64, ..., 2^224.
inline constexpr std::size_t kParts = 8;
using Part = std::uint32_t;

// The digits of a part: each 0 or odd and at most 2 * kOddMultiples - 1 in size, so that most are
// 0, and the part is the sum of digits[i] * 2^i. One position more than the part has bits, since a
// negative digit carries. The digits of all parts lie side by side for a look at all of a position.
inline constexpr std::size_t kPositions = 33;
using Position = std::array<std::int8_t, kParts>;
using Digits = std::array<Position, kPositions>;

template <std::size_t kOddMultiples>
Digits digits_of(const Scalar& scalar) {
  constexpr std::int64_t kWidth = 4 * kOddMultiples;
  const auto parts = std::bit_cast<std::array<Part, kParts>>(scalar);
  Digits digits{};
  for (std::size_t i = 0; i < kParts; ++i) {
    std::int64_t rest = parts[i];
    for (std::size_t position = 0; rest != 0;) {
      const int zeros = std::countr_zero(static_cast<std::uint64_t>(rest));
      rest >>= zeros;
      position += static_cast<std::size_t>(zeros);
      std::int64_t digit = rest & (kWidth - 1);
      if (digit >= kWidth / 2) digit -= kWidth;
      digits[position][i] = static_cast<std::int8_t>(digit);
      rest -= digit;
    }
  }
  return digits;
}

// Takes the first part whose digit is not 0 out of `parts`: a Position's octets, as one number.
inline std::size_t next_part(std::uint64_t& parts) {
  const auto part = static_cast<std::size_t>(std::countr_zero(parts)) / 8;
  parts &= ~(std::uint64_t{0xff} << 8 * part);
  return part;
}

}  // namespace sdmp::codec::ed25519
