// AES-256-GCM (NIST SP 800-38D) as frames use it: libsodium where the CPU has what it needs,
// libcrypto otherwise (P-KEY).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codec/bytes.h"

namespace sdmp::codec {

inline constexpr std::size_t kAeadKeyBytes = 32;
inline constexpr std::size_t kAeadNonceBytes = 12;
inline constexpr std::size_t kAeadTagBytes = 16;

// What one frame is sealed with; a view of the session's key. Never reuse one for two plaintexts.
struct FrameKey {
  std::span<const std::uint8_t, kAeadKeyBytes> key;
  std::array<std::uint8_t, kAeadNonceBytes> nonce;
};

// Encrypts `plaintext` to `ciphertext` (same size; the same memory or disjoint) and writes the tag.
void aead_seal(const FrameKey& key, Bytes aad, Bytes plaintext, std::uint8_t* ciphertext,
               std::span<std::uint8_t, kAeadTagBytes> tag);
// Decrypts in place. False when the tag does not match: the text is then wiped or untouched, never
// a forged plaintext.
[[nodiscard]] bool aead_open(const FrameKey& key, Bytes aad, MutableBytes text,
                             std::span<const std::uint8_t, kAeadTagBytes> tag);

// "libsodium" or "openssl": what this process uses, for logs and benches.
const char* aead_backend_name();

}  // namespace sdmp::codec
