#include "codec/rsa.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "codec/key_format.h"
#include "test_octets.h"

namespace sdmp::codec {
namespace {

EVP_PKEY* test_key() {
  static const EvpKey key = rsa_generate(2048).value();
  return key.get();
}

// A modulus without small factors: 2^bits - 1 minus what it takes; for checks that never use it.
ByteVector plain_modulus(int bits) {
  BIGNUM* number = BN_new();
  BN_set_bit(number, bits - 1);
  BN_add_word(number, 1);
  bool found = false;
  while (!found) {
    BN_add_word(number, 2);
    found = true;
    for (BN_ULONG factor = 3; factor < 752 && found; factor += 2) {
      found = BN_mod_word(number, factor) != 0;
    }
  }
  ByteVector octets(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, octets.data());
  BN_free(number);
  return octets;
}

Error error_of(const ByteVector& modulus, const ByteVector& exponent) {
  const auto key = rsa_public_key(modulus, exponent);
  return key ? Error::kCryptoLibrary : key.error();
}

const ByteVector kUsualExponent = {1, 0, 1};

TEST(Rsa, CRY_1_SizesFrom2048To4096) {
  EXPECT_TRUE(rsa_public_key(plain_modulus(2048), kUsualExponent).has_value());
  EXPECT_TRUE(rsa_public_key(plain_modulus(2049), kUsualExponent).has_value());
  EXPECT_TRUE(rsa_public_key(plain_modulus(4096), kUsualExponent).has_value());
  EXPECT_EQ(error_of(plain_modulus(2047), kUsualExponent), Error::kKeyUnsupported);
  EXPECT_EQ(error_of(plain_modulus(1024), kUsualExponent), Error::kKeyUnsupported);
  EXPECT_EQ(error_of(plain_modulus(4097), kUsualExponent), Error::kKeyUnsupported);
  EXPECT_EQ(error_of({}, kUsualExponent), Error::kKeyUnsupported);
}

TEST(Rsa, P_KEY_ExponentIsOddAndAtLeastThree) {
  const ByteVector modulus = plain_modulus(2048);
  EXPECT_TRUE(rsa_public_key(modulus, ByteVector{3}).has_value());
  EXPECT_TRUE(rsa_public_key(modulus, ByteVector{5}).has_value());
  EXPECT_EQ(error_of(modulus, {}), Error::kKeyWeak);
  EXPECT_EQ(error_of(modulus, {1}), Error::kKeyWeak);
  EXPECT_EQ(error_of(modulus, {2}), Error::kKeyWeak);
  EXPECT_EQ(error_of(modulus, {1, 0, 0}), Error::kKeyWeak);
  EXPECT_EQ(error_of(modulus, modulus), Error::kKeyWeak);
}

TEST(Rsa, ExponentThatLibcryptoCannotUse) {
  const ByteVector large(9, 0x81);
  EXPECT_TRUE(rsa_public_key(plain_modulus(3072), large).has_value());
  EXPECT_EQ(error_of(plain_modulus(3073), large), Error::kKeyUnsupported);
}

TEST(Rsa, P_KEY_DegenerateModulus) {
  ByteVector even = plain_modulus(2048);
  even.back() ^= 1;
  EXPECT_EQ(error_of(even, kUsualExponent), Error::kKeyWeak);
  for (const BN_ULONG factor : {3u, 5u, 7u, 743u, 751u}) {
    BIGNUM* number = BN_new();
    BN_set_bit(number, 2047);
    BN_div_word(number, factor);
    BN_add_word(number, BN_is_odd(number) ? 2 : 1);
    BN_mul_word(number, factor);
    ByteVector octets(256);
    BN_bn2binpad(number, octets.data(), 256);
    BN_free(number);
    octets.erase(octets.begin(), std::ranges::find_if(octets, [](auto octet) { return octet; }));
    EXPECT_EQ(error_of(octets, kUsualExponent), Error::kKeyWeak) << factor;
  }
}

TEST(Rsa, OpensslReadsOurSpkiAndWritesTheSame) {
  const ByteVector ours = rsa_spki(test_key());
  unsigned char* theirs = nullptr;
  const int size = i2d_PUBKEY(test_key(), &theirs);
  ASSERT_GT(size, 0);
  EXPECT_EQ(to_hex(ours), to_hex({theirs, static_cast<std::size_t>(size)}));
  OPENSSL_free(theirs);
}

TEST(Rsa, P_KEY_SignsRsassaPkcs1V1_5WithSha512) {
  const ByteVector message = noise(1000, 1);
  ByteVector signature(256);
  rsa_sign(test_key(), message, signature);
  EXPECT_TRUE(rsa_verify(test_key(), message, signature));
  // RFC 8017 9.2: recover the encoded message and look at its digest info.
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(test_key(), nullptr);
  EVP_PKEY_encrypt_init(context);
  EVP_PKEY_CTX_set_rsa_padding(context, 3);  // RSA_NO_PADDING
  ByteVector encoded(256);
  std::size_t size = encoded.size();
  ASSERT_EQ(EVP_PKEY_encrypt(context, encoded.data(), &size, signature.data(), signature.size()),
            1);
  EVP_PKEY_CTX_free(context);
  const std::string expected = "0001" + std::string(2 * (256 - 3 - 19 - 64), 'f') + "00" +
                               "3051300d060960864801650304020305000440" + to_hex(sha512(message));
  EXPECT_EQ(to_hex(encoded), expected);
}

TEST(Rsa, SignatureIsDeterministic) {
  const ByteVector message = noise(100, 2);
  ByteVector first(256);
  ByteVector second(256);
  rsa_sign(test_key(), message, first);
  rsa_sign(test_key(), message, second);
  EXPECT_EQ(first, second);
}

TEST(Rsa, WrongSignaturesAreFalseAndLeaveNoErrorBehind) {
  const ByteVector message = noise(100, 3);
  ByteVector signature(256);
  rsa_sign(test_key(), message, signature);
  EXPECT_FALSE(rsa_verify(test_key(), noise(100, 4), signature));
  EXPECT_FALSE(rsa_verify(test_key(), message, Bytes(signature).first(255)));
  EXPECT_FALSE(rsa_verify(test_key(), message, {}));
  ByteVector longer = signature;
  longer.insert(longer.begin(), 0);
  EXPECT_FALSE(rsa_verify(test_key(), message, longer));
  EXPECT_FALSE(rsa_verify(test_key(), message, ByteVector(256, 0)));
  EXPECT_FALSE(rsa_verify(test_key(), message, ByteVector(256, 0xff)));
  signature[100] ^= 1;
  EXPECT_FALSE(rsa_verify(test_key(), message, signature));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(Rsa, Pkcs8RoundTrip) {
  const SecretBytes der = rsa_to_pkcs8(test_key());
  const auto again = rsa_parse_pkcs8(der.bytes());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(rsa_spki(again->get()), rsa_spki(test_key()));
  EXPECT_TRUE(equal_secrets(rsa_to_pkcs8(again->get()).bytes(), der.bytes()));
  EXPECT_EQ(decode_pkcs8(der.bytes())->type, KeyType::kRsa);
}

TEST(Rsa, PrivateKeyWhoseNumbersDisagreeIsRefused) {
  const SecretBytes der = rsa_to_pkcs8(test_key());
  const ByteVector good(der.bytes().begin(), der.bytes().end());
  for (const char* name :
       {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
        OSSL_PKEY_PARAM_RSA_COEFFICIENT1}) {
    BIGNUM* number = nullptr;
    ASSERT_EQ(EVP_PKEY_get_bn_param(test_key(), name, &number), 1);
    ByteVector octets(static_cast<std::size_t>(BN_num_bytes(number)));
    BN_bn2bin(number, octets.data());
    BN_free(number);
    ByteVector changed = good;
    const auto found = std::ranges::search(changed, octets);
    ASSERT_FALSE(found.empty()) << name;
    found[octets.size() / 2] ^= 1;
    const auto key = rsa_parse_pkcs8(changed);
    ASSERT_FALSE(key.has_value()) << name;
    EXPECT_EQ(key.error(), Error::kKeyWeak) << name;
  }
}

TEST(Rsa, BrokenPkcs8) {
  const SecretBytes der = rsa_to_pkcs8(test_key());
  EXPECT_EQ(rsa_parse_pkcs8(der.bytes().first(der.size() - 1)).error(), Error::kKeyEncoding);
  ByteVector trailing(der.bytes().begin(), der.bytes().end());
  trailing.push_back(0);
  EXPECT_EQ(rsa_parse_pkcs8(trailing).error(), Error::kKeyEncoding);
  EXPECT_EQ(rsa_parse_pkcs8({}).error(), Error::kKeyEncoding);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace sdmp::codec
