#include "codec/vaes_gcm.h"

#include "codec/check.h"

#if defined(__x86_64__)

#include <algorithm>
#include <cstring>

#include <immintrin.h>

#include "codec/secret.h"

#define SDMP_VAES gnu::target("aes,pclmul,ssse3,avx2,vaes,vpclmulqdq,bmi,bmi2")
#define SDMP_VAES_INLINE SDMP_VAES, gnu::always_inline

namespace sdmp::codec {
namespace {

// Blocks are hashed as GHASH is in RFC 8452 appendix A: with their octets reversed, POLYVAL with
// the hash key times x gives the same value, and its product a * b * x^-128 needs no shift by the
// reflected bit (Gueron and Kounavis, "Intel Carry-Less Multiplication Instruction and its Usage
// for Computing the GCM Mode").

constexpr std::size_t kBlock = 16;
constexpr std::size_t kPair = 2 * kBlock;  // one register
constexpr std::size_t kRegisters = 8;      // hides the latency of AESENC
constexpr std::size_t kBatch = kRegisters * kPair;
constexpr int kRounds = 14;

// The middle product of two 128-bit factors is kept apart until the reduction.
struct Sum {
  __m256i low, middle, high;
};

// What a batch hashes beside encrypting: 16 blocks, times the powers from H^n down.
struct Hashing {
  const std::uint8_t* data;
  const std::uint8_t* powers;
};

[[SDMP_VAES_INLINE]] inline __m128i load_block(const std::uint8_t* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

[[SDMP_VAES_INLINE]] inline void store_block(std::uint8_t* to, __m128i block) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
}

[[SDMP_VAES_INLINE]] inline __m256i load_pair(const std::uint8_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

[[SDMP_VAES_INLINE]] inline void store_pair(std::uint8_t* to, __m256i pair) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), pair);
}

[[SDMP_VAES_INLINE]] inline __m128i reverse_octets(__m128i block) {
  return _mm_shuffle_epi8(block, _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f));
}

[[SDMP_VAES_INLINE]] inline __m256i reverse_octets(__m256i pair) {
  return _mm256_shuffle_epi8(pair, _mm256_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f,
                                                     0x0001020304050607, 0x08090a0b0c0d0e0f));
}

[[SDMP_VAES_INLINE]] inline __m256i twice(__m128i block) {
  return _mm256_broadcastsi128_si256(block);
}

// The power H^n; from here on the table descends. The round keys are where H^0 would be.
[[SDMP_VAES_INLINE]] inline const std::uint8_t* power(const VaesGcmKey& key, std::size_t n) {
  return key.blocks.data()->data() + (VaesGcmKey::kPowers - n) * kBlock;
}

[[SDMP_VAES_INLINE]] inline __m128i round_key(const VaesGcmKey& key, int round) {
  return load_block(power(key, 0) + static_cast<std::size_t>(round) * kBlock);
}

[[SDMP_VAES_INLINE]] inline Sum product(__m256i a, __m256i b) {
  return {
      _mm256_clmulepi64_epi128(a, b, 0x00),
      _mm256_xor_si256(_mm256_clmulepi64_epi128(a, b, 0x01), _mm256_clmulepi64_epi128(a, b, 0x10)),
      _mm256_clmulepi64_epi128(a, b, 0x11)};
}

// Both lanes modulo x^128 + x^127 + x^126 + x^121 + 1, from below: two foldings by 64 bits.
[[SDMP_VAES_INLINE]] inline __m256i reduce(const Sum& sum) {
  const __m256i polynomial = _mm256_set1_epi64x(static_cast<long long>(0xc200000000000000));
  const __m256i first = _mm256_clmulepi64_epi128(sum.low, polynomial, 0x00);
  const __m256i turned = _mm256_xor_si256(_mm256_shuffle_epi32(sum.low, 0x4e), sum.middle);
  const __m256i middle = _mm256_xor_si256(turned, first);
  const __m256i second = _mm256_clmulepi64_epi128(middle, polynomial, 0x00);
  const __m256i high = _mm256_xor_si256(_mm256_shuffle_epi32(middle, 0x4e), sum.high);
  return _mm256_xor_si256(high, second);
}

