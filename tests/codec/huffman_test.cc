#include "codec/huffman.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include "codec/trained_codes.h"

namespace sdmp::codec {
namespace {

using Lengths = std::vector<std::uint8_t>;

// In units of 2^-15.
std::uint32_t kraft_sum(std::span<const std::uint8_t> lengths) {
  std::uint32_t sum = 0;
  for (const std::uint8_t length : lengths) {
    if (length > 0) sum += 1u << (kCodeLengthMax - length);
  }
  return sum;
}

TEST(Huffman, LengthsAreThoseOfHuffman) {
  EXPECT_EQ(code_lengths(std::vector<std::uint64_t>{1, 1, 2, 4}, 15), (Lengths{3, 3, 2, 1}));
  EXPECT_EQ(code_lengths(std::vector<std::uint64_t>{5, 0, 5, 5, 5}, 15), (Lengths{2, 0, 2, 2, 2}));
  EXPECT_EQ(code_lengths(std::vector<std::uint64_t>{0, 7, 0}, 15), (Lengths{0, 1, 0}));
  EXPECT_EQ(code_lengths(std::vector<std::uint64_t>{0, 0}, 15), (Lengths{0, 0}));
  EXPECT_EQ(code_lengths(std::vector<std::uint64_t>{9, 1}, 15), (Lengths{1, 1}));
}

// Fibonacci's numbers make Huffman's longest codes: a limit must bite and stay complete.
TEST(Huffman, ALimitIsKeptAtTheLeastCost) {
  std::vector<std::uint64_t> frequencies = {1, 1};
  while (frequencies.size() < 12) {
    frequencies.push_back(frequencies.back() + frequencies[frequencies.size() - 2]);
  }
  EXPECT_EQ(code_lengths(frequencies, 15).front(), 11);
  for (int limit = 4; limit <= 11; ++limit) {
    const Lengths lengths = code_lengths(frequencies, limit);
    EXPECT_EQ(*std::ranges::max_element(lengths), limit);
    EXPECT_EQ(kraft_sum(lengths), 1u << kCodeLengthMax) << limit;
  }
  // Four symbols in at most two bits: the only complete code.
  EXPECT_EQ(code_lengths(std::vector<std::uint64_t>{1, 1, 2, 4}, 2), (Lengths{2, 2, 2, 2}));
}

// The example of RFC 1951 section 3.2.2, its codes with the first bit lowest.
TEST(Huffman, CanonicalCodesAreThoseOfTheRfc) {
  const Lengths lengths = {3, 3, 3, 3, 3, 2, 4, 4};
  EXPECT_EQ(canonical_codes(lengths),
            (std::vector<std::uint16_t>{0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111}));
}

void expect_decodes_to_nothing(const DeflateCode& code) {
  BlockHeader header = block_header(code);
  EXPECT_EQ(header.bits, block_header_bits(code));
  EXPECT_EQ(header.octets.size(), (header.bits + 7) / 8);
  const std::uint16_t end = canonical_codes(code.literal_lengths)[kEndOfBlock];
  for (int bit = 0; bit < code.literal_lengths[kEndOfBlock]; ++bit) {
    if (header.bits % 8 == 0) header.octets.push_back(0);
    header.octets.back() |= static_cast<std::uint8_t>((end >> bit & 1) << header.bits++ % 8);
  }
  auto* decompressor = libdeflate_alloc_decompressor();
  std::size_t written = 1;
  EXPECT_EQ(libdeflate_deflate_decompress(decompressor, header.octets.data(), header.octets.size(),
                                          nullptr, 0, &written),
            LIBDEFLATE_SUCCESS);
  EXPECT_EQ(written, 0u);
  libdeflate_free_decompressor(decompressor);
}

TEST(Huffman, ADecoderReadsTheHeader) {
  expect_decodes_to_nothing(kTrainedSmall.code);
  expect_decodes_to_nothing(kTrainedLarge.code);
  // Runs of every kind: of zeros short and long, of lengths, and none.
  std::vector<std::uint64_t> frequencies(kLiteralLengthSymbols, 0);
  for (std::size_t i = 0; i < 40; ++i) frequencies[i * 3] = 1 + i * i;
  for (std::size_t i = 130; i < 160; ++i) frequencies[i] = 40;
  frequencies[kEndOfBlock] = 1;
  DeflateCode code;
  std::ranges::copy(code_lengths(frequencies, kCodeLengthMax), code.literal_lengths.begin());
  code.distances[3] = code.distances[29] = 1;
  expect_decodes_to_nothing(code);
}

TEST(Huffman, TrainedCodesAreComplete) {
  for (const TrainedCode& trained : {kTrainedSmall, kTrainedLarge}) {
    EXPECT_EQ(kraft_sum(trained.code.literal_lengths), 1u << kCodeLengthMax);
    EXPECT_EQ(kraft_sum(trained.code.distances), 1u << kCodeLengthMax);
  }
}

}  // namespace
}  // namespace sdmp::codec
