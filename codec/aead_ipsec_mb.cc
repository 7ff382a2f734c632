#include "codec/aead_backends.h"
#include "codec/check.h"
#include "codec/secret.h"

#if SDMP_HAS_IPSEC_MB

#include <array>

#include <intel-ipsec-mb.h>
#include <sodium.h>

namespace sdmp::codec {
namespace {

static_assert(alignof(gcm_key_data) <= kAeadKeyAlignment);

// Only its table of functions is used, which any number of threads may call.
IMB_MGR* manager() {
  static IMB_MGR* const kManager = [] {
    IMB_MGR* made = alloc_mb_mgr(0);
    if (made != nullptr) init_mb_mgr_auto(made, nullptr);
    return made;
  }();
  return kManager;
}

gcm_key_data* key_of(void* expanded) {
  return static_cast<gcm_key_data*>(expanded);
}

// Without AES-NI the library emulates it, slower than libcrypto.
bool available() {
  return manager() != nullptr && imb_get_errno(manager()) == 0 &&
         (manager()->features & IMB_FEATURE_AESNI) != 0 &&
         (manager()->features & IMB_FEATURE_PCLMULQDQ) != 0;
}

void expand(std::span<const std::uint8_t, kAeadKeyBytes> key, void* expanded) {
  IMB_AES256_GCM_PRE(manager(), key.data(), key_of(expanded));
}

void seal(void* expanded, AeadNonce nonce, Bytes aad, Bytes plaintext, std::uint8_t* ciphertext,
          std::span<std::uint8_t, kAeadTagBytes> tag) {
  gcm_context_data context;
  IMB_AES256_GCM_ENC(manager(), key_of(expanded), &context, ciphertext, plaintext.data(),
                     plaintext.size(), nonce.data(), aad.data(), aad.size(), tag.data(),
                     kAeadTagBytes);
}

bool open(void* expanded, AeadNonce nonce, Bytes aad, MutableBytes text,
          std::span<const std::uint8_t, kAeadTagBytes> tag) {
  gcm_context_data context;
  std::array<std::uint8_t, kAeadTagBytes> computed;
  IMB_AES256_GCM_DEC(manager(), key_of(expanded), &context, text.data(), text.data(), text.size(),
                     nonce.data(), aad.data(), aad.size(), computed.data(), kAeadTagBytes);
  if (sodium_memcmp(computed.data(), tag.data(), kAeadTagBytes) == 0) return true;
  // It decrypts and leaves the comparison to us: what it wrote must not be read by anyone.
  wipe(text);
  return false;
}

}  // namespace

const AeadBackend& aead_ipsec_mb() {
  static constexpr AeadBackend kBackend = {
      AeadChoice::kIpsecMb, available, sizeof(gcm_key_data), expand, nullptr, seal, open};
  return kBackend;
}

}  // namespace sdmp::codec

#else

namespace sdmp::codec {

// The library exists for x86-64 only.
const AeadBackend& aead_ipsec_mb() {
  static constexpr AeadBackend kBackend = {
      AeadChoice::kIpsecMb, [] { return false; }, 0, nullptr, nullptr, nullptr, nullptr};
  return kBackend;
}

}  // namespace sdmp::codec

#endif
