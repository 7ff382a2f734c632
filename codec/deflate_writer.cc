#include "codec/deflate_writer.h"

#if defined(__x86_64__)

#include <array>

#include <immintrin.h>

// Functions with this run only where has_avx2().
#define SDMP_AVX2 gnu::target("avx2,bmi,bmi2,lzcnt")

namespace sdmp::codec {
namespace {

constexpr std::size_t kVector = 32;

[[SDMP_AVX2]] __m256i load_mask(std::size_t count) {
  static constexpr auto kMask = [] {
    std::array<std::uint8_t, 2 * kVector> mask{};
    for (std::size_t i = 0; i < kVector; ++i) mask[i] = 0xff;
    return mask;
  }();
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMask.data() + kVector - count));
}

// Sixteen codes and lengths of 16 bits each to four groups of four.
[[SDMP_AVX2]] void join_four(__m256i codes, __m256i bits, std::uint64_t* group_codes,
                             std::uint64_t* group_bits) {
  const __m256i low16 = _mm256_set1_epi32(0xffff);
  const __m256i low32 = _mm256_set1_epi64x(0xffffffff);
  const __m256i codes2 = _mm256_or_si256(
      _mm256_and_si256(codes, low16),
      _mm256_sllv_epi32(_mm256_srli_epi32(codes, 16), _mm256_and_si256(bits, low16)));
  const __m256i bits2 = _mm256_madd_epi16(bits, _mm256_set1_epi16(1));
  const __m256i bits_even = _mm256_and_si256(bits2, low32);
  const __m256i codes4 = _mm256_or_si256(
      _mm256_and_si256(codes2, low32), _mm256_sllv_epi64(_mm256_srli_epi64(codes2, 32), bits_even));
  const __m256i bits4 = _mm256_add_epi64(bits_even, _mm256_srli_epi64(bits2, 32));
  _mm256_store_si256(reinterpret_cast<__m256i*>(group_codes), codes4);
  _mm256_store_si256(reinterpret_cast<__m256i*>(group_bits), bits4);
}

// At most 32 literals; 32 octets may be read.
[[SDMP_AVX2]] void put_vector(BitStream& stream, const DeflateCodes& codes, const std::uint8_t* at,
                              std::size_t count) {
  const __m256i octets = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  __m256i low = _mm256_setzero_si256();
  __m256i high_and_bits = _mm256_setzero_si256();
#pragma GCC unroll 6
  for (std::size_t i = 0; i < DeflateCodes::kRows; ++i) {
    // A shuffle gives 0 where the index has its highest bit set: everywhere but in this row.
    const __m256i row = _mm256_set1_epi8(static_cast<char>((i + DeflateCodes::kRowFirst) << 4));
    const __m256i index = _mm256_adds_epu8(_mm256_xor_si256(octets, row), _mm256_set1_epi8(0x70));
    const __m256i both = _mm256_load_si256(reinterpret_cast<const __m256i*>(&codes.rows[i]));
    low = _mm256_or_si256(low,
                          _mm256_shuffle_epi8(_mm256_permute2x128_si256(both, both, 0x00), index));
    high_and_bits = _mm256_or_si256(
        high_and_bits, _mm256_shuffle_epi8(_mm256_permute2x128_si256(both, both, 0x11), index));
  }
  const __m256i used = load_mask(count);
  const __m256i nibble = _mm256_set1_epi8(0x0f);
  const __m256i zero = _mm256_setzero_si256();
  low = _mm256_and_si256(low, used);
  high_and_bits = _mm256_and_si256(high_and_bits, used);
  const __m256i bits = _mm256_and_si256(high_and_bits, nibble);
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(high_and_bits, 4), nibble);
  stream.missing |= _mm256_testz_si256(_mm256_cmpeq_epi8(bits, zero), used) == 0;

  // Unpacking works within each half: the eight groups of four come out as 0 1 4 5 and 2 3 6 7.
  alignas(32) std::uint64_t group_codes[8];
  alignas(32) std::uint64_t group_bits[8];
  join_four(_mm256_unpacklo_epi8(low, high), _mm256_unpacklo_epi8(bits, zero), group_codes,
            group_bits);
  join_four(_mm256_unpackhi_epi8(low, high), _mm256_unpackhi_epi8(bits, zero), group_codes + 4,
            group_bits + 4);
  static constexpr std::uint8_t kOrder[8] = {0, 1, 4, 5, 2, 3, 6, 7};
  const std::size_t groups = (count + 3) / 4;
  for (std::size_t i = 0; i < groups; ++i) {
    stream.put(group_codes[kOrder[i]], static_cast<std::uint32_t>(group_bits[kOrder[i]]));
  }
}

}  // namespace

bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                          __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt");
  return has;
}

[[SDMP_AVX2]] BitStream put_literals_avx2(BitStream stream, const DeflateCodes& codes,
                                          const std::uint8_t* at, std::size_t count,
                                          const std::uint8_t* end) {
  while (count > 0 && static_cast<std::size_t>(end - at) >= kVector) {
    const std::size_t taken = count < kVector ? count : kVector;
    put_vector(stream, codes, at, taken);
    at += taken;
    count -= taken;
  }
  stream.put_literals(codes, at, count);
  return stream;
}

}  // namespace sdmp::codec

#else

#include "codec/check.h"

namespace sdmp::codec {

bool has_avx2() {
  return false;
}

BitStream put_literals_avx2(BitStream, const DeflateCodes&, const std::uint8_t*, std::size_t,
                            const std::uint8_t*) {
  SDMP_CHECK(false);
}

}  // namespace sdmp::codec

#endif
