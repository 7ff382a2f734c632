#include "codec/key_agreement.h"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include "test_octets.h"

namespace sdmp::codec {
namespace {

constexpr Group kAll[] = {Group::kX25519, Group::kFfdhe2048, Group::kFfdhe3072, Group::kFfdhe4096};
constexpr Group kFiniteFields[] = {Group::kFfdhe2048, Group::kFfdhe3072, Group::kFfdhe4096};

EphemeralKey key_of(Group group, Bytes seed) {
  ByteVector full(seed.begin(), seed.end());
  full.resize(kAgreementSeedBytes);
  auto key = EphemeralKey::generate(
      group, std::span<const std::uint8_t, kAgreementSeedBytes>(full.data(), full.size()));
  EXPECT_TRUE(key.has_value());
  return std::move(*key);
}

TEST(KeyAgreement, Rfc7748Section6_1) {
  const EphemeralKey alice = key_of(
      Group::kX25519, from_hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
  const EphemeralKey bob = key_of(
      Group::kX25519, from_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
  EXPECT_EQ(to_hex(alice.public_value()),
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  EXPECT_EQ(to_hex(bob.public_value()),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const char* shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  EXPECT_EQ(to_hex(alice.agree(bob.public_value())->bytes()), shared);
  EXPECT_EQ(to_hex(bob.agree(alice.public_value())->bytes()), shared);
}

TEST(KeyAgreement, Rfc7748Section5_2) {
  const EphemeralKey key = key_of(
      Group::kX25519, from_hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"));
  const ByteVector value =
      from_hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
  EXPECT_EQ(to_hex(key.agree(value)->bytes()),
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
}

TEST(KeyAgreement, BothSidesAgreeInEveryGroup) {
  for (const Group group : kAll) {
    const EphemeralKey a = key_of(group, noise(64, 1));
    const EphemeralKey b = key_of(group, noise(64, 2));
    const auto shared = a.agree(b.public_value());
    ASSERT_TRUE(shared.has_value());
    EXPECT_EQ(a.group(), group);
    EXPECT_EQ(a.public_value().size(), group_size(group));
    EXPECT_EQ(shared->size(), group_size(group));
    EXPECT_TRUE(equal_secrets(shared->bytes(), b.agree(a.public_value())->bytes()));
  }
}

TEST(KeyAgreement, GenerationReplaysFromItsSeed) {
  for (const Group group : kAll) {
    EXPECT_EQ(to_hex(key_of(group, noise(64, 1)).public_value()),
              to_hex(key_of(group, noise(64, 1)).public_value()));
  }
}

// p = 2^b - 2^(b-64) + (floor(2^(b-130) e) + X) * 2^64 - 1, RFC 7919 appendix A.
ByteVector rfc7919_prime(int bits, BN_ULONG x) {
  BN_CTX* context = BN_CTX_new();
  constexpr int kGuardBits = 64;
  BIGNUM* term = BN_new();
  BIGNUM* e = BN_new();
  BN_set_bit(term, bits - 130 + kGuardBits);
  for (BN_ULONG k = 1; !BN_is_zero(term); ++k) {  // e is the sum of 1 / k!
    BN_add(e, e, term);
    BN_div_word(term, k);
  }
  BN_rshift(e, e, kGuardBits);
  BN_add_word(e, x);
  BN_lshift(e, e, 64);
  BIGNUM* prime = BN_new();
  BIGNUM* power = BN_new();
  BN_set_bit(prime, bits);
  BN_set_bit(power, bits - 64);
  BN_sub(prime, prime, power);
  BN_add(prime, prime, e);
  BN_sub_word(prime, 1);
  ByteVector octets(static_cast<std::size_t>(BN_num_bytes(prime)));
  BN_bn2bin(prime, octets.data());
  for (BIGNUM* number : {term, e, prime, power}) BN_free(number);
  BN_CTX_free(context);
  return octets;
}

TEST(KeyAgreement, P_KEY_PrimesAreThoseOfRfc7919) {
  EXPECT_EQ(to_hex(group_prime(Group::kFfdhe2048)), to_hex(rfc7919_prime(2048, 560316)));
  EXPECT_EQ(to_hex(group_prime(Group::kFfdhe3072)), to_hex(rfc7919_prime(3072, 2625351)));
  EXPECT_EQ(to_hex(group_prime(Group::kFfdhe4096)), to_hex(rfc7919_prime(4096, 5736041)));
}

TEST(KeyAgreement, P_HS_X25519PrimeIs32BigEndianOctets) {
  EXPECT_EQ(to_hex(group_prime(Group::kX25519)),
            "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
  EXPECT_EQ(group_generator(Group::kX25519), 9);
  for (const Group group : kFiniteFields) EXPECT_EQ(group_generator(group), 2);
}

TEST(KeyAgreement, FfdheIsPlainModularExponentiation) {
  for (const Group group : kFiniteFields) {
    const std::size_t exponent_size = group == Group::kFfdhe2048   ? 32
                                      : group == Group::kFfdhe3072 ? 40
                                                                   : 48;
    ByteVector exponent = noise(exponent_size, 9);
    exponent[0] |= 0x80;
    BN_CTX* context = BN_CTX_new();
    const Bytes p = group_prime(group);
    BIGNUM* prime = BN_bin2bn(p.data(), static_cast<int>(p.size()), nullptr);
    BIGNUM* power = BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr);
    BIGNUM* base = BN_new();
    BN_set_word(base, 2);
    BN_mod_exp(base, base, power, prime, context);
    ByteVector expected(p.size());
    BN_bn2binpad(base, expected.data(), static_cast<int>(expected.size()));
    for (BIGNUM* number : {prime, power, base}) BN_free(number);
    BN_CTX_free(context);
    EXPECT_EQ(to_hex(key_of(group, noise(64, 9)).public_value()), to_hex(expected));
  }
}

TEST(KeyAgreement, P_SEC_FfdheResultIsLeftPadded) {
  // With N = 2^8 mod p the result is that of 2 to eight times the exponent: compare for many seeds
  // until one has a leading zero octet.
  const EphemeralKey a = key_of(Group::kFfdhe2048, noise(64, 1));
  bool seen = false;
  for (unsigned seed = 0; seed < 4000 && !seen; ++seed) {
    const EphemeralKey b = key_of(Group::kFfdhe2048, noise(64, seed));
    if (b.public_value()[0] != 0) continue;
    seen = true;
    EXPECT_EQ(b.public_value().size(), 256u);
    EXPECT_TRUE(
        equal_secrets(a.agree(b.public_value())->bytes(), b.agree(a.public_value())->bytes()));
  }
  EXPECT_TRUE(seen);
}

TEST(KeyAgreement, SES_6_IdentifiesGroupsByComparison) {
  for (const Group group : kAll) {
    const Bytes p = group_prime(group);
    EXPECT_EQ(identify_group(group_generator(group), p), group);
    EXPECT_EQ(identify_group(group_generator(group) + 1, p).error(), Error::kGroup);
    EXPECT_EQ(identify_group(-group_generator(group), p).error(), Error::kGroup);
    EXPECT_EQ(identify_group(group == Group::kX25519 ? 2 : 9, p).error(), Error::kGroup);
    ByteVector changed(p.begin(), p.end());
    changed.back() ^= 1;
    EXPECT_EQ(identify_group(group_generator(group), changed).error(), Error::kGroup);
    changed.assign(p.begin(), p.end());
    changed.insert(changed.begin(), 0);
    EXPECT_EQ(identify_group(group_generator(group), changed).error(), Error::kGroup);
  }
  EXPECT_EQ(identify_group(2, {}).error(), Error::kGroup);
}

ByteVector small_value(Group group, std::uint8_t value) {
  ByteVector octets(group_size(group));
  octets.back() = value;
  return octets;
}

ByteVector prime_minus(Group group, std::uint8_t difference) {
  const Bytes p = group_prime(group);
  ByteVector octets(p.begin(), p.end());
  octets.back() = static_cast<std::uint8_t>(octets.back() - difference);
  return octets;
}

TEST(KeyAgreement, P_HS_FfdheValuesFromTwoToPrimeMinusTwo) {
  for (const Group group : kFiniteFields) {
    const auto accepts = [group](const ByteVector& value) {
      return EphemeralKey::check_public_value(group, value).has_value();
    };
    EXPECT_FALSE(accepts(small_value(group, 0)));
    EXPECT_FALSE(accepts(small_value(group, 1)));
    EXPECT_TRUE(accepts(small_value(group, 2)));
    EXPECT_TRUE(accepts(prime_minus(group, 2)));
    EXPECT_FALSE(accepts(prime_minus(group, 1)));
    EXPECT_FALSE(accepts(prime_minus(group, 0)));
    EXPECT_FALSE(accepts(ByteVector(group_size(group), 0xff)));
    EXPECT_FALSE(accepts(ByteVector(group_size(group) - 1, 0x7f)));
    EXPECT_FALSE(accepts(ByteVector(group_size(group) + 1, 0)));
    EXPECT_FALSE(accepts({}));
    const EphemeralKey key = key_of(group, noise(64, 1));
    EXPECT_EQ(key.agree(prime_minus(group, 1)).error(), Error::kPublicValue);
    EXPECT_TRUE(key.agree(prime_minus(group, 2)).has_value());
  }
}

TEST(KeyAgreement, P_HS_X25519ResultMustNotBeZero) {
  const EphemeralKey key = key_of(Group::kX25519, noise(64, 1));
  for (const char* value : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
           "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
       }) {
    EXPECT_EQ(key.agree(from_hex(value)).error(), Error::kPublicValue) << value;
  }
  EXPECT_EQ(key.agree(noise(31, 1)).error(), Error::kPublicValue);
  EXPECT_EQ(key.agree(noise(33, 1)).error(), Error::kPublicValue);
  EXPECT_EQ(key.agree({}).error(), Error::kPublicValue);
}

TEST(KeyAgreement, NamesRoundTrip) {
  for (const Group group : kAll) EXPECT_EQ(group_by_name(name(group)), group);
  EXPECT_EQ(name(Group::kFfdhe3072), "ffdhe3072");
  EXPECT_FALSE(group_by_name("X25519").has_value());
  EXPECT_FALSE(group_by_name("").has_value());
}

TEST(KeyAgreement, FirstUseByManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::vector<std::string> values(4);
  for (std::size_t i = 0; i < values.size(); ++i) {
    threads.emplace_back([&values, i] {
      values[i] = to_hex(key_of(Group::kFfdhe2048, noise(64, 3)).public_value());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& value : values) EXPECT_EQ(value, values[0]);
}

}  // namespace
}  // namespace sdmp::codec
