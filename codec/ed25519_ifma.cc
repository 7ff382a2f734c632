#include "codec/ed25519_ifma.h"

#include "codec/check.h"

#if defined(__x86_64__)

#include <bit>

#include <immintrin.h>

#define SDMP_IFMA gnu::target("avx2,avx512f,avx512vl,avx512ifma")
#define SDMP_IFMA_INLINE SDMP_IFMA, gnu::always_inline

namespace sdmp::codec::ed25519 {
namespace {

constexpr std::size_t kLimbs = 5;

// Four numbers of the field, limb by limb; tight, as ed25519_field.h has it, wherever they are
// multiplied: IFMA reads the lower 52 bits of a limb.
struct Lanes {
  __m256i limbs[kLimbs];
};

// Lanes in the order in which _mm256_permutex_epi64 takes them.
constexpr int order(int first, int second, int third, int fourth) {
  return first | second << 2 | third << 4 | fourth << 6;
}

template <int kOrder>
[[SDMP_IFMA_INLINE]] inline Lanes permuted(const Lanes& a) {
  Lanes result;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < kLimbs; ++i) {
    result.limbs[i] = _mm256_permutex_epi64(a.limbs[i], kOrder);
  }
  return result;
}

// Lanes that `chosen` leaves out are 0.
template <int kOrder>
[[SDMP_IFMA_INLINE]] inline Lanes permuted(__mmask8 chosen, const Lanes& a) {
  Lanes result;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < kLimbs; ++i) {
    result.limbs[i] = _mm256_maskz_permutex_epi64(chosen, a.limbs[i], kOrder);
  }
  return result;
}

[[SDMP_IFMA_INLINE]] inline Lanes operator+(const Lanes& a, const Lanes& b) {
  Lanes sum;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < kLimbs; ++i) {
    sum.limbs[i] = _mm256_add_epi64(a.limbs[i], b.limbs[i]);
  }
  return sum;
}

// With the chosen lanes of `b`, tight ones, subtracted and the others added: 2p - b instead of -b.
[[SDMP_IFMA_INLINE]] inline Lanes plus_or_minus(const Lanes& a, __mmask8 minus, const Lanes& b) {
  Lanes signed_b;
  signed_b.limbs[0] = _mm256_mask_sub_epi64(b.limbs[0], minus,
                                            _mm256_set1_epi64x(2 * (kLimbMask - 18)), b.limbs[0]);
#pragma GCC unroll 4
  for (std::size_t i = 1; i < kLimbs; ++i) {
    signed_b.limbs[i] =
        _mm256_mask_sub_epi64(b.limbs[i], minus, _mm256_set1_epi64x(2 * kLimbMask), b.limbs[i]);
  }
  return a + signed_b;
}

[[SDMP_IFMA_INLINE]] inline __m256i times_19(__m256i a) {
  return _mm256_add_epi64(a, _mm256_add_epi64(_mm256_slli_epi64(a, 1), _mm256_slli_epi64(a, 4)));
}

// Of limbs below 2^60: tight ones.
[[SDMP_IFMA_INLINE]] inline Lanes carried(const Lanes& a) {
  const __m256i mask = _mm256_set1_epi64x(kLimbMask);
  Lanes result;
  result.limbs[0] = _mm256_add_epi64(_mm256_and_si256(a.limbs[0], mask),
                                     times_19(_mm256_srli_epi64(a.limbs[4], 51)));
#pragma GCC unroll 4
  for (std::size_t i = 1; i < kLimbs; ++i) {
    result.limbs[i] =
        _mm256_add_epi64(_mm256_and_si256(a.limbs[i], mask), _mm256_srli_epi64(a.limbs[i - 1], 51));
  }
  return result;
}

// IFMA gives a product's lower and upper 52 bits. The upper ones count twice at the next limb,
// which begins 51 bits further up. Of tight factors they are at most 2^50 + 2^15: five of both come
// to less than 2^55, and with 19 times as much folded onto them to less than 2^60.
[[SDMP_IFMA_INLINE]] inline Lanes operator*(const Lanes& a, const Lanes& b) {
  __m256i low[2 * kLimbs] = {};
  __m256i high[2 * kLimbs] = {};
#pragma GCC unroll 5
  for (std::size_t i = 0; i < kLimbs; ++i) {
#pragma GCC unroll 5
    for (std::size_t j = 0; j < kLimbs; ++j) {
      low[i + j] = _mm256_madd52lo_epu64(low[i + j], a.limbs[i], b.limbs[j]);
      high[i + j + 1] = _mm256_madd52hi_epu64(high[i + j + 1], a.limbs[i], b.limbs[j]);
    }
  }
  Lanes folded;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < kLimbs; ++i) {
    const __m256i lower = _mm256_add_epi64(low[i], _mm256_slli_epi64(high[i], 1));
    const __m256i upper = _mm256_add_epi64(low[i + kLimbs], _mm256_slli_epi64(high[i + kLimbs], 1));
    folded.limbs[i] = _mm256_add_epi64(lower, times_19(upper));
  }
  return carried(folded);
}

