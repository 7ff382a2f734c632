#include "codec/aead.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "codec/aead_backends.h"
#include "codec/check.h"
#include "codec/key.h"

namespace sdmp::codec {
namespace {

// libsodium declares that these pointers are never null, whatever the size.
std::uint8_t* non_null(std::uint8_t* pointer) {
  static std::uint8_t nothing = 0;
  return pointer == nullptr ? &nothing : pointer;
}

void sodium_seal(const FrameKey& key, Bytes aad, Bytes plaintext, std::uint8_t* ciphertext,
                 std::span<std::uint8_t, kAeadTagBytes> tag) {
  crypto_aead_aes256gcm_encrypt_detached(non_null(ciphertext), tag.data(), nullptr,
                                         plaintext.data(), plaintext.size(), aad.data(), aad.size(),
                                         nullptr, key.nonce.data(), key.key.data());
}

bool sodium_open(const FrameKey& key, Bytes aad, MutableBytes text,
                 std::span<const std::uint8_t, kAeadTagBytes> tag) {
  const std::uint8_t* ciphertext = non_null(text.data());
  return crypto_aead_aes256gcm_decrypt_detached(text.data(), nullptr, ciphertext, text.size(),
                                                tag.data(), aad.data(), aad.size(),
                                                key.nonce.data(), key.key.data()) == 0;
}

// One context per thread, so that sealing allocates nothing; fetched once, because an implicit
// fetch costs more than sealing a small frame.
class OpensslGcm {
 public:
  OpensslGcm() : context_(EVP_CIPHER_CTX_new()) {
    SDMP_CHECK(context_ && cipher() != nullptr);
    SDMP_CHECK(EVP_EncryptInit_ex2(context_.get(), cipher(), nullptr, nullptr, nullptr) == 1);
  }

  EVP_CIPHER_CTX* start(const FrameKey& key, Bytes aad, int encrypt) {
    int written = 0;
    EVP_CIPHER_CTX* context = context_.get();
    SDMP_CHECK(EVP_CipherInit_ex2(context, nullptr, key.key.data(), key.nonce.data(), encrypt,
                                  nullptr) == 1);
    SDMP_CHECK(aad.empty() ||
               EVP_CipherUpdate(context, nullptr, &written, aad.data(), size_of(aad)) == 1);
    return context;
  }

  // The context lives as long as the thread: no session's key schedule may stay behind in it.
  void forget_key() {
    static constexpr std::array<std::uint8_t, kAeadKeyBytes> kNoKey{};
    SDMP_CHECK(EVP_CipherInit_ex2(context_.get(), nullptr, kNoKey.data(), nullptr, -1, nullptr) ==
               1);
  }

  static int size_of(Bytes data) {
    SDMP_CHECK(data.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    return static_cast<int>(data.size());
  }

 private:
  struct Release {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };

  static const EVP_CIPHER* cipher() {
    static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    return kCipher;
  }

  std::unique_ptr<EVP_CIPHER_CTX, Release> context_;
};

OpensslGcm& openssl_gcm() {
  thread_local OpensslGcm gcm;
  return gcm;
}

void openssl_seal(const FrameKey& key, Bytes aad, Bytes plaintext, std::uint8_t* ciphertext,
                  std::span<std::uint8_t, kAeadTagBytes> tag) {
  OpensslGcm& gcm = openssl_gcm();
  EVP_CIPHER_CTX* context = gcm.start(key, aad, 1);
  int written = 0;
  SDMP_CHECK(plaintext.empty() || EVP_CipherUpdate(context, ciphertext, &written, plaintext.data(),
                                                   OpensslGcm::size_of(plaintext)) == 1);
  SDMP_CHECK(EVP_CipherFinal_ex(context, ciphertext + written, &written) == 1);
  SDMP_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes, tag.data()) == 1);
  gcm.forget_key();
}

bool openssl_open(const FrameKey& key, Bytes aad, MutableBytes text,
                  std::span<const std::uint8_t, kAeadTagBytes> tag) {
  OpensslGcm& gcm = openssl_gcm();
  EVP_CIPHER_CTX* context = gcm.start(key, aad, 0);
  std::array<std::uint8_t, kAeadTagBytes> expected;
  std::copy(tag.begin(), tag.end(), expected.begin());
  int written = 0;
  SDMP_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAeadTagBytes, expected.data()) ==
             1);
  SDMP_CHECK(text.empty() || EVP_CipherUpdate(context, text.data(), &written, text.data(),
                                              OpensslGcm::size_of(text)) == 1);
  const bool genuine = EVP_CipherFinal_ex(context, text.data() + written, &written) == 1;
  if (!genuine) {
    // OpenSSL decrypts before it knows: what it wrote must not be read by anyone.
    wipe(text);
    ERR_clear_error();
  }
  gcm.forget_key();
  return genuine;
}

const AeadBackend& backend() {
  static const AeadBackend& chosen = sodium_aead_available() ? sodium_aead() : openssl_aead();
  return chosen;
}

}  // namespace

const AeadBackend& sodium_aead() {
  static constexpr AeadBackend kBackend = {"libsodium", sodium_seal, sodium_open};
  return kBackend;
}

bool sodium_aead_available() {
  crypto_init();
  return crypto_aead_aes256gcm_is_available() == 1;
}

const AeadBackend& openssl_aead() {
  static constexpr AeadBackend kBackend = {"openssl", openssl_seal, openssl_open};
  return kBackend;
}

void aead_seal(const FrameKey& key, Bytes aad, Bytes plaintext, std::uint8_t* ciphertext,
               std::span<std::uint8_t, kAeadTagBytes> tag) {
  backend().seal(key, aad, plaintext, ciphertext, tag);
}

bool aead_open(const FrameKey& key, Bytes aad, MutableBytes text,
               std::span<const std::uint8_t, kAeadTagBytes> tag) {
  return backend().open(key, aad, text, tag);
}

const char* aead_backend_name() {
  return backend().name;
}

}  // namespace sdmp::codec
