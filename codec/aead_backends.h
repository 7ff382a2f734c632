// The implementations behind codec/aead.h, each on its own: for aead.cc and for the tests that hold
// them against each other. Semantics are those of AeadKey.
#pragma once

#include "codec/aead.h"

namespace sdmp::codec {

struct AeadBackend {
  AeadChoice choice;
  bool (*available)();
  std::size_t expanded_bytes;  // aligned to kAeadKeyAlignment, zero before the first expand()
  // Zero memory, or memory that expand() has filled before.
  void (*expand)(std::span<const std::uint8_t, kAeadKeyBytes> key, void* expanded);
  // What expand() took beside this memory; nullptr: nothing.
  void (*release)(void* expanded);
  void (*seal)(void* expanded, AeadNonce nonce, Bytes aad, Bytes plaintext,
               std::uint8_t* ciphertext, std::span<std::uint8_t, kAeadTagBytes> tag);
  bool (*open)(void* expanded, AeadNonce nonce, Bytes aad, MutableBytes text,
               std::span<const std::uint8_t, kAeadTagBytes> tag);
};

const AeadBackend& aead_libsodium();
const AeadBackend& aead_openssl();
const AeadBackend& aead_ipsec_mb();
const AeadBackend& aead_vaes();

}  // namespace sdmp::codec