// With 2 as the fourth lane.
[[SDMP_IFMA_INLINE]] inline Lanes load(const Addend& addend) {
  Lanes lanes;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < kLimbs; ++i) {
    lanes.limbs[i] = _mm256_maskz_loadu_epi64(0b0111, addend.limbs[i].data());
  }
  lanes.limbs[0] = _mm256_or_si256(lanes.limbs[0], _mm256_setr_epi64x(0, 0, 0, 2));
  return lanes;
}

// The formulas are those of ed25519_group.cc. A point's lanes are x, y, z, t; a ratio's x, y, z, t
// mean x = X/Z, y = Y/T, and become the point's by xt, yz, zt, xy.
[[SDMP_IFMA_INLINE]] inline Lanes point_of(const Lanes& ratio) {
  return permuted<order(0, 1, 2, 0)>(ratio) * permuted<order(3, 2, 3, 1)>(ratio);
}

[[SDMP_IFMA_INLINE]] inline Lanes doubled(const Lanes& point) {
  // xx, yy, zz, xy; then 2xy, yy + xx, yy - xx, 2zz + xx - yy.
  const Lanes squares = permuted<order(0, 1, 2, 0)>(point) * permuted<order(0, 1, 2, 1)>(point);
  const Lanes singles = permuted<order(3, 3, 3, 2)>(0b1001, squares);
  const Lanes xx = permuted<order(0, 0, 0, 0)>(0b1110, squares);
  const Lanes yy = permuted<order(1, 1, 1, 1)>(0b1110, squares);
  return carried(plus_or_minus(plus_or_minus(singles + singles, 0b0100, xx), 0b1000, yy));
}

[[SDMP_IFMA_INLINE]] inline Lanes added(const Lanes& point, const Addend& addend, bool minus) {
  // Times y - x, y + x, 2dxy and 2, or y + x, y - x, 2dxy and 2.
  Lanes factor = load(addend);
  const __mmask8 exchanged = minus ? 0b0011 : 0;
  constexpr int kFirstTwo = order(1, 0, 2, 3);
#pragma GCC unroll 5
  for (auto& limb : factor.limbs) {
    limb = _mm256_mask_permutex_epi64(limb, exchanged, limb, kFirstTwo);
  }
  const Lanes terms = carried(plus_or_minus(permuted<order(1, 1, 3, 2)>(point), 0b0001,
                                            permuted<order(0, 0, 0, 0)>(0b0011, point)));
  const Lanes products = terms * factor;
  // The second less and plus the first one; the fourth plus and less the third one, or the other
  // way round.
  return carried(plus_or_minus(permuted<order(1, 1, 3, 3)>(products), minus ? 0b0101 : 0b1001,
                               permuted<order(0, 0, 2, 2)>(products)));
}

template <std::size_t kOddMultiples>
[[SDMP_IFMA_INLINE]] inline void add_position(const Position& digits,
                                              const Multiples<kOddMultiples>& multiples,
                                              Lanes& ratio) {
  for (auto parts = std::bit_cast<std::uint64_t>(digits); parts != 0;) {
    const std::size_t part = next_part(parts);
    const int digit = digits[part];
    const auto size = static_cast<std::size_t>(digit < 0 ? -digit : digit);
    ratio = added(point_of(ratio), multiples.odd[part][size / 2], digit < 0);
  }
}

[[SDMP_IFMA]] Point sum(const Digits& key_digits, const KeyMultiples& key,
                        const Digits& base_digits, const BaseMultiples& base) {
  // The neutral element: x = 0, y = 1, z = 1, t = 0, and as a ratio 0/1, 1/1.
  Lanes ratio = {};
  ratio.limbs[0] = _mm256_setr_epi64x(0, 1, 1, 1);
  for (std::size_t position = kPositions; position-- > 0;) {
    if (position + 1 < kPositions) ratio = doubled(point_of(ratio));
    add_position(key_digits[position], key, ratio);
    add_position(base_digits[position], base, ratio);
  }
  const Lanes lanes = point_of(ratio);
  Point point;
#pragma GCC unroll 5
  for (std::size_t i = 0; i < kLimbs; ++i) {
    alignas(32) std::array<std::uint64_t, 4> limbs;
    _mm256_store_si256(reinterpret_cast<__m256i*>(limbs.data()), lanes.limbs[i]);
    point.x.limbs[i] = limbs[0];
    point.y.limbs[i] = limbs[1];
    point.z.limbs[i] = limbs[2];
    point.t.limbs[i] = limbs[3];
  }
  return point;
}

bool available() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512ifma");
}

#else

namespace sdmp::codec::ed25519 {
namespace {

constexpr auto available = [] { return false; };
constexpr auto sum = [](const auto&...) -> Point { SDMP_CHECK(false); };

#endif

}  // namespace

bool ifma_available() {
  return available();
}

Point sum_of_multiples_by_ifma(const Scalar& a, const KeyMultiples& key, const Scalar& b) {
  return sum(digits_of<kKeyOdd>(a), key, digits_of<kBaseOdd>(b), base_multiples());
}

}  // namespace sdmp::codec::ed25519
