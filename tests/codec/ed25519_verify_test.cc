#include "codec/ed25519_verify.h"

#include <algorithm>
#include <string_view>

#include <gtest/gtest.h>
#include <sodium.h>

#include "codec/key.h"
#include "test_octets.h"

namespace sdmp::codec {
namespace {

using Key = std::array<std::uint8_t, kEd25519KeyBytes>;
using Signature = std::array<std::uint8_t, kEd25519SignatureBytes>;

struct Pair {
  explicit Pair(unsigned number) {
    crypto_init();
    const ByteVector seed = noise(crypto_sign_SEEDBYTES, number);
    crypto_sign_seed_keypair(key.data(), secret.data(), seed.data());
  }
  Signature sign(Bytes message) const {
    Signature signature;
    crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret.data());
    return signature;
  }
  // The secret scalar (RFC 8032, 5.1.5).
  std::array<std::uint8_t, 32> scalar() const {
    std::array<std::uint8_t, 64> hash;
    crypto_hash_sha512(hash.data(), secret.data(), 32);
    hash[0] &= 248;
    hash[31] = (hash[31] & 127) | 64;
    std::array<std::uint8_t, 32> result;
    std::copy_n(hash.begin(), 32, result.begin());
    return result;
  }

  Key key;
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret;
};

bool by_libsodium(const Key& key, Bytes message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     key.data()) == 0;
}

// A signature under `key` for which s B = r B + k A holds, with A the pair's, whatever R is.
Signature made(const Pair& pair, const Key& key, const std::array<std::uint8_t, 32>& r_octets,
               const std::array<std::uint8_t, 32>& r_scalar, Bytes message) {
  ByteVector hashed(r_octets.begin(), r_octets.end());
  hashed.insert(hashed.end(), key.begin(), key.end());
  hashed.insert(hashed.end(), message.begin(), message.end());
  std::array<std::uint8_t, 64> hash;
  crypto_hash_sha512(hash.data(), hashed.data(), hashed.size());
  std::array<std::uint8_t, 32> k;
  crypto_core_ed25519_scalar_reduce(k.data(), hash.data());
  std::array<std::uint8_t, 32> product;
  crypto_core_ed25519_scalar_mul(product.data(), k.data(), pair.scalar().data());
  Signature signature;
  std::ranges::copy(r_octets, signature.begin());
  crypto_core_ed25519_scalar_add(signature.data() + 32, product.data(), r_scalar.data());
  return signature;
}

struct Vector {
  std::string_view key;
  std::string_view message;
  std::string_view signature;
};

// RFC 8032, 7.1: tests 1, 2, 3 and SHA(abc).
constexpr Vector kVectors[] = {
    {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46bd25bf5f0595bbe24655141438e7a100b"},
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6594a7c15e9716ed28dc027beceea1ec40a"},
    {"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e"
     "0303dca179c138ac17ad9bef1177331a704"},
};

template <std::size_t kSize>
std::array<std::uint8_t, kSize> octets(std::string_view hex) {
  std::array<std::uint8_t, kSize> result{};
  const ByteVector all = from_hex(hex);
  EXPECT_EQ(all.size(), kSize);
  std::copy_n(all.begin(), std::min(all.size(), kSize), result.begin());
  return result;
}

TEST(Ed25519Verify, TheVectorsOfRfc8032) {
  crypto_init();
  for (const Vector& vector : kVectors) {
    const PreparedEd25519Key key(octets<32>(vector.key));
    ByteVector message = from_hex(vector.message);
    const auto signature = octets<64>(vector.signature);
    EXPECT_TRUE(key.verify(message, signature)) << vector.key;
    message.push_back(0);
    EXPECT_FALSE(key.verify(message, signature)) << vector.key;
  }
}

TEST(Ed25519Verify, AcceptsWhatWasSignedAndNoBitOfItChanged) {
  const ByteVector message = noise(300, 1);
  for (unsigned number = 0; number < 4; ++number) {
    const Pair pair(number);
    const PreparedEd25519Key key(pair.key);
    const Signature signature = pair.sign(message);
    ASSERT_TRUE(key.verify(message, signature));
    for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
      Signature changed = signature;
      changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      ASSERT_FALSE(key.verify(message, changed)) << bit;
    }
    ByteVector other = message;
    other[number] ^= 1;
    EXPECT_FALSE(key.verify(other, signature));
    EXPECT_FALSE(PreparedEd25519Key(Pair(number + 100).key).verify(message, signature));
  }
}

TEST(Ed25519Verify, AgreesWithLibsodiumForMessagesOfAnySize) {
  const Pair pair(5);
  const PreparedEd25519Key key(pair.key);
  for (std::size_t size = 0; size < 600; ++size) {
    const ByteVector message = noise(size, static_cast<unsigned>(size));
    ASSERT_TRUE(key.verify(message, pair.sign(message))) << size;
  }
}

// With the order added s is the same multiple of the base point: a second signature of the message.
TEST(Ed25519Verify, SAtOrAboveTheOrderIsRefused) {
  const Pair pair(6);
  const PreparedEd25519Key key(pair.key);
  const ByteVector message = noise(100, 6);
  const auto order = octets<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Signature signature = pair.sign(message);
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += signature[32 + i] + order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(key.verify(message, signature));
  EXPECT_FALSE(by_libsodium(pair.key, message, signature));
}