[[SDMP_VAES_INLINE]] inline __m256i multiply(__m256i a, __m256i b) {
  return reduce(product(a, b));
}

// The sum of both lanes, in the low one.
[[SDMP_VAES_INLINE]] inline __m256i fold(__m256i pair) {
  return _mm256_zextsi128_si256(
      _mm_xor_si128(_mm256_castsi256_si128(pair), _mm256_extracti128_si256(pair, 1)));
}

[[SDMP_VAES_INLINE]] inline void hash_pair(Sum& sum, const Hashing& hashing, std::size_t i,
                                           __m256i hash) {
  __m256i data = reverse_octets(load_pair(hashing.data + i * kPair));
  if (i == 0) data = _mm256_xor_si256(data, hash);
  const Sum more = product(data, load_pair(hashing.powers + i * kPair));
  sum.low = _mm256_xor_si256(sum.low, more.low);
  sum.middle = _mm256_xor_si256(sum.middle, more.middle);
  sum.high = _mm256_xor_si256(sum.high, more.high);
}

// Counter blocks, already plus the first round key. A batch begins with the counter 16 k + 2, so
// that all its blocks differ from those of 16 k or 16 (k + 1) in the last four bits only.
struct Counters {
  __m256i number;  // 16 k, not yet in network order
  __m256i block;
};

[[SDMP_VAES_INLINE]] inline __m256i counter_block(const VaesGcmKey& key, __m256i number) {
  const __m256i network = _mm256_set_epi64x(0x0c0d0e0f0b0a0908, 0x0706050403020100,
                                            0x0c0d0e0f0b0a0908, 0x0706050403020100);
  return _mm256_xor_si256(_mm256_shuffle_epi8(number, network), twice(round_key(key, 0)));
}

[[SDMP_VAES_INLINE]] inline Counters first_counters(const VaesGcmKey& key,
                                                    std::span<const std::uint8_t, 12> nonce) {
  int back;
  std::memcpy(&back, nonce.data() + 8, sizeof back);
  const __m128i front = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(nonce.data()));
  const __m256i number = twice(_mm_insert_epi32(front, back, 2));
  return {number, counter_block(key, number)};
}

// The block of 16 k and that of 16 k + 1, plus 2 `i` each.
[[SDMP_VAES_INLINE]] inline __m256i counter_pair(__m256i block, int i) {
  return _mm256_xor_si256(block,
                          _mm256_set_epi32((2 * i + 1) << 24, 0, 0, 0, (2 * i) << 24, 0, 0, 0));
}

// E(K, J0): what masks the tag.
[[SDMP_VAES_INLINE]] inline __m128i tag_mask(const VaesGcmKey& key, const Counters& first) {
  __m128i state = _mm256_extracti128_si256(counter_pair(first.block, 0), 1);
#pragma GCC unroll 16
  for (int i = 1; i < kRounds; ++i) state = _mm_aesenc_si128(state, round_key(key, i));
  return _mm_aesenclast_si128(state, round_key(key, kRounds));
}

// Encrypts (or decrypts) 16 blocks. With `kHashes` it hashes 16 others between the rounds, so that
// both units of the CPU are busy, and returns the new hash.
template <bool kHashes>
[[SDMP_VAES_INLINE]] inline __m256i crypt(const VaesGcmKey& key, Counters& counters,
                                          const std::uint8_t* in, std::uint8_t* out, __m256i hash,
                                          Sum sum, const Hashing& hashing) {
  __m256i states[kRegisters];
#pragma GCC unroll 8
  for (int i = 1; i < 8; ++i) states[i - 1] = counter_pair(counters.block, i);
  counters.number = _mm256_add_epi32(counters.number, _mm256_set_epi32(16, 0, 0, 0, 16, 0, 0, 0));
  counters.block = counter_block(key, counters.number);
  states[7] = counter_pair(counters.block, 0);
#pragma GCC unroll 16
  for (int round = 1; round < kRounds; ++round) {
    const __m256i round_keys = twice(round_key(key, round));
#pragma GCC unroll 8
    for (__m256i& state : states) state = _mm256_aesenc_epi128(state, round_keys);
    if constexpr (kHashes) {
      // The pair that waits for the hash so far comes last.
      if (round <= 8) hash_pair(sum, hashing, static_cast<std::size_t>(round % 8), hash);
      if (round == 10) hash = fold(reduce(sum));
    }
  }
  const __m256i last = twice(round_key(key, kRounds));
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kRegisters; ++i) {
    const __m256i text = _mm256_xor_si256(last, load_pair(in + i * kPair));
    store_pair(out + i * kPair, _mm256_aesenclast_epi128(states[i], text));
  }
  return hash;
}

