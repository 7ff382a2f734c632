#include <gtest/gtest.h>

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

// A view of nothing may be null, which the library itself does not accept everywhere.
TEST(AeadLibsodium, NothingIsSealedAndOpened) {
  if (!aead_libsodium().available()) return;
  AeadKey key = key_for(aead_libsodium());
  AeadKey reference = key_for(aead_openssl());
  Tag tag{};
  Tag expected{};
  key.seal(kNonce, {}, {}, nullptr, tag);
  reference.seal(kNonce, {}, {}, nullptr, expected);
  EXPECT_EQ(tag, expected);
  EXPECT_TRUE(key.open(kNonce, {}, {}, tag));
  tag[0] ^= 1;
  EXPECT_FALSE(key.open(kNonce, {}, {}, tag));
}

#if defined(__x86_64__)
TEST(AeadLibsodium, NeedsTheInstructionsThatItUses) {
  const bool has = __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
  EXPECT_TRUE(has || !aead_libsodium().available());
}
#endif

}  // namespace
}  // namespace sdmp::codec