TEST(Ed25519Verify, TheNeutralElementAsRIsRefusedThoughTheEquationHolds) {
  const Pair pair(7);
  const PreparedEd25519Key key(pair.key);
  const ByteVector message = noise(50, 7);
  const std::array<std::uint8_t, 32> neutral = {1};
  const Signature signature = made(pair, pair.key, neutral, {}, message);
  EXPECT_FALSE(key.verify(message, signature));
  EXPECT_FALSE(by_libsodium(pair.key, message, signature));
}

// A key with the point of order 2 in it: the sum is that point for each message whose k is odd.
TEST(Ed25519Verify, APointOfOrderTwoAsRIsRefusedThoughTheEquationHolds) {
  const Pair pair(7);
  std::array<std::uint8_t, 32> two;
  two.fill(0xff);
  two.front() = 0xec;
  two.back() = 0x7f;
  Key key;
  ASSERT_EQ(crypto_core_ed25519_add(key.data(), pair.key.data(), two.data()), 0);
  for (unsigned number = 0; number < 16; ++number) {
    const ByteVector message = noise(50, number);
    const Signature signature = made(pair, key, two, {}, message);
    EXPECT_FALSE(PreparedEd25519Key(key).verify(message, signature));
    EXPECT_FALSE(by_libsodium(key, message, signature));
  }
}

TEST(Ed25519Verify, ASmallComponentInRIsRefused) {
  const Pair pair(8);
  const PreparedEd25519Key key(pair.key);
  const ByteVector message = noise(50, 8);
  const auto r = octets<32>("0700000000000000000000000000000000000000000000000000000000000000");
  std::array<std::uint8_t, 32> point;
  ASSERT_EQ(crypto_scalarmult_ed25519_base_noclamp(point.data(), r.data()), 0);
  // That this makes signatures at all.
  EXPECT_TRUE(key.verify(message, made(pair, pair.key, point, r, message)));
  EXPECT_TRUE(by_libsodium(pair.key, message, made(pair, pair.key, point, r, message)));
  // (0, -1), of order 2, and a point of order 8.
  for (const std::string_view small :
       {"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"}) {
    std::array<std::uint8_t, 32> mixed;
    ASSERT_EQ(crypto_core_ed25519_add(mixed.data(), point.data(), octets<32>(small).data()), 0);
    const Signature signature = made(pair, pair.key, mixed, r, message);
    EXPECT_FALSE(key.verify(message, signature)) << small;
    EXPECT_FALSE(by_libsodium(pair.key, message, signature)) << small;
  }
}

TEST(Ed25519Verifier, SaysTheSameBeforeAndAfterAKeyIsPrepared) {
  Ed25519Verifier verifier;
  const Pair pair(9);
  const ByteVector message = noise(80, 9);
  const Signature good = pair.sign(message);
  Signature bad = good;
  bad[40] ^= 4;
  for (std::uint32_t sighting = 1; sighting < Ed25519Verifier::kSightings; ++sighting) {
    EXPECT_EQ(verifier.verify(pair.key, message, sighting % 2 == 0 ? good : bad),
              sighting % 2 == 0);
    EXPECT_EQ(verifier.prepared(), 0u);
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(verifier.verify(pair.key, message, good));
    EXPECT_FALSE(verifier.verify(pair.key, message, bad));
    EXPECT_EQ(verifier.prepared(), 1u);
  }
  EXPECT_FALSE(verifier.verify(Pair(10).key, message, good)) << "another key";
}

TEST(Ed25519Verifier, KeepsABoundedNumberOfKeys) {
  Ed25519Verifier verifier;
  const ByteVector message = noise(80, 10);
  for (unsigned number = 0; number < 1500; ++number) {
    const Pair pair(number);
    const Signature signature = pair.sign(message);
    for (std::uint32_t i = 0; i < Ed25519Verifier::kSightings; ++i) {
      ASSERT_TRUE(verifier.verify(pair.key, message, signature));
    }
  }
  EXPECT_LE(verifier.prepared(), Ed25519Verifier::kKeysMax);
  EXPECT_GT(verifier.prepared(), Ed25519Verifier::kKeysMax / 2);
}

// Keys whose first octets agree in the bits that choose a group push each other out.
TEST(Ed25519Verifier, TheKeyThatWasUsedLongestAgoGoesFirst) {
  constexpr std::size_t kWays = 4;
  std::vector<Pair> group;
  for (unsigned number = 0; group.size() <= kWays; ++number) {
    const Pair pair(number);
    if (pair.key[0] == 7) group.push_back(pair);
  }
  Ed25519Verifier verifier;
  const ByteVector message = noise(80, 11);
  const auto prepare = [&](const Pair& pair) {
    for (std::uint32_t i = 0; i < Ed25519Verifier::kSightings; ++i) {
      ASSERT_TRUE(verifier.verify(pair.key, message, pair.sign(message)));
    }
  };
  for (std::size_t i = 0; i < kWays; ++i) prepare(group[i]);
  EXPECT_EQ(verifier.prepared(), kWays);
  EXPECT_TRUE(verifier.verify(group[0].key, message, group[0].sign(message)));
  // Has the place of the second one from now on, which is not prepared any more.
  EXPECT_TRUE(verifier.verify(group[kWays].key, message, group[kWays].sign(message)));
  EXPECT_EQ(verifier.prepared(), kWays - 1);
  EXPECT_TRUE(verifier.verify(group[0].key, message, group[0].sign(message)));
  EXPECT_EQ(verifier.prepared(), kWays - 1);
  EXPECT_TRUE(verifier.verify(group[1].key, message, group[1].sign(message)));
  EXPECT_EQ(verifier.prepared(), kWays - 2) << "a place of its own at the cost of the third one";
}

}  // namespace
}  // namespace sdmp::codec
