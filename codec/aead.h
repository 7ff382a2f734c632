// AES-256-GCM (NIST SP 800-38D) as frames use it, behind one interface over several
// implementations, chosen at start-up by what the CPU has.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "codec/bytes.h"

namespace sdmp::codec {

inline constexpr std::size_t kAeadKeyBytes = 32;
inline constexpr std::size_t kAeadNonceBytes = 12;
inline constexpr std::size_t kAeadTagBytes = 16;
inline constexpr std::size_t kAeadKeyAlignment = 64;  // of an expanded key

using AeadNonce = std::span<const std::uint8_t, kAeadNonceBytes>;

enum class AeadChoice : std::uint8_t {
  kAuto,       // the fastest of the others here
  kLibsodium,  // needs AES-NI and PCLMUL
  kOpenssl,    // libcrypto: everywhere
  kIpsecMb,    // intel-ipsec-mb; needs AES-NI and PCLMUL, and to be in the build
  kVaes,       // our own, 256 bits at a time (codec/vaes_gcm.h); needs VAES, VPCLMULQDQ and AVX2
};
inline constexpr AeadChoice kAeadChoices[] = {AeadChoice::kLibsodium, AeadChoice::kOpenssl,
                                              AeadChoice::kIpsecMb, AeadChoice::kVaes};

// "auto", "libsodium", "openssl", "ipsec-mb", "vaes".
std::string_view name(AeadChoice choice);
std::optional<AeadChoice> aead_choice_by_name(std::string_view text);

// One implementation (codec/aead_backends.h). All are static: pointers and references stay valid.
struct AeadBackend;
// nullptr: this CPU or this build does not have it. Never nullptr for kAuto and kOpenssl.
const AeadBackend* aead_backend(AeadChoice choice);
std::string_view name(const AeadBackend& backend);
// Octets of memory that one expanded key takes.
std::size_t expanded_bytes(const AeadBackend& backend);

// An expanded key: the round keys and what the backend prepares for hashing. Wiped at its end.
// Thread rule: one thread at a time.
class AeadKey {
 public:
  // Nothing is expanded: neither seal() nor open() may be called before assign().
  explicit AeadKey(const AeadBackend& backend);
  AeadKey(const AeadBackend& backend, std::span<const std::uint8_t, kAeadKeyBytes> key);
  // Nothing is expanded either; in memory of the caller's, expanded_bytes() of it from an address
  // that is a multiple of kAeadKeyAlignment, which outlives the key.
  AeadKey(const AeadBackend& backend, std::uint8_t* memory);
  AeadKey(AeadKey&&) noexcept = default;
  AeadKey& operator=(AeadKey&&) noexcept = default;

  // Another key in the same memory.
  void assign(std::span<const std::uint8_t, kAeadKeyBytes> key);

  // Encrypts `plaintext` to `ciphertext` (same size; the same memory or disjoint) and writes the
  // tag. Never give one nonce to two plaintexts.
  void seal(AeadNonce nonce, Bytes aad, Bytes plaintext, std::uint8_t* ciphertext,
            std::span<std::uint8_t, kAeadTagBytes> tag);
  // Decrypts in place. False when the tag does not match: the text is then wiped or untouched,
  // never a forged plaintext.
  [[nodiscard]] bool open(AeadNonce nonce, Bytes aad, MutableBytes text,
                          std::span<const std::uint8_t, kAeadTagBytes> tag);

 private:
  struct Release {
    const AeadBackend* backend;
    bool borrowed = false;
    void operator()(void* expanded) const;
  };
  std::unique_ptr<void, Release> expanded_;
};

}  // namespace sdmp::codec