// The block of lengths times H: what the last blocks lack when the powers for them end with H^2.
[[SDMP_VAES_INLINE]] inline Sum lengths(const VaesGcmKey& key, std::size_t aad, std::size_t text) {
  const __m128i bits =
      _mm_set_epi64x(static_cast<long long>(aad * 8), static_cast<long long>(text * 8));
  return product(_mm256_zextsi128_si256(bits), load_pair(power(key, 1)));
}

[[SDMP_VAES_INLINE]] inline __m256i hash_batch(const Hashing& hashing, __m256i hash, Sum sum) {
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kRegisters; ++i) hash_pair(sum, hashing, i, hash);
  return fold(reduce(sum));
}

// A copy of the last octets, fewer than a batch.
using Rest = std::array<std::uint8_t, kBatch>;

[[SDMP_VAES]] __m256i hash_rest(const VaesGcmKey& key, Rest& rest, std::size_t size, __m256i hash,
                                std::size_t aad, std::size_t text) {
  const std::size_t blocks = (size + kBlock - 1) / kBlock;
  std::fill(rest.begin() + static_cast<std::ptrdiff_t>(size), rest.end(), 0);
  const Hashing hashing{rest.data(), power(key, blocks + 1)};
  Sum sum = lengths(key, aad, text);
  hash_pair(sum, hashing, 0, hash);
  for (std::size_t i = 1; i < (blocks + 1) / 2; ++i) hash_pair(sum, hashing, i, hash);
  return fold(reduce(sum));
}

[[SDMP_VAES]] __m256i hash_long_aad(const VaesGcmKey& key, Bytes aad) {
  const __m256i h = _mm256_zextsi128_si256(load_block(power(key, 1)));
  __m256i hash = _mm256_setzero_si256();
  for (; !aad.empty(); aad = aad.subspan(std::min(aad.size(), kBlock))) {
    std::array<std::uint8_t, kBlock> block{};
    std::copy_n(aad.begin(), std::min(aad.size(), kBlock), block.begin());
    const __m128i octets = reverse_octets(load_block(block.data()));
    hash = multiply(_mm256_xor_si256(hash, _mm256_zextsi128_si256(octets)), h);
  }
  return hash;
}

[[SDMP_VAES_INLINE]] inline __m256i hash_aad(const VaesGcmKey& key, Bytes aad) {
  if (aad.size() != sizeof(std::uint32_t)) return hash_long_aad(key, aad);
  std::uint32_t octets;
  std::memcpy(&octets, aad.data(), sizeof octets);
  const __m128i block = reverse_octets(_mm_cvtsi32_si128(static_cast<int>(octets)));
  return multiply(_mm256_zextsi128_si256(block), load_pair(power(key, 1)));
}

[[SDMP_VAES_INLINE]] inline __m128i masked(__m256i hash, __m128i mask) {
  return _mm_xor_si128(reverse_octets(_mm256_castsi256_si128(hash)), mask);
}

// One step of the key expansion (FIPS 197 5.2): `word` is SubWord(...) in all four columns.
[[SDMP_VAES_INLINE]] inline __m128i next_key(__m128i previous, __m128i word) {
  previous = _mm_xor_si128(previous, _mm_slli_si128(previous, 4));
  previous = _mm_xor_si128(previous, _mm_slli_si128(previous, 8));
  return _mm_xor_si128(previous, word);
}

