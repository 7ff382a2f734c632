#include "codec/vaes_gcm.h"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "test_octets.h"

namespace sdmp::codec {
namespace {

using Tag = std::array<std::uint8_t, 16>;
using Nonce = std::span<const std::uint8_t, 12>;

VaesGcmKey expanded(const ByteVector& key) {
  VaesGcmKey result;
  vaes_gcm_expand(std::span<const std::uint8_t, 32>(key), result);
  return result;
}

struct Sealed {
  ByteVector text;
  Tag tag{};
};

// What libcrypto makes of it; NIST's vectors are for all implementations, in aead_test.cc.
Sealed reference(const ByteVector& key, const ByteVector& nonce, Bytes aad, Bytes plaintext) {
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(),
                                                                           EVP_CIPHER_CTX_free);
  Sealed sealed{ByteVector(plaintext.size()), {}};
  int written = 0;
  EXPECT_EQ(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()),
            1);
  if (!aad.empty()) {
    EXPECT_EQ(EVP_EncryptUpdate(context.get(), nullptr, &written, aad.data(),
                                static_cast<int>(aad.size())),
              1);
  }
  if (!plaintext.empty()) {
    EXPECT_EQ(EVP_EncryptUpdate(context.get(), sealed.text.data(), &written, plaintext.data(),
                                static_cast<int>(plaintext.size())),
              1);
  }
  std::uint8_t nothing = 0;
  EXPECT_EQ(EVP_EncryptFinal_ex(context.get(), &nothing, &written), 1);
  EXPECT_EQ(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, sealed.tag.data()), 1);
  return sealed;
}

// Seals apart and in place and opens, `shift` octets beside an aligned address, between guards.
void expect_agreement(const ByteVector& raw_key, std::size_t size, std::size_t aad_size,
                      std::size_t shift) {
  constexpr std::uint8_t kGuard = 0xa5;
  constexpr std::size_t kGuards = 64;
  SCOPED_TRACE(testing::Message() << size << " octets, aad " << aad_size << ", shift " << shift);
  const VaesGcmKey key = expanded(raw_key);
  const auto seed = static_cast<unsigned>(size * 41 + aad_size);
  const ByteVector nonce = noise(12, seed + 1);
  const ByteVector aad = noise(aad_size, seed + 2);
  const ByteVector plaintext = noise(size, seed + 3);
  const Sealed expected = reference(raw_key, nonce, aad, plaintext);

  ByteVector memory(shift + size + kGuards, kGuard);
  const MutableBytes text = MutableBytes(memory).subspan(shift, size);
  const auto guarded = [&] {
    const auto is_guard = [](std::uint8_t octet) { return octet == kGuard; };
    return std::all_of(memory.begin(), memory.begin() + static_cast<std::ptrdiff_t>(shift),
                       is_guard) &&
           std::all_of(memory.end() - kGuards, memory.end(), is_guard);
  };
  Tag tag{};
  vaes_gcm_seal(key, Nonce(nonce), aad, plaintext, text.data(), tag);
  EXPECT_TRUE(std::ranges::equal(text, expected.text));
  EXPECT_EQ(tag, expected.tag);
  EXPECT_TRUE(vaes_gcm_open(key, Nonce(nonce), aad, text, tag));
  EXPECT_TRUE(std::ranges::equal(text, plaintext));
  EXPECT_TRUE(guarded());

  tag = {};
  vaes_gcm_seal(key, Nonce(nonce), aad, text, text.data(), tag);
  EXPECT_TRUE(std::ranges::equal(text, expected.text));
  EXPECT_EQ(tag, expected.tag);
  EXPECT_TRUE(guarded());
}

TEST(VaesGcm, AgreesWithLibcryptoForEverySmallSize) {
  if (!vaes_gcm_available()) return;
  const ByteVector key = noise(32, 1);
  for (std::size_t size = 0; size <= 1100; ++size) expect_agreement(key, size, 4, size % 33);
}

TEST(VaesGcm, AgreesWithLibcryptoForLargeSizes) {
  if (!vaes_gcm_available()) return;
  const ByteVector key = noise(32, 2);
  for (const std::size_t size : {4095u, 4096u, 4097u, 16'384u, 65'535u, 65'552u, 1'048'593u}) {
    expect_agreement(key, size, 4, 1);
  }
}

TEST(VaesGcm, AgreesWithLibcryptoForEveryAad) {
  if (!vaes_gcm_available()) return;
  for (std::size_t aad = 0; aad <= 40; ++aad) {
    const ByteVector key = noise(32, static_cast<unsigned>(100 + aad));
    for (const std::size_t size : {0u, 1u, 255u, 256u, 300u, 512u, 768u}) {
      expect_agreement(key, size, aad, aad % 16);
    }
  }
}

// Memory sized to the octet, so that a sanitizer sees a read or write beyond it.
TEST(VaesGcm, TouchesNothingBeyondItsBuffers) {
  if (!vaes_gcm_available()) return;
  const VaesGcmKey key = expanded(noise(32, 3));
  const ByteVector nonce = noise(12, 4);
  for (std::size_t size = 0; size <= 600; size += size < 40 ? 1 : 27) {
    const ByteVector plaintext = noise(size, 5);
    const ByteVector aad = noise(size % 23, 6);
    const auto text = std::make_unique<std::uint8_t[]>(size);
    Tag tag{};
    vaes_gcm_seal(key, Nonce(nonce), aad, plaintext, text.get(), tag);
    EXPECT_TRUE(vaes_gcm_open(key, Nonce(nonce), aad, {text.get(), size}, tag));
    EXPECT_TRUE(std::equal(plaintext.begin(), plaintext.end(), text.get()));
  }
}

TEST(VaesGcm, AnyChangedBitIsRefusedAndNothingForgedIsLeft) {
  if (!vaes_gcm_available()) return;
  const VaesGcmKey key = expanded(noise(32, 1));
  const ByteVector nonce = noise(12, 2);
  const ByteVector aad = noise(4, 3);
  for (const std::size_t size : {0u, 1u, 37u, 256u, 300u, 512u, 769u}) {
    const ByteVector plaintext = noise(size, 4);
    ByteVector sealed(size);
    Tag tag{};
    vaes_gcm_seal(key, Nonce(nonce), aad, plaintext, sealed.data(), tag);
    for (std::size_t bit = 0; bit < (4 + size + 16) * 8; ++bit) {
      ByteVector changed_aad = aad;
      ByteVector text = sealed;
      Tag changed_tag = tag;
      const std::size_t octet = bit / 8;
      const auto mask = static_cast<std::uint8_t>(1u << bit % 8);
      if (octet < 4) {
        changed_aad[octet] ^= mask;
      } else if (octet < 4 + size) {
        text[octet - 4] ^= mask;
      } else {
        changed_tag[octet - 4 - size] ^= mask;
      }
      const ByteVector given = text;
      EXPECT_FALSE(vaes_gcm_open(key, Nonce(nonce), changed_aad, text, changed_tag)) << bit;
      EXPECT_TRUE(text == given || text == ByteVector(size)) << bit;
    }
    EXPECT_FALSE(vaes_gcm_open(key, Nonce(nonce), noise(5, 3), sealed, tag));
  }
}

}  // namespace
}  // namespace sdmp::codec
