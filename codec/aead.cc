#include "codec/aead.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "codec/aead_backends.h"
#include "codec/check.h"
#include "codec/secret.h"

namespace sdmp::codec {
namespace {

const AeadBackend& implementation(AeadChoice choice) {
  switch (choice) {
    case AeadChoice::kLibsodium:
      return aead_libsodium();
    case AeadChoice::kIpsecMb:
      return aead_ipsec_mb();
    case AeadChoice::kVaes:
      return aead_vaes();
    case AeadChoice::kAuto:
    case AeadChoice::kOpenssl:
      break;
  }
  return aead_openssl();
}

bool has_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("vaes") &&
         __builtin_cpu_supports("vpclmulqdq");
#else
  return false;
#endif
}

// In the order of what they cost per frame (docs/benchmarks.md): intel-ipsec-mb works 512 bits at a
// time, but without AVX-512 only 128.
const AeadBackend& fastest() {
  using enum AeadChoice;
  static constexpr AeadChoice kWide[] = {kIpsecMb, kVaes, kLibsodium};
  static constexpr AeadChoice kNarrow[] = {kVaes, kIpsecMb, kLibsodium};
  for (const AeadChoice choice : has_avx512() ? kWide : kNarrow) {
    if (implementation(choice).available()) return implementation(choice);
  }
  return aead_openssl();
}

void* zeroed_memory(std::size_t size) {
  void* memory = ::operator new(size, std::align_val_t{kAeadKeyAlignment});
  std::memset(memory, 0, size);
  return memory;
}

}  // namespace

std::string_view name(AeadChoice choice) {
  switch (choice) {
    case AeadChoice::kAuto:
      return "auto";
    case AeadChoice::kLibsodium:
      return "libsodium";
    case AeadChoice::kOpenssl:
      return "openssl";
    case AeadChoice::kIpsecMb:
      return "ipsec-mb";
    case AeadChoice::kVaes:
      return "vaes";
  }
  return "";
}

std::optional<AeadChoice> aead_choice_by_name(std::string_view text) {
  if (text == name(AeadChoice::kAuto)) return AeadChoice::kAuto;
  const auto* const found = std::ranges::find_if(
      kAeadChoices, [text](AeadChoice choice) { return name(choice) == text; });
  if (found == std::end(kAeadChoices)) return std::nullopt;
  return *found;
}

const AeadBackend* aead_backend(AeadChoice choice) {
  if (choice == AeadChoice::kAuto) {
    static const AeadBackend& chosen = fastest();
    return &chosen;
  }
  const AeadBackend& backend = implementation(choice);
  return backend.available() ? &backend : nullptr;
}

std::string_view name(const AeadBackend& backend) {
  return name(backend.choice);
}

std::size_t expanded_bytes(const AeadBackend& backend) {
  return backend.expanded_bytes;
}

void AeadKey::Release::operator()(void* expanded) const {
  if (backend->release != nullptr) backend->release(expanded);
  wipe({static_cast<std::uint8_t*>(expanded), backend->expanded_bytes});
  if (!borrowed) ::operator delete(expanded, std::align_val_t{kAeadKeyAlignment});
}

AeadKey::AeadKey(const AeadBackend& backend)
    : expanded_(zeroed_memory(backend.expanded_bytes), Release{&backend}) {}

AeadKey::AeadKey(const AeadBackend& backend, std::uint8_t* memory)
    : expanded_(memory, Release{&backend, true}) {
  std::memset(memory, 0, backend.expanded_bytes);
}

AeadKey::AeadKey(const AeadBackend& backend, std::span<const std::uint8_t, kAeadKeyBytes> key)
    : AeadKey(backend) {
  assign(key);
}

void AeadKey::assign(std::span<const std::uint8_t, kAeadKeyBytes> key) {
  expanded_.get_deleter().backend->expand(key, expanded_.get());
}

void AeadKey::seal(AeadNonce nonce, Bytes aad, Bytes plaintext, std::uint8_t* ciphertext,
                   std::span<std::uint8_t, kAeadTagBytes> tag) {
  expanded_.get_deleter().backend->seal(expanded_.get(), nonce, aad, plaintext, ciphertext, tag);
}

bool AeadKey::open(AeadNonce nonce, Bytes aad, MutableBytes text,
                   std::span<const std::uint8_t, kAeadTagBytes> tag) {
  return expanded_.get_deleter().backend->open(expanded_.get(), nonce, aad, text, tag);
}

}  // namespace sdmp::codec
