#include "codec/aead.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "codec/aead_backends.h"
#include "test_octets.h"

namespace sdmp::codec {
namespace {

FrameKey frame_key(const ByteVector& key, const ByteVector& nonce) {
  FrameKey result{std::span<const std::uint8_t, kAeadKeyBytes>(key), {}};
  std::ranges::copy(nonce, result.nonce.begin());
  return result;
}

std::vector<const AeadBackend*> backends() {
  std::vector<const AeadBackend*> all = {&openssl_aead()};
  if (sodium_aead_available()) all.push_back(&sodium_aead());
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
      const ByteVector key = from_hex(vector.key);
      const FrameKey sealing = frame_key(key, from_hex(vector.nonce));
      const ByteVector aad = from_hex(vector.aad);
      const ByteVector plaintext = from_hex(vector.plaintext);
      ByteVector text(plaintext.size());
      std::array<std::uint8_t, kAeadTagBytes> tag{};
      backend->seal(sealing, aad, plaintext, text.data(), tag);
      EXPECT_EQ(to_hex(text), vector.ciphertext) << backend->name;
      EXPECT_EQ(to_hex(tag), vector.tag) << backend->name;
      EXPECT_TRUE(backend->open(sealing, aad, text, tag));
      EXPECT_EQ(text, plaintext) << backend->name;
    }
  }
}

TEST(Aead, BackendsAgreeInPlaceAndApart) {
  const ByteVector key = noise(32, 1);
  const FrameKey sealing = frame_key(key, noise(12, 2));
  const ByteVector aad = noise(4, 3);
  for (std::size_t size = 0; size < 700; size += size < 300 ? 1 : 97) {
    const ByteVector plaintext = noise(size, 4);
    ByteVector expected(size);
    std::array<std::uint8_t, kAeadTagBytes> expected_tag{};
    openssl_aead().seal(sealing, aad, plaintext, expected.data(), expected_tag);
    for (const AeadBackend* backend : backends()) {
      ByteVector text = plaintext;
      std::array<std::uint8_t, kAeadTagBytes> tag{};
      backend->seal(sealing, aad, text, text.data(), tag);
      EXPECT_EQ(text, expected) << backend->name << " " << size;
      EXPECT_EQ(tag, expected_tag) << backend->name << " " << size;
    }
  }
}

TEST(Aead, AnyChangedBitIsRefusedAndNothingForgedIsLeft) {
  const ByteVector key = noise(32, 1);
  const FrameKey sealing = frame_key(key, noise(12, 2));
  const ByteVector aad = noise(4, 3);
  const ByteVector plaintext = noise(256, 4);
  for (const AeadBackend* backend : backends()) {
    ByteVector sealed(256);
    std::array<std::uint8_t, kAeadTagBytes> tag{};
    backend->seal(sealing, aad, plaintext, sealed.data(), tag);
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
      EXPECT_FALSE(backend->open(sealing, changed_aad, text, changed_tag));
      EXPECT_TRUE(text == given || text == ByteVector(256)) << backend->name;
    }
  }
}

TEST(Aead, P_KEY_PrefersLibsodium) {
  EXPECT_STREQ(aead_backend_name(), sodium_aead_available() ? "libsodium" : "openssl");
}

TEST(Aead, PublicFunctionsRoundTrip) {
  const ByteVector key = noise(32, 5);
  const FrameKey sealing = frame_key(key, noise(12, 6));
  const ByteVector plaintext = noise(1024, 7);
  ByteVector text = plaintext;
  std::array<std::uint8_t, kAeadTagBytes> tag{};
  aead_seal(sealing, {}, text, text.data(), tag);
  EXPECT_NE(text, plaintext);
  EXPECT_TRUE(aead_open(sealing, {}, text, tag));
  EXPECT_EQ(text, plaintext);
}

}  // namespace
}  // namespace sdmp::codec
