#include "codec/aead.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "codec/aead_backends.h"
#include "test_octets.h"

namespace sdmp::codec {
namespace {

constexpr std::array<std::uint8_t, kAeadNonceBytes> kNonce = {1, 2, 3, 4,  5,  6,
                                                              7, 8, 9, 10, 11, 12};

std::span<const std::uint8_t, kAeadKeyBytes> key_of(const ByteVector& octets) {
  return std::span<const std::uint8_t, kAeadKeyBytes>(octets);
}

// Those that this machine can run; which ones is for the printed list to say.
std::vector<const AeadBackend*> backends() {
  std::vector<const AeadBackend*> all;
  for (const AeadChoice choice : kAeadChoices) {
    if (const AeadBackend* backend = aead_backend(choice)) all.push_back(backend);
  }
  return all;
}

struct Vector {
  const char* key;
  const char* nonce;
  const char* aad;
  const char* plaintext;
  const char* ciphertext;
  const char* tag;
};

// Test cases 13 to 16 of the GCM specification (McGrew and Viega) that NIST SP 800-38D refers to.
constexpr char kZeroKey[] = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr char kKey[] = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
const Vector kVectors[] = {
    {kZeroKey, "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {kZeroKey, "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
    {kKey, "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
     "b094dac5d93471bdec1a502270e3cc6c"},
    {kKey, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(Aead, NistVectorsWithEveryBackend) {
  for (const AeadBackend* backend : backends()) {
    for (const Vector& vector : kVectors) {
      AeadKey key(*backend, key_of(from_hex(vector.key)));
      const ByteVector nonce_octets = from_hex(vector.nonce);
      const AeadNonce nonce(nonce_octets);
      const ByteVector aad = from_hex(vector.aad);
      const ByteVector plaintext = from_hex(vector.plaintext);
      ByteVector text(plaintext.size());
      std::array<std::uint8_t, kAeadTagBytes> tag{};
      key.seal(nonce, aad, plaintext, text.data(), tag);
      EXPECT_EQ(to_hex(text), vector.ciphertext) << name(*backend);
      EXPECT_EQ(to_hex(tag), vector.tag) << name(*backend);
      EXPECT_TRUE(key.open(nonce, aad, text, tag)) << name(*backend);
      EXPECT_EQ(text, plaintext) << name(*backend);
    }
  }
}

TEST(Aead, BackendsAgreeInPlaceAndApart) {
  const ByteVector octets = noise(32, 1);
  const ByteVector aad = noise(4, 3);
  AeadKey reference(aead_openssl(), key_of(octets));
  for (const AeadBackend* backend : backends()) {
    AeadKey key(*backend, key_of(octets));
    for (std::size_t size = 0; size < 5000; size += size < 1100 ? 1 : 97) {
      const ByteVector plaintext = noise(size, 4);
      ByteVector expected(size);
      std::array<std::uint8_t, kAeadTagBytes> expected_tag{};
      reference.seal(kNonce, aad, plaintext, expected.data(), expected_tag);
      ByteVector text = plaintext;
      std::array<std::uint8_t, kAeadTagBytes> tag{};
      key.seal(kNonce, aad, text, text.data(), tag);
      ASSERT_EQ(text, expected) << name(*backend) << " " << size;
      ASSERT_EQ(tag, expected_tag) << name(*backend) << " " << size;
      ASSERT_TRUE(key.open(kNonce, aad, text, tag)) << name(*backend) << " " << size;
      ASSERT_EQ(text, plaintext) << name(*backend) << " " << size;
    }
  }
}

TEST(Aead, AnyChangedBitIsRefusedAndNothingForgedIsLeft) {
  const ByteVector octets = noise(32, 1);
  const ByteVector aad = noise(4, 3);
  const ByteVector plaintext = noise(256, 4);
  for (const AeadBackend* backend : backends()) {
    AeadKey key(*backend, key_of(octets));
    ByteVector sealed(256);
    std::array<std::uint8_t, kAeadTagBytes> tag{};
    key.seal(kNonce, aad, plaintext, sealed.data(), tag);
    for (std::size_t bit = 0; bit < (4 + 256 + 16) * 8; bit += 7) {
      ByteVector changed_aad = aad;
      ByteVector text = sealed;
      auto changed_tag = tag;
      const std::size_t octet = bit / 8;
      const auto mask = static_cast<std::uint8_t>(1u << bit % 8);
      if (octet < 4) {
        changed_aad[octet] ^= mask;
      } else if (octet < 260) {
        text[octet - 4] ^= mask;
      } else {
        changed_tag[octet - 260] ^= mask;
      }
      const ByteVector given = text;
      EXPECT_FALSE(key.open(kNonce, changed_aad, text, changed_tag));
      EXPECT_TRUE(text == given || text == ByteVector(256)) << name(*backend);
    }
  }
}

TEST(Aead, AnotherKeyInTheSameMemoryIsAnotherKey) {
  const ByteVector plaintext = noise(512, 4);
  for (const AeadBackend* backend : backends()) {
    std::array<std::uint8_t, kAeadTagBytes> fresh_tag{};
    std::array<std::uint8_t, kAeadTagBytes> tag{};
    ByteVector expected(512);
    ByteVector text(512);
    const ByteVector second = noise(32, 2);
    AeadKey(*backend, key_of(second)).seal(kNonce, {}, plaintext, expected.data(), fresh_tag);
    AeadKey key(*backend, key_of(noise(32, 1)));
    key.seal(kNonce, {}, plaintext, text.data(), tag);
    EXPECT_NE(text, expected);
    key.assign(key_of(second));
    AeadKey moved = std::move(key);
    moved.seal(kNonce, {}, plaintext, text.data(), tag);
    EXPECT_EQ(text, expected) << name(*backend);
    EXPECT_EQ(tag, fresh_tag) << name(*backend);
  }
}

TEST(Aead, NamesAndChoicesBelongTogether) {
  EXPECT_EQ(aead_choice_by_name("auto"), AeadChoice::kAuto);
  for (const AeadChoice choice : kAeadChoices) EXPECT_EQ(aead_choice_by_name(name(choice)), choice);
  EXPECT_EQ(aead_choice_by_name("aes"), std::nullopt);
  EXPECT_EQ(aead_choice_by_name(""), std::nullopt);
  for (const AeadBackend* backend : backends()) {
    EXPECT_LE(expanded_bytes(*backend), 1024u) << name(*backend);
  }
}

TEST(Aead, P_KEY_ThereIsAlwaysOneAndAutoIsOneOfThem) {
  EXPECT_NE(aead_backend(AeadChoice::kOpenssl), nullptr);
  const AeadBackend* chosen = aead_backend(AeadChoice::kAuto);
  ASSERT_NE(chosen, nullptr);
  EXPECT_EQ(aead_backend(chosen->choice), chosen);
}

}  // namespace
}  // namespace sdmp::codec
