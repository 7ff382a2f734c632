#include <sodium.h>

#include "codec/aead_backends.h"
#include "codec/key.h"

namespace sdmp::codec {
namespace {

using State = crypto_aead_aes256gcm_state;
static_assert(alignof(State) <= kAeadKeyAlignment);

State* state_of(void* expanded) {
  return static_cast<State*>(expanded);
}

// libsodium declares that these pointers are never null, whatever the size.
std::uint8_t* non_null(std::uint8_t* pointer) {
  static std::uint8_t nothing = 0;
  return pointer == nullptr ? &nothing : pointer;
}

bool available() {
  crypto_init();
  return crypto_aead_aes256gcm_is_available() == 1;
}

void expand(std::span<const std::uint8_t, kAeadKeyBytes> key, void* expanded) {
  crypto_aead_aes256gcm_beforenm(state_of(expanded), key.data());
}

void seal(void* expanded, AeadNonce nonce, Bytes aad, Bytes plaintext, std::uint8_t* ciphertext,
          std::span<std::uint8_t, kAeadTagBytes> tag) {
  crypto_aead_aes256gcm_encrypt_detached_afternm(
      non_null(ciphertext), tag.data(), nullptr, plaintext.data(), plaintext.size(), aad.data(),
      aad.size(), nullptr, nonce.data(), state_of(expanded));
}

bool open(void* expanded, AeadNonce nonce, Bytes aad, MutableBytes text,
          std::span<const std::uint8_t, kAeadTagBytes> tag) {
  const std::uint8_t* ciphertext = non_null(text.data());
  return crypto_aead_aes256gcm_decrypt_detached_afternm(
             text.data(), nullptr, ciphertext, text.size(), tag.data(), aad.data(), aad.size(),
             nonce.data(), state_of(expanded)) == 0;
}

}  // namespace

const AeadBackend& aead_libsodium() {
  static constexpr AeadBackend kBackend = {
      AeadChoice::kLibsodium, available, sizeof(State), expand, nullptr, seal, open};
  return kBackend;
}

}  // namespace sdmp::codec
