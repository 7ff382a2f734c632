// The octets of keys (P-KEY): SubjectPublicKeyInfo, PKCS#8 and its PEM form. Structure only:
// whether the numbers make a good key is codec/key.cc's question.
//
// Internal to the codec; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "codec/bytes.h"
#include "codec/error.h"
#include "codec/key.h"
#include "codec/secret.h"

namespace sdmp::codec {

inline constexpr std::size_t kEd25519KeyBytes = 32;

// Views into the octets that were decoded.
struct SpkiView {
  KeyType type = KeyType::kEd25519;
  Bytes ed25519;   // the 32 octets of the point
  Bytes modulus;   // RSA: big-endian without leading zeros
  Bytes exponent;  // likewise
};

// Canonical DER only: the view is encoded again and compared. kKeyEncoding; kKeyUnsupported for
// algorithms other than id-Ed25519 (RFC 8410) and rsaEncryption (RFC 3279).
Result<SpkiView> decode_spki(Bytes der);
ByteVector encode_ed25519_spki(std::span<const std::uint8_t, kEd25519KeyBytes> point);
ByteVector encode_rsa_spki(Bytes modulus, Bytes exponent);

struct Pkcs8View {
  KeyType type = KeyType::kEd25519;
  Bytes ed25519_seed;                   // RFC 8410 section 7
  std::optional<Bytes> ed25519_public;  // present in version 2 (RFC 5958) only
};

// kKeyEncoding, kKeyUnsupported. An RSA key's numbers are left to libcrypto.
Result<Pkcs8View> decode_pkcs8(Bytes der);
SecretBytes encode_ed25519_pkcs8(std::span<const std::uint8_t, kEd25519KeyBytes> seed);

// RFC 7468 with the label PRIVATE KEY; only white space may surround it. kKeyEncoding;
// kKeyUnsupported for an encrypted key.
Result<SecretBytes> decode_private_pem(std::string_view pem);
SecretBytes encode_private_pem(Bytes der);

}  // namespace sdmp::codec
