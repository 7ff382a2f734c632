#include "codec/key.h"

#include <thread>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "codec/key_format.h"
#include "test_octets.h"

namespace sdmp::codec {
namespace {

PrivateKey ed25519_from_seed(const char* seed) {
  const ByteVector octets = from_hex(seed);
  auto key = PrivateKey::parse_pkcs8(
      encode_ed25519_pkcs8(std::span<const std::uint8_t, kEd25519KeyBytes>(octets)).bytes());
  EXPECT_TRUE(key.has_value());
  return std::move(*key);
}

const PrivateKey& rsa_key() {
  static const PrivateKey key = PrivateKey::generate(KeyType::kRsa, 2048).value();
  return key;
}

const PrivateKey& ed25519_key() {
  static const PrivateKey key = PrivateKey::generate(KeyType::kEd25519).value();
  return key;
}

ByteVector sign(const PrivateKey& key, Bytes message) {
  ByteVector signature(key.signature_size());
  key.sign(message, signature);
  return signature;
}

struct Rfc8032Vector {
  const char* seed;
  const char* point;
  const char* message;
  const char* signature;
};
// RFC 8032 7.1, tests 1 to 3.
const Rfc8032Vector kRfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
     "c6594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(Key, Rfc8032Vectors) {
  for (const Rfc8032Vector& vector : kRfc8032) {
    const PrivateKey key = ed25519_from_seed(vector.seed);
    EXPECT_EQ(to_hex(key.public_key().spki()),
              "302a300506032b6570032100" + std::string(vector.point));
    const ByteVector message = from_hex(vector.message);
    const ByteVector signature = sign(key, message);
    EXPECT_EQ(to_hex(signature), vector.signature);
    EXPECT_TRUE(key.public_key().verify(message, signature));
  }
}

TEST(Key, CRY_3_FingerprintHashesTheSpki) {
  for (const PrivateKey* key : {&ed25519_key(), &rsa_key()}) {
    EXPECT_EQ(key->public_key().fingerprint().octets, sha512(key->public_key().spki()));
    EXPECT_EQ(key->public_key().fingerprint().text().size(), 86u);
  }
}

TEST(Key, P_KEY_AlgorithmFollowsFromTheType) {
  EXPECT_EQ(jws_algorithm(ed25519_key().public_key().type()), "EdDSA");
  EXPECT_EQ(jws_algorithm(rsa_key().public_key().type()), "RS512");
}

TEST(Key, SignAndVerifyBothTypes) {
  for (const PrivateKey* key : {&ed25519_key(), &rsa_key()}) {
    const auto parsed = PublicKey::parse(key->public_key().spki());
    ASSERT_TRUE(parsed.has_value());
    const ByteVector message = noise(700, 1);
    ByteVector signature = sign(*key, message);
    EXPECT_TRUE(parsed->verify(message, signature));
    EXPECT_EQ(sign(*key, message), signature);
    EXPECT_FALSE(parsed->verify(noise(700, 2), signature));
    EXPECT_FALSE(parsed->verify(message, Bytes(signature).first(signature.size() - 1)));
    EXPECT_FALSE(parsed->verify(message, {}));
    for (std::size_t at = 0; at < signature.size(); at += 5) {
      ByteVector changed = signature;
      changed[at] ^= 4;
      EXPECT_FALSE(parsed->verify(message, changed)) << at;
    }
    signature.push_back(0);
    EXPECT_FALSE(parsed->verify(message, signature));
  }
}

Error parse_error(const std::string& point) {
  const auto key = PublicKey::parse(from_hex("302a300506032b6570032100" + point));
  return key ? Error::kCryptoLibrary : key.error();
}

TEST(Key, P_KEY_SmallOrderPointsAreRefused) {
  const std::string zeros(60, '0');
  for (const std::string& point :
       {"0100" + zeros, "0000" + zeros, "ec" + std::string(60, 'f') + "7f",
        std::string(62, '0') + "80",
        std::string("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        std::string("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
        std::string("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        std::string("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")}) {
    EXPECT_EQ(parse_error(point), Error::kKeyWeak) << point;
  }
}

TEST(Key, P_KEY_NonCanonicalPointsAreRefused) {
  for (const std::string end : {"7f", "ff"}) {
    for (const std::string start : {"ed", "ee", "ef", "f0", "ff"}) {
      EXPECT_EQ(parse_error(start + std::string(60, 'f') + end), Error::kKeyWeak);
    }
  }
}

TEST(Key, P_KEY_PointsOutsideTheMainSubgroupAreRefused) {
  const ByteVector order_eight =
      from_hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
  const Bytes point = ed25519_key().public_key().spki().last<kEd25519KeyBytes>();
  ByteVector mixed(kEd25519KeyBytes);
  ASSERT_EQ(crypto_core_ed25519_add(mixed.data(), point.data(), order_eight.data()), 0);
  EXPECT_EQ(parse_error(to_hex(mixed)), Error::kKeyWeak);
}

TEST(Key, P_KEY_PointsOffTheCurveAreRefused) {
  unsigned refused = 0;
  for (unsigned seed = 0; seed < 64; ++seed) {
    ByteVector point = noise(kEd25519KeyBytes, seed);
    point[31] &= 0x7f;
    if (parse_error(to_hex(point)) == Error::kKeyWeak) ++refused;
  }
  EXPECT_GT(refused, 40u) << "half are off the curve, most others outside the main subgroup";
}

TEST(Key, SmallRsaKeysAreNotMade) {
  EXPECT_EQ(PrivateKey::generate(KeyType::kRsa, 2047).error(), Error::kKeyUnsupported);
  EXPECT_EQ(PrivateKey::generate(KeyType::kRsa, 4097).error(), Error::kKeyUnsupported);
}

EVP_PKEY* openssl_reads(const PrivateKey& key) {
  const SecretBytes pem = key.to_pem();
  BIO* bio = BIO_new_mem_buf(pem.bytes().data(), static_cast<int>(pem.size()));
  EVP_PKEY* result = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return result;
}

TEST(Key, OpensslReadsOurPemAndWeReadItsPem) {
  for (const PrivateKey* key : {&ed25519_key(), &rsa_key()}) {
    EVP_PKEY* theirs = openssl_reads(*key);
    ASSERT_NE(theirs, nullptr);
    unsigned char* spki = nullptr;
    const int size = i2d_PUBKEY(theirs, &spki);
    EXPECT_EQ(to_hex({spki, static_cast<std::size_t>(size)}), to_hex(key->public_key().spki()));
    OPENSSL_free(spki);
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, theirs, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long length = BIO_get_mem_data(bio, &text);
    const std::string_view pem(text, static_cast<std::size_t>(length));
    EXPECT_EQ(pem, as_text(key->to_pem().bytes()));
    const auto again = PrivateKey::parse_pem(pem);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->public_key().fingerprint(), key->public_key().fingerprint());
    BIO_free(bio);
    EVP_PKEY_free(theirs);
  }
}

TEST(Key, OpensslKeysOfOtherKindsAreUnsupported) {
  EVP_PKEY* keys[] = {EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"),
                      EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
  for (EVP_PKEY* key : keys) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    EXPECT_EQ(PublicKey::parse({der, static_cast<std::size_t>(size)}).error(),
              Error::kKeyUnsupported);
    OPENSSL_free(der);
    BIO* bio = BIO_new(BIO_s_mem());
    i2d_PKCS8PrivateKey_bio(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long length = BIO_get_mem_data(bio, &text);
    EXPECT_EQ(PrivateKey::parse_pkcs8(as_bytes({text, static_cast<std::size_t>(length)})).error(),
              Error::kKeyUnsupported);
    BIO_free(bio);
    EVP_PKEY_free(key);
  }
}

TEST(Key, PublicKeyThatDoesNotBelongToTheSeedIsRefused) {
  // RFC 8410 10.3, the version with a public key, one bit of which is changed.
  const ByteVector der = from_hex(
      "3051020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f4475"
      "584281210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
  EXPECT_TRUE(PrivateKey::parse_pkcs8(der).has_value());
  ByteVector changed = der;
  changed.back() ^= 1;
  EXPECT_EQ(PrivateKey::parse_pkcs8(changed).error(), Error::kKeyWeak);
}

TEST(Key, MovedKeyStillSigns) {
  PrivateKey first = ed25519_from_seed(kRfc8032[0].seed);
  PrivateKey second = std::move(first);
  EXPECT_EQ(to_hex(sign(second, {})), kRfc8032[0].signature);
  first = std::move(second);
  EXPECT_EQ(to_hex(sign(first, {})), kRfc8032[0].signature);
}

TEST(Key, OneKeyOnManyThreads) {
  for (const PrivateKey* key : {&ed25519_key(), &rsa_key()}) {
    const PublicKey copy = key->public_key();
    std::vector<std::thread> threads;
    std::vector<int> verified(4);
    for (std::size_t i = 0; i < verified.size(); ++i) {
      threads.emplace_back([&, i] {
        for (unsigned round = 0; round < 8; ++round) {
          const ByteVector message = noise(100, round);
          verified[i] += copy.verify(message, sign(*key, message)) ? 1 : 0;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const int count : verified) EXPECT_EQ(count, 8);
  }
}

TEST(Key, NoiseIsNeverAKey) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    EXPECT_FALSE(PublicKey::parse(noise(seed % 300, seed)).has_value());
    EXPECT_FALSE(PrivateKey::parse_pkcs8(noise(seed % 300, seed)).has_value());
  }
}

}  // namespace
}  // namespace sdmp::codec
