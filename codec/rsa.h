// RSA over libcrypto (P-KEY): RSASSA-PKCS1-v1_5 with SHA-512 (RFC 8017 section 8.2; JWS RS512).
//
// Internal to the codec. A key may be used on many threads at once.
#pragma once

#include <memory>

#include <openssl/evp.h>

#include "codec/bytes.h"
#include "codec/error.h"
#include "codec/secret.h"

namespace sdmp::codec {

inline constexpr int kRsaBitsMin = 2048;
inline constexpr int kRsaBitsMax = 4096;

struct EvpKeyRelease {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using EvpKey = std::unique_ptr<EVP_PKEY, EvpKeyRelease>;

// From big-endian numbers without leading zeros. kKeyUnsupported: a size outside 2048 ... 4096
// bits, or an exponent of more than 64 bits beside more than 3072 bits, which libcrypto does not
// verify with. kKeyWeak: an even modulus, or one with a prime factor below 752 (NIST SP 800-89
// 5.3.3); an exponent that is even, below 3 or not below the modulus.
Result<EvpKey> rsa_public_key(Bytes modulus, Bytes exponent);

// kCryptoLibrary.
Result<EvpKey> rsa_generate(int bits);
// The numbers must belong together: kKeyWeak when they do not. kKeyEncoding, kKeyUnsupported
// (more than two primes).
Result<EvpKey> rsa_parse_pkcs8(Bytes der);
SecretBytes rsa_to_pkcs8(const EVP_PKEY* key);
// The SubjectPublicKeyInfo of a key pair.
ByteVector rsa_spki(const EVP_PKEY* key);

void rsa_sign(EVP_PKEY* key, Bytes message, MutableBytes signature);
bool rsa_verify(EVP_PKEY* key, Bytes message, Bytes signature);

}  // namespace sdmp::codec
