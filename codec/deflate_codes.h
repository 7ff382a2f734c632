// A DEFLATE code made ready for writing: what to write for each literal, length and distance.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "codec/huffman.h"

namespace sdmp::codec {

// What is written for a symbol, with its extra bits where they are known: the code, its first bit
// lowest, above eight bits that say how long it is. 0: there is no code. In a sum of entries the
// low eight bits are the sum of the lengths.
using CodeEntry = std::uint32_t;

constexpr CodeEntry code_entry(std::uint32_t code, std::uint32_t bits) {
  return code << 8 | bits;
}
constexpr std::uint32_t bits_of(CodeEntry entry) {
  return entry & 0xff;
}
constexpr std::uint64_t code_of(CodeEntry entry) {
  return entry >> 8;
}

inline constexpr std::uint32_t kMatchLengthMax = 258;

// RFC 1951 section 3.2.5.
constexpr std::uint32_t distance_symbol(std::uint32_t distance) {
  const std::uint32_t less = distance - 1;
  if (less < 4) return less;
  const auto log = static_cast<std::uint32_t>(std::bit_width(less)) - 1;
  return 2 * log + (less >> (log - 1) & 1);
}
constexpr std::uint32_t distance_extra_bits(std::uint32_t symbol) {
  return symbol < 4 ? 0 : symbol / 2 - 1;
}
std::size_t length_symbol(std::uint32_t length);

// Immutable after construction.
struct DeflateCodes {
  // Of printable ASCII and the rest of the first eight rows of sixteen octets, for lookup by a
  // shuffle: the code's low eight bits; its high four bits above how long it is.
  struct Row {
    std::array<std::uint8_t, 16> low{};
    std::array<std::uint8_t, 16> high_and_bits{};
  };
  static constexpr std::size_t kRowFirst = 2;
  static constexpr std::size_t kRows = 6;

  // Aborts unless literals have at most kLiteralBitsMax bits, and no match costs more than as many
  // literals (both properties of the trained codes, which bounds rely on).
  DeflateCodes(const DeflateCode& code, std::uint32_t length_max);

  static constexpr std::uint32_t kLiteralBitsMax = 12;

  std::array<CodeEntry, 256> literals{};
  std::array<CodeEntry, kMatchLengthMax + 1> lengths{};
  std::array<CodeEntry, kDistanceSymbols> distances{};
  CodeEntry end_of_block = 0;
  alignas(32) std::array<Row, kRows> rows{};
  BlockHeader header;
  std::uint32_t match_length_max;
  std::uint32_t literal_bits_max = 0;
};

}  // namespace sdmp::codec
