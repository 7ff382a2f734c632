#include "codec/deflate_codes.h"

#include <algorithm>

#include "codec/check.h"

namespace sdmp::codec {
namespace {

constexpr std::array<std::uint16_t, 29> kLengthBase = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                                       15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                                       67, 83, 99, 115, 131, 163, 195, 227, 258};
constexpr std::array<std::uint8_t, 29> kLengthExtra = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                       2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
constexpr std::size_t kFirstLengthSymbol = kEndOfBlock + 1;

static_assert(distance_symbol(1) == 0 && distance_symbol(5) == 4 && distance_symbol(7) == 5 &&
              distance_symbol(24577) == 29 && distance_symbol(32768) == 29);

}  // namespace

std::size_t length_symbol(std::uint32_t length) {
  const auto* const above = std::ranges::upper_bound(kLengthBase, length);
  return kFirstLengthSymbol + static_cast<std::size_t>(above - kLengthBase.begin()) - 1;
}

DeflateCodes::DeflateCodes(const DeflateCode& code, std::uint32_t length_max)
    : header(block_header(code)), match_length_max(length_max) {
  const auto& bits = code.literal_lengths;
  const std::vector<std::uint16_t> codes = canonical_codes(bits);
  for (std::size_t octet = 0; octet < literals.size(); ++octet) {
    literals[octet] = code_entry(codes[octet], bits[octet]);
    literal_bits_max = std::max<std::uint32_t>(literal_bits_max, bits[octet]);
    if (octet / 16 < kRowFirst || octet / 16 >= kRowFirst + kRows) continue;
    Row& row = rows[octet / 16 - kRowFirst];
    row.low[octet % 16] = static_cast<std::uint8_t>(codes[octet]);
    row.high_and_bits[octet % 16] = static_cast<std::uint8_t>(codes[octet] >> 8 << 4 | bits[octet]);
  }
  SDMP_CHECK(literal_bits_max <= kLiteralBitsMax);
  end_of_block = code_entry(codes[kEndOfBlock], bits[kEndOfBlock]);

  std::uint32_t distance_bits_max = 0;
  const std::vector<std::uint16_t> distance_codes = canonical_codes(code.distances);
  for (std::uint32_t symbol = 0; symbol < kDistanceSymbols; ++symbol) {
    distances[symbol] = code_entry(distance_codes[symbol], code.distances[symbol]);
    distance_bits_max =
        std::max(distance_bits_max, code.distances[symbol] + distance_extra_bits(symbol));
  }
  for (std::uint32_t length = 3; length <= length_max; ++length) {
    const std::size_t symbol = length_symbol(length);
    const std::size_t index = symbol - kFirstLengthSymbol;
    if (bits[symbol] == 0) continue;
    lengths[length] = code_entry(codes[symbol] | (length - kLengthBase[index]) << bits[symbol],
                                 bits[symbol] + kLengthExtra[index]);
    SDMP_CHECK(bits_of(lengths[length]) + distance_bits_max <= length * literal_bits_max);
  }
}

}  // namespace sdmp::codec
