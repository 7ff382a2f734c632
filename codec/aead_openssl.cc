#include <algorithm>
#include <array>
#include <limits>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "codec/aead_backends.h"
#include "codec/check.h"
#include "codec/secret.h"

namespace sdmp::codec {
namespace {

// libcrypto keeps the expanded key in memory of its own, about 1 KiB.
struct Expanded {
  EVP_CIPHER_CTX* context;
};

EVP_CIPHER_CTX* context_of(void* expanded) {
  return static_cast<Expanded*>(expanded)->context;
}

// Fetched once: an implicit fetch costs more than sealing a small frame.
const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return kCipher;
}

int size_of(Bytes data) {
  SDMP_CHECK(data.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  return static_cast<int>(data.size());
}

bool available() {
  return true;
}

void expand(std::span<const std::uint8_t, kAeadKeyBytes> key, void* expanded) {
  auto* own = static_cast<Expanded*>(expanded);
  if (own->context == nullptr) own->context = EVP_CIPHER_CTX_new();
  SDMP_CHECK(own->context != nullptr && cipher() != nullptr);
  SDMP_CHECK(EVP_EncryptInit_ex2(own->context, cipher(), key.data(), nullptr, nullptr) == 1);
}

void release(void* expanded) {
  EVP_CIPHER_CTX_free(context_of(expanded));
}

EVP_CIPHER_CTX* start(void* expanded, AeadNonce nonce, Bytes aad, int encrypt) {
  int written = 0;
  EVP_CIPHER_CTX* context = context_of(expanded);
  SDMP_CHECK(EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), encrypt, nullptr) == 1);
  SDMP_CHECK(aad.empty() ||
             EVP_CipherUpdate(context, nullptr, &written, aad.data(), size_of(aad)) == 1);
  return context;
}

void seal(void* expanded, AeadNonce nonce, Bytes aad, Bytes plaintext, std::uint8_t* ciphertext,
          std::span<std::uint8_t, kAeadTagBytes> tag) {
  EVP_CIPHER_CTX* context = start(expanded, nonce, aad, 1);
  int written = 0;
  SDMP_CHECK(plaintext.empty() || EVP_CipherUpdate(context, ciphertext, &written, plaintext.data(),
                                                   size_of(plaintext)) == 1);
  SDMP_CHECK(EVP_CipherFinal_ex(context, ciphertext + written, &written) == 1);
  SDMP_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes, tag.data()) == 1);
}

bool open(void* expanded, AeadNonce nonce, Bytes aad, MutableBytes text,
          std::span<const std::uint8_t, kAeadTagBytes> tag) {
  EVP_CIPHER_CTX* context = start(expanded, nonce, aad, 0);
  std::array<std::uint8_t, kAeadTagBytes> expected;
  std::copy(tag.begin(), tag.end(), expected.begin());
  int written = 0;
  SDMP_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAeadTagBytes, expected.data()) ==
             1);
  SDMP_CHECK(text.empty() ||
             EVP_CipherUpdate(context, text.data(), &written, text.data(), size_of(text)) == 1);
  if (EVP_CipherFinal_ex(context, text.data() + written, &written) == 1) return true;
  // OpenSSL decrypts before it knows: what it wrote must not be read by anyone.
  wipe(text);
  ERR_clear_error();
  return false;
}

}  // namespace

const AeadBackend& aead_openssl() {
  static constexpr AeadBackend kBackend = {
      AeadChoice::kOpenssl, available, sizeof(Expanded), expand, release, seal, open};
  return kBackend;
}

}  // namespace sdmp::codec