// AESENCLAST on four equal columns is SubWord: ShiftRows then changes nothing. The zero block is
// encrypted meanwhile; returns the hash key.
[[SDMP_VAES_INLINE]] inline __m128i expand_rounds(const std::uint8_t* key, std::uint8_t* out) {
  const __m128i rotated = _mm_set1_epi32(0x0c0f0e0d);
  __m128i even = load_block(key);
  __m128i odd = load_block(key + kBlock);
  store_pair(out, load_pair(key));
  __m128i state = _mm_aesenc_si128(even, odd);
#pragma GCC unroll 8
  for (int round = 2; round <= kRounds; round += 2) {
    const __m128i constant = _mm_set1_epi32(1 << (round / 2 - 1));
    even = next_key(even, _mm_aesenclast_si128(_mm_shuffle_epi8(odd, rotated), constant));
    store_block(out + static_cast<std::size_t>(round) * kBlock, even);
    if (round == kRounds) return _mm_aesenclast_si128(state, even);
    odd = next_key(odd, _mm_aesenclast_si128(_mm_shuffle_epi32(even, 0xff), _mm_setzero_si128()));
    store_block(out + static_cast<std::size_t>(round + 1) * kBlock, odd);
    state = _mm_aesenc_si128(_mm_aesenc_si128(state, even), odd);
  }
  return state;
}

// Times x modulo x^128 + x^127 + x^126 + x^121 + 1.
[[SDMP_VAES_INLINE]] inline __m128i times_x(__m128i value) {
  const __m128i carries = _mm_slli_si128(_mm_srli_epi64(value, 63), 8);
  const __m128i over = _mm_srai_epi32(_mm_shuffle_epi32(value, 0xff), 31);
  const __m128i polynomial = _mm_set_epi64x(static_cast<long long>(0xc200000000000000), 1);
  return _mm_xor_si128(_mm_or_si128(_mm_slli_epi64(value, 1), carries),
                       _mm_and_si128(over, polynomial));
}

// The powers of `h`, descending, two by two.
[[SDMP_VAES_INLINE]] inline void expand_powers(__m128i h, std::uint8_t* out) {
  const __m256i two = multiply(_mm256_zextsi128_si256(h), _mm256_zextsi128_si256(h));
  const __m256i by2 = twice(_mm256_castsi256_si128(two));
  const __m256i p2 = _mm256_inserti128_si256(two, h, 1);
  const __m256i p4 = multiply(p2, by2);
  const __m256i by4 = twice(_mm256_castsi256_si128(p4));
  const __m256i p6 = multiply(p2, by4);
  const __m256i p8 = multiply(p4, by4);
  const __m256i by8 = twice(_mm256_castsi256_si128(p8));
  const __m256i p10 = multiply(p2, by8);
  store_block(out, _mm256_extracti128_si256(multiply(p10, by8), 1));
  const __m256i pairs[kRegisters] = {
      multiply(p8, by8), multiply(p6, by8), multiply(p4, by8), p10, p8, p6, p4, p2};
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kRegisters; ++i) store_pair(out + kBlock + i * kPair, pairs[i]);
}

[[SDMP_VAES]] void expand(std::span<const std::uint8_t, 32> key, VaesGcmKey& out) {
  std::uint8_t* table = out.blocks.data()->data();
  const __m128i h = expand_rounds(key.data(), table + VaesGcmKey::kPowers * kBlock);
  expand_powers(times_x(reverse_octets(h)), table);
}

