// The two implementations behind codec/aead.h, each on its own: for aead.cc and for the tests that
// hold them against each other. Semantics are those of aead_seal and aead_open.
#pragma once

#include "codec/aead.h"

namespace sdmp::codec {

struct AeadBackend {
  const char* name;
  void (*seal)(const FrameKey& key, Bytes aad, Bytes plaintext, std::uint8_t* ciphertext,
               std::span<std::uint8_t, kAeadTagBytes> tag);
  bool (*open)(const FrameKey& key, Bytes aad, MutableBytes text,
               std::span<const std::uint8_t, kAeadTagBytes> tag);
};

// Usable only where sodium_aead_available(): it needs AES-NI and PCLMUL.
const AeadBackend& sodium_aead();
bool sodium_aead_available();
// Usable everywhere.
const AeadBackend& openssl_aead();

}  // namespace sdmp::codec
