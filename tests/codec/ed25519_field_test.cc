#include "codec/ed25519_field.h"

#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include "test_octets.h"

namespace sdmp::codec::ed25519 {
namespace {

// The same numbers by libcrypto.
struct Release {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, Release>;

class Reference {
 public:
  Reference() {
    BN_set_bit(prime_.get(), 255);
    BN_sub_word(prime_.get(), 19);
  }

  Number of(const Field& a) const {
    Number sum(BN_new());
    for (std::size_t i = 5; i-- > 0;) {
      BN_lshift(sum.get(), sum.get(), 51);
      BN_add_word(sum.get(), a.limbs[i]);
    }
    return sum;
  }
  template <class... Arguments>
  std::string result(int (*operation)(Arguments...), const Number& a, const Number& b) {
    Number r(BN_new());
    EXPECT_EQ(operation(r.get(), a.get(), b.get(), prime_.get(), context_.get()), 1);
    return text(r);
  }
  std::string inverse(const Number& a) {
    Number r(BN_mod_inverse(nullptr, a.get(), prime_.get(), context_.get()));
    return text(r);
  }
  std::string reduced(const Number& a) {
    Number r(BN_new());
    EXPECT_EQ(BN_nnmod(r.get(), a.get(), prime_.get(), context_.get()), 1);
    return text(r);
  }
  static std::string text(const Number& a) {
    std::array<std::uint8_t, 32> octets;
    EXPECT_EQ(BN_bn2lebinpad(a.get(), octets.data(), 32), 32);
    return to_hex(octets);
  }

