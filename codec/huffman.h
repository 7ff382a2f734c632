// Huffman codes as DEFLATE writes them (RFC 1951 sections 3.2.2 and 3.2.7): code lengths, canonical
// codes, and the octets that describe both to a decoder.
//
// For building tables at start-up and for training them; nothing here runs per container.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/bytes.h"

namespace sdmp::codec {

inline constexpr std::size_t kLiteralLengthSymbols = 286;
inline constexpr std::size_t kDistanceSymbols = 30;
inline constexpr std::size_t kEndOfBlock = 256;
inline constexpr int kCodeLengthMax = 15;

// Bits per symbol, 0 for a symbol that has no code. Decoders want complete codes: the Kraft sum is
// exactly 1, or the code is empty or a single 1.
struct DeflateCode {
  std::array<std::uint8_t, kLiteralLengthSymbols> literal_lengths{};
  std::array<std::uint8_t, kDistanceSymbols> distances{};

  bool operator==(const DeflateCode&) const = default;
};

// The lengths that are shortest for these frequencies among those of at most `length_max` bits
// (package-merge; Larmore and Hirschberg 1990). A frequency of 0 gets no code; one symbol alone
// gets one bit. 2^length_max must be at least the number of symbols.
std::vector<std::uint8_t> code_lengths(std::span<const std::uint64_t> frequencies, int length_max);

// Canonical codes in the order of their transmission: the first bit lowest.
std::vector<std::uint16_t> canonical_codes(std::span<const std::uint8_t> lengths);

// The first bits of a block with dynamic codes: BFINAL = 1, BTYPE = 2 and the description of the
// code. The last octet's unused high bits are zero.
struct BlockHeader {
  ByteVector octets;
  std::size_t bits = 0;
};
BlockHeader block_header(const DeflateCode& code);
// Its size alone.
std::size_t block_header_bits(const DeflateCode& code);

}  // namespace sdmp::codec
