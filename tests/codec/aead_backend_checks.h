// What every implementation behind codec/aead.h is asked alike; tests/codec/aead_test.cc holds them
// against each other.
#pragma once

#include <gtest/gtest.h>

#include "codec/aead_backends.h"
#include "test_octets.h"

namespace sdmp::codec::testing {

inline constexpr std::array<std::uint8_t, kAeadNonceBytes> kNonce{};
using Tag = std::array<std::uint8_t, kAeadTagBytes>;

inline AeadKey key_for(const AeadBackend& backend) {
  const ByteVector octets = noise(kAeadKeyBytes, 1);
  return AeadKey(backend, std::span<const std::uint8_t, kAeadKeyBytes>(octets));
}

// A view of nothing may be null, which libraries do not accept everywhere. Nothing to say of an
// implementation that this CPU cannot run.
inline void expect_nothing_is_sealed_and_opened(const AeadBackend& backend) {
  if (!backend.available()) return;
  AeadKey key = key_for(backend);
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
inline bool cpu_has_aes() {
  return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
}
#endif

}  // namespace sdmp::codec::testing