 private:
  Number prime_{BN_new()};
  std::unique_ptr<BN_CTX, Release> context_{BN_CTX_new()};
};

std::string text(const Field& a) {
  return to_hex(encode(a));
}

// Every limb 0, 1, the largest tight one, or the largest below `bound`, in all combinations; and
// noise.
std::vector<Field> fields(std::uint64_t bound) {
  const std::uint64_t values[] = {0, 1, kLimbMask, bound - 1};
  std::vector<Field> all;
  for (std::size_t n = 0; n < 1024; ++n) {
    Field a;
    for (std::size_t i = 0; i < 5; ++i) a.limbs[i] = values[n >> 2 * i & 3];
    all.push_back(a);
  }
  std::mt19937_64 generator(1);
  for (int n = 0; n < 200; ++n) {
    Field a;
    for (auto& limb : a.limbs) limb = generator() % bound;
    all.push_back(a);
  }
  return all;
}

constexpr std::uint64_t kLoose = std::uint64_t{1} << 54;
constexpr std::uint64_t kTight = (std::uint64_t{1} << 51) + (1 << 14) + 1;

TEST(Ed25519Field, ProductsOfLooseOnesAreLibcryptos) {
  Reference reference;
  const std::vector<Field> all = fields(kLoose);
  // The largest limbs of all, multiplied with each other.
  const Field& largest = all[1023];
  ASSERT_EQ(text(largest * largest),
            reference.result(BN_mod_mul, reference.of(largest), reference.of(largest)));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Field& a = all[i];
    const Field& b = all[all.size() - 1 - i];
    const Field product = a * b;
    ASSERT_EQ(text(product), reference.result(BN_mod_mul, reference.of(a), reference.of(b))) << i;
    const Field squared = square(a);
    ASSERT_EQ(text(squared), reference.result(BN_mod_mul, reference.of(a), reference.of(a))) << i;
    for (std::size_t limb = 0; limb < 5; ++limb) {
      ASSERT_LT(product.limbs[limb], kTight) << "not tight";
      ASSERT_LT(squared.limbs[limb], kTight) << "not tight";
    }
  }
}

TEST(Ed25519Field, SumsAndDifferencesAreLibcryptos) {
  Reference reference;
  const std::vector<Field> all = fields(kTight);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Field& a = all[i];
    const Field& b = all[(i * 7 + 3) % all.size()];
    const Number x = reference.of(a);
    const Number y = reference.of(b);
    ASSERT_EQ(text(a + b), reference.result(BN_mod_add, x, y));
    ASSERT_EQ(text(subtract<2>(a, b)), reference.result(BN_mod_sub, x, y));
    ASSERT_EQ(text(subtract<4>(a, b)), reference.result(BN_mod_sub, x, y));
    // What the bounds of subtract<4> allow.
    const Field sum = b + b;
    const Field difference = subtract<2>(b, a);
    ASSERT_EQ(text(subtract<4>(a, sum)), reference.result(BN_mod_sub, x, reference.of(sum)));
    ASSERT_EQ(text(subtract<4>(a + a, difference)),
              reference.result(BN_mod_sub, reference.of(a + a), reference.of(difference)));
  }
}

// Around 0, p, its multiples below 2^257 and the powers of 2, where the steps of an inversion take
// ways of their own.
std::vector<Field> around_ends() {
  std::vector<Field> all;
  for (std::size_t bit = 0; bit < 255; ++bit) {
    Field power;
    power.limbs[bit / 51] = std::uint64_t{1} << bit % 51;
    all.push_back(power);
    all.push_back(subtract<2>(Field{}, power));
  }
  for (std::uint64_t times = 0; times < 4; ++times) {
    for (std::uint64_t n = 0; n < 200; ++n) {
      Field a = Field::of(n);
      for (std::uint64_t i = 0; i < times; ++i) {
        a.limbs[0] += kLimbMask - 18;
        for (std::size_t limb = 1; limb < 5; ++limb) a.limbs[limb] += kLimbMask;
      }
      all.push_back(a);
      if (times > 0 && n > 0) {
        a.limbs[0] -= 2 * n;
        all.push_back(a);
      }
    }
  }
  return all;
}

TEST(Ed25519Field, InversesAreLibcryptos) {
  Reference reference;
  std::vector<Field> all = fields(kLoose);
  for (const Field& a : around_ends()) all.push_back(a);
  std::mt19937_64 generator(2);
  for (int n = 0; n < 4000; ++n) {
    Field a;
    for (auto& limb : a.limbs) limb = generator() & kLimbMask;
    all.push_back(a);
  }
  const std::string zero = text(Field{});
  for (const Field& a : all) {
    const std::string inverse = text(invert(a));
    if (text(a) == zero) {
      ASSERT_EQ(inverse, zero);
    } else {
      ASSERT_EQ(inverse, reference.inverse(reference.of(a))) << "of " << text(a);
    }
  }
}

TEST(Ed25519Field, PowersAreRoots) {
  const std::vector<Field> all = fields(kTight);
  for (std::size_t i = 1; i < all.size(); i += 5) {
    const Field& a = all[i];
    // a^((p - 5) / 8) to the 8th, times a^4, is a^(p - 1).
    ASSERT_EQ(text(square_times(root_power(a), 3) * square_times(a, 2)), text(Field::of(1))) << i;
  }
}

TEST(Ed25519Field, OctetsAreOfTheNumberBelowP) {
  Reference reference;
  for (const Field& a : fields(kLoose)) {
    const auto octets = encode(a);
    ASSERT_EQ(to_hex(octets), reference.reduced(reference.of(a)));
    ASSERT_EQ(encode(decode(octets)), octets);
  }
  // p - 1, p, p + 18 and all ones: 2^255 - 20 ... 2^255 - 1, and bit 255 is not read.
  for (int last = 0xec; last <= 0xff; ++last) {
    ByteVector octets(32, 0xff);
    octets[0] = static_cast<std::uint8_t>(last);
    std::string expected(64, '0');
    if (last == 0xec) {
      expected = "ec" + std::string(60, 'f') + "7f";
    } else {
      expected.replace(0, 2, to_hex(ByteVector{static_cast<std::uint8_t>(last - 0xed)}));
    }
    const Field a = decode(std::span<const std::uint8_t, 32>(octets));
    EXPECT_EQ(text(a), expected) << last;
    EXPECT_TRUE(is_equal(a, a + Field{}));
    EXPECT_FALSE(is_equal(a, a + Field::of(1)));
  }
}

}  // namespace
}  // namespace sdmp::codec::ed25519
