#include <gtest/gtest.h>
#include <openssl/err.h>

#include "codec/aead_backends.h"
#include "test_octets.h"

namespace sdmp::codec {
namespace {

constexpr std::array<std::uint8_t, kAeadNonceBytes> kNonce{};
using Tag = std::array<std::uint8_t, kAeadTagBytes>;

AeadKey key_for(const AeadBackend& backend) {
  const ByteVector octets = noise(kAeadKeyBytes, 1);
  return AeadKey(backend, std::span<const std::uint8_t, kAeadKeyBytes>(octets));
}

TEST(AeadOpenssl, IsThereOnEveryCpu) {
  EXPECT_TRUE(aead_openssl().available());
}

// Errors queue up per thread: one per forged frame would be memory that a peer fills.
TEST(AeadOpenssl, AForgedTagLeavesNoErrorBehind) {
  AeadKey key = key_for(aead_openssl());
  ByteVector text = noise(256, 2);
  ERR_clear_error();
  EXPECT_FALSE(key.open(kNonce, {}, text, Tag{}));
  EXPECT_EQ(ERR_peek_error(), 0u);
  EXPECT_EQ(text, ByteVector(256));
}

}  // namespace
}  // namespace sdmp::codec
