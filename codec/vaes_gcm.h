// AES-256-GCM (NIST SP 800-38D) for CPUs whose registers take two blocks at a time: VAES and
// VPCLMULQDQ with AVX2, no AVX-512 needed. Sizes are in octets.
//
// Made for frames: texts of 256 octets to 4 KiB in multiples of 256, AAD of 4. Every other size is
// right, but costs a copy of its last part.
//
// Nothing here is owned, allocated or shared: any number of threads may use one key. Its functions
// need vaes_gcm_available(); without it the process ends. Timing depends on sizes only.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codec/bytes.h"

namespace sdmp::codec {

// An expanded key: round keys and powers of the hash key. Plain memory: whoever owns it wipes it.
struct alignas(32) VaesGcmKey {
  using Block = std::array<std::uint8_t, 16>;
  static constexpr std::size_t kPowers = 17;
  static constexpr std::size_t kRoundKeys = 15;

  // The powers H^17 to H^1 of the hash key, then the round keys: one array, because a load of two
  // blocks from H^1 takes the first round key along (and multiplies it by zero).
  std::array<Block, kPowers + kRoundKeys> blocks;
};

// The CPU and the operating system have what the functions below are made of.
bool vaes_gcm_available();

void vaes_gcm_expand(std::span<const std::uint8_t, 32> key, VaesGcmKey& out);

// Encrypts `plaintext` to `ciphertext` (same size; the same memory or disjoint) and writes the tag.
// A nonce never serves twice with one key.
void vaes_gcm_seal(const VaesGcmKey& key, std::span<const std::uint8_t, 12> nonce, Bytes aad,
                   Bytes plaintext, std::uint8_t* ciphertext, std::span<std::uint8_t, 16> tag);

// Decrypts in place. False when the tag does not match: the text is then wiped.
[[nodiscard]] bool vaes_gcm_open(const VaesGcmKey& key, std::span<const std::uint8_t, 12> nonce,
                                 Bytes aad, MutableBytes text,
                                 std::span<const std::uint8_t, 16> tag);

}  // namespace sdmp::codec
