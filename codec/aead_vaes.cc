#include "codec/aead_backends.h"
#include "codec/vaes_gcm.h"

namespace sdmp::codec {
namespace {

static_assert(alignof(VaesGcmKey) <= kAeadKeyAlignment);

VaesGcmKey& key_of(void* expanded) {
  return *static_cast<VaesGcmKey*>(expanded);
}

void expand(std::span<const std::uint8_t, kAeadKeyBytes> key, void* expanded) {
  vaes_gcm_expand(key, key_of(expanded));
}

void seal(void* expanded, AeadNonce nonce, Bytes aad, Bytes plaintext, std::uint8_t* ciphertext,
          std::span<std::uint8_t, kAeadTagBytes> tag) {
  vaes_gcm_seal(key_of(expanded), nonce, aad, plaintext, ciphertext, tag);
}

bool open(void* expanded, AeadNonce nonce, Bytes aad, MutableBytes text,
          std::span<const std::uint8_t, kAeadTagBytes> tag) {
  return vaes_gcm_open(key_of(expanded), nonce, aad, text, tag);
}

}  // namespace

const AeadBackend& aead_vaes() {
  static constexpr AeadBackend kBackend = {
      AeadChoice::kVaes, vaes_gcm_available, sizeof(VaesGcmKey), expand, nullptr, seal, open};
  return kBackend;
}

}  // namespace sdmp::codec