[[SDMP_VAES]] void seal(const VaesGcmKey& key, std::span<const std::uint8_t, 12> nonce, Bytes aad,
                        Bytes plaintext, std::uint8_t* out, std::uint8_t* tag) {
  const Counters first = first_counters(key, nonce);
  Counters counters = first;
  __m256i hash = hash_aad(key, aad);
  const std::uint8_t* in = plaintext.data();
  const std::uint8_t* const end = in + plaintext.size() / kBatch * kBatch;
  const std::size_t rest = plaintext.size() % kBatch;
  if (in != end) {
    crypt<false>(key, counters, in, out, hash, Sum{}, {});
    for (in += kBatch; in != end; in += kBatch, out += kBatch) {
      hash = crypt<true>(key, counters, in, out + kBatch, hash, Sum{}, {out, power(key, 16)});
    }
    if (rest == 0) {
      const __m128i mask = tag_mask(key, first);
      hash = hash_batch({out, power(key, 17)}, hash, lengths(key, aad.size(), plaintext.size()));
      store_block(tag, masked(hash, mask));
      return;
    }
    hash = hash_batch({out, power(key, 16)}, hash, Sum{});
    out += kBatch;
  }
  alignas(kPair) Rest last;
  if (rest != 0) {
    std::memcpy(last.data(), in, rest);
    crypt<false>(key, counters, last.data(), last.data(), hash, Sum{}, {});
    std::memcpy(out, last.data(), rest);
  }
  hash = hash_rest(key, last, rest, hash, aad.size(), plaintext.size());
  store_block(tag, masked(hash, tag_mask(key, first)));
}

[[SDMP_VAES]] bool open(const VaesGcmKey& key, std::span<const std::uint8_t, 12> nonce, Bytes aad,
                        MutableBytes text, const std::uint8_t* tag) {
  Counters counters = first_counters(key, nonce);
  const __m128i mask = tag_mask(key, counters);
  __m256i hash = hash_aad(key, aad);
  const std::size_t rest = text.size() % kBatch;
  std::uint8_t* at = text.data();
  std::uint8_t* const end = at + (text.size() - rest);
  std::uint8_t* const loop_end = rest == 0 && at != end ? end - kBatch : end;
  for (; at != loop_end; at += kBatch) {
    hash = crypt<true>(key, counters, at, at, hash, Sum{}, {at, power(key, 16)});
  }
  if (at != end) {
    hash = crypt<true>(key, counters, at, at, hash, lengths(key, aad.size(), text.size()),
                       {at, power(key, 17)});
  } else {
    alignas(kPair) Rest last;
    if (rest != 0) std::memcpy(last.data(), at, rest);
    hash = hash_rest(key, last, rest, hash, aad.size(), text.size());
    if (rest != 0) {
      crypt<false>(key, counters, last.data(), last.data(), hash, Sum{}, {});
      std::memcpy(at, last.data(), rest);
    }
    wipe(last);
  }
  const __m128i difference = _mm_xor_si128(masked(hash, mask), load_block(tag));
  if (_mm_testz_si128(difference, difference) == 1) return true;
  wipe(text);
  return false;
}

bool available() {
  return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") &&
         __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("avx2") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("vaes") && __builtin_cpu_supports("vpclmulqdq");
}

#else

namespace sdmp::codec {
namespace {

constexpr auto available = [] { return false; };
constexpr auto expand = [](const auto&...) { SDMP_CHECK(false); };
constexpr auto seal = expand;
constexpr auto open = [](const auto&...) -> bool { SDMP_CHECK(false); };

#endif

}  // namespace

bool vaes_gcm_available() {
  return available();
}

void vaes_gcm_expand(std::span<const std::uint8_t, 32> key, VaesGcmKey& out) {
  expand(key, out);
}

void vaes_gcm_seal(const VaesGcmKey& key, std::span<const std::uint8_t, 12> nonce, Bytes aad,
                   Bytes plaintext, std::uint8_t* ciphertext, std::span<std::uint8_t, 16> tag) {
  seal(key, nonce, aad, plaintext, ciphertext, tag.data());
}

bool vaes_gcm_open(const VaesGcmKey& key, std::span<const std::uint8_t, 12> nonce, Bytes aad,
                   MutableBytes text, std::span<const std::uint8_t, 16> tag) {
  return open(key, nonce, aad, text, tag.data());
}

}  // namespace sdmp::codec
