#include "codec/ed25519_field.h"

#include <algorithm>
#include <utility>

namespace sdmp::codec::ed25519 {
namespace {

__extension__ using Wide = unsigned __int128;
__extension__ using SignedWide = __int128;

// The sums of products of one power of 2^51 each, brought back to tight limbs. Of loose factors no
// sum is above 77 * 2^108, nor the last one, without a factor 19 in it, above 5 * 2^108: a carry is
// below 2^64, the last one below 2^60 / 1.6, and 19 times that below 2^64 too.
[[gnu::always_inline]] inline Field carried(Wide s0, Wide s1, Wide s2, Wide s3, Wide s4) {
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

[[gnu::always_inline]] inline Field multiplied(const Field& a, const Field& b) {
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

[[gnu::always_inline]] inline Field squared(const Field& a) {
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

// Inversion by division steps on f = p and g = a, which bring g to 0 and with it f to 1 or -1, but
// for a = 0 (D. J. Bernstein and B.-Y. Yang, "Fast constant-time gcd computation and modular
// inversion", 2019), 62 of them from the lowest bits at a time. Not in constant time: it ends with
// g, and steps that only cancel bits of g are taken together. The bounds are those of P. Wuille's
// "The safegcd implementation in libsecp256k1 explained".

// Base 2^62; all limbs but the last one, which has the sign, are in [0, 2^62) once settled.
using SignedLimbs = std::array<std::int64_t, 5>;
constexpr int kStepBits = 62;
constexpr std::uint64_t kStepMask = (std::uint64_t{1} << kStepBits) - 1;
constexpr SignedLimbs kPrime = {-19, 0, 0, 0, 128};
// 1/p modulo 2^62, where p is -19.
constexpr std::uint64_t kPrimeInverse = [] {
  std::uint64_t inverse = 1;
  for (int bits = 1; bits < kStepBits; bits *= 2) inverse *= 2 + 19 * inverse;
  return inverse & kStepMask;
}();
static_assert(((std::uint64_t{0} - 19) * kPrimeInverse & kStepMask) == 1);

// Of 62 steps: f becomes (ff f + fg g) / 2^62 and g (gf f + gg g) / 2^62. |ff| + |fg| and |gf| +
// |gg| are at most 2^62, so that f and g stay within p, and sums of products with 62-bit limbs in
// 128 bits.
struct Steps {
  std::int64_t ff, fg, gf, gg;
};

// `lead` is how many more steps may pass before f and g change places, less one.
Steps take_steps(std::uint64_t f, std::uint64_t g, std::int64_t& lead) {
  std::uint64_t ff = 1, fg = 0, gf = 0, gg = 1;
  for (int left = kStepBits;;) {
    const int zeros = std::countr_zero(g | ~std::uint64_t{0} << left);
    g >>= zeros;
    ff <<= zeros;
    fg <<= zeros;
    lead -= zeros;
    left -= zeros;
    if (left == 0) break;
    if (lead < 0) {
      lead = -lead;
      f = std::exchange(g, 0 - f);
      ff = std::exchange(gf, 0 - ff);
      fg = std::exchange(gg, 0 - fg);
    }
    // Adding `times` f makes so many lowest bits of g zero; of an odd f, f (2 - f f) is the inverse
    // modulo 64.
    const std::int64_t cancelled = std::min<std::int64_t>({lead + 1, left, 6});
    const std::uint64_t times = g * f * (f * f - 2) & ((std::uint64_t{1} << cancelled) - 1);
    g += times * f;
    gf += times * ff;
    gg += times * fg;
  }
  const auto number = [](std::uint64_t bits) { return static_cast<std::int64_t>(bits); };
  return {number(ff), number(fg), number(gf), number(gg)};
}

void settle(SignedLimbs& a) {
  for (std::size_t i = 0; i + 1 < a.size(); ++i) {
    a[i + 1] += a[i] >> kStepBits;
    a[i] &= static_cast<std::int64_t>(kStepMask);
  }
}

// (a_times a + b_times b + p_times p) / 2^62, which leaves no rest.
SignedLimbs combined(const SignedLimbs& a, std::int64_t a_times, const SignedLimbs& b,
                     std::int64_t b_times, std::int64_t p_times) {
  SignedLimbs result;
  SignedWide sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += SignedWide{a_times} * a[i] + SignedWide{b_times} * b[i];
    if (kPrime[i] != 0) sum += SignedWide{p_times} * kPrime[i];
    if (i > 0)
      result[i - 1] = static_cast<std::int64_t>(sum) & static_cast<std::int64_t>(kStepMask);
    sum >>= kStepBits;
  }
  result.back() = static_cast<std::int64_t>(sum);
  return result;
}

// As above with as many p as leave no rest, in (-2p, p) like `a` and `b`.
SignedLimbs combined_modulo_p(const SignedLimbs& a, std::int64_t a_times, const SignedLimbs& b,
                              std::int64_t b_times) {
  const std::int64_t lift = (a.back() < 0 ? a_times : 0) + (b.back() < 0 ? b_times : 0);
  const std::uint64_t lowest =
      static_cast<std::uint64_t>(a_times) * static_cast<std::uint64_t>(a[0]) +
      static_cast<std::uint64_t>(b_times) * static_cast<std::uint64_t>(b[0]);
  const std::uint64_t rest =
      (kPrimeInverse * lowest + static_cast<std::uint64_t>(lift)) & kStepMask;
  return combined(a, a_times, b, b_times, lift - static_cast<std::int64_t>(rest));
}

// a^(2^250 - 1).
Field ones_power(const Field& a) {
  const Field two = square(a);
  const Field nine = square_times(two, 2) * a;
  const Field ones_5 = square(nine * two) * nine;
  const Field ones_10 = square_times(ones_5, 5) * ones_5;
  const Field ones_20 = square_times(ones_10, 10) * ones_10;
  const Field ones_40 = square_times(ones_20, 20) * ones_20;
  const Field ones_50 = square_times(ones_40, 10) * ones_10;
  const Field ones_100 = square_times(ones_50, 50) * ones_50;
  const Field ones_200 = square_times(ones_100, 100) * ones_100;
  return square_times(ones_200, 50) * ones_50;
}

}  // namespace

Field operator*(const Field& a, const Field& b) {
  return multiplied(a, b);
}

Field square(const Field& a) {
  return squared(a);
}

// Each needs the one before: inline, what a call costs would not be hidden.
Field square_times(const Field& a, int times) {
  Field power = a;
  for (int i = 0; i < times; ++i) power = squared(power);
  return power;
}

Field invert(const Field& a) {
  const auto words = std::bit_cast<std::array<std::uint64_t, 4>>(encode(a));
  SignedLimbs f = kPrime;
  SignedLimbs g;
  for (std::size_t i = 0; i < g.size(); ++i) {
    // Limb i begins 2 i bits before the end of word i - 1.
    const std::uint64_t bits =
        (i > 0 ? words[i - 1] >> (64 - 2 * i) : 0) | (i < words.size() ? words[i] << 2 * i : 0);
    g[i] = static_cast<std::int64_t>(bits & kStepMask);
  }
  // Always: f is `f_of` times a, and g `g_of` times a, modulo p.
  SignedLimbs f_of = {};
  SignedLimbs g_of = {1};
  for (std::int64_t lead = -1; g != SignedLimbs{};) {
    const Steps steps =
        take_steps(static_cast<std::uint64_t>(f[0]), static_cast<std::uint64_t>(g[0]), lead);
    const SignedLimbs f_before = f;
    f = combined(f, steps.ff, g, steps.fg, 0);
    g = combined(f_before, steps.gf, g, steps.gg, 0);
    const SignedLimbs f_of_before = f_of;
    f_of = combined_modulo_p(f_of, steps.ff, g_of, steps.fg);
    g_of = combined_modulo_p(f_of_before, steps.gf, g_of, steps.gg);
  }
  const auto make_positive = [&f_of] {
    if (f_of.back() < 0) {
      for (std::size_t i = 0; i < f_of.size(); ++i) f_of[i] += kPrime[i];
    }
    settle(f_of);
  };
  make_positive();
  if (f.back() < 0) {
    for (auto& limb : f_of) limb = -limb;
    settle(f_of);
  }
  make_positive();
  std::array<std::uint64_t, 4> result;
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = static_cast<std::uint64_t>(f_of[i]) >> 2 * i |
                static_cast<std::uint64_t>(f_of[i + 1]) << (62 - 2 * i);
  }
  return decode(std::bit_cast<std::array<std::uint8_t, 32>>(result));
}

// (p - 5) / 8 = 2^252 - 3 = (2^250 - 1) * 2^2 + 1.
Field root_power(const Field& a) {
  return square_times(ones_power(a), 2) * a;
}

std::array<std::uint8_t, 32> encode(const Field& a) {
  // Tight, so that the number is below 2^255 + 2^204 or so.
  auto limbs = (a * Field::of(1)).limbs;
  // It is p or more, by less than p, exactly if 19 more carry out of the last limb.
  std::uint64_t carry = 19;
  for (const std::uint64_t limb : limbs) carry = (limb + carry) >> 51;
  carry *= 19;
  for (std::uint64_t& limb : limbs) {
    limb += carry;
    carry = limb >> 51;
    limb &= kLimbMask;
  }
  std::array<std::uint64_t, 4> words = {
      limbs[0] | limbs[1] << 51,
      limbs[1] >> 13 | limbs[2] << 38,
      limbs[2] >> 26 | limbs[3] << 25,
      limbs[3] >> 39 | limbs[4] << 12,
  };
  return std::bit_cast<std::array<std::uint8_t, 32>>(words);
}

Field decode(std::span<const std::uint8_t, 32> octets) {
  std::array<std::uint64_t, 4> words;
  std::memcpy(words.data(), octets.data(), sizeof words);
  return {{
      words[0] & kLimbMask,
      (words[0] >> 51 | words[1] << 13) & kLimbMask,
      (words[1] >> 38 | words[2] << 26) & kLimbMask,
      (words[2] >> 25 | words[3] << 39) & kLimbMask,
      words[3] >> 12 & kLimbMask,
  }};
}

}  // namespace sdmp::codec::ed25519
