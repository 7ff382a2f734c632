// Identity keys (P-KEY, CRY-1, CRY-3): Ed25519 (libsodium) and RSA of 2048 to 4096 bits
// (libcrypto).
//
// Public key octets are the canonical DER SubjectPublicKeyInfo (RFC 5280; RFC 8410 for Ed25519):
// parsing re-encodes and compares, so that one key has one fingerprint.
// Call crypto_init() once before anything else of this file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "codec/bytes.h"
#include "codec/digest.h"
#include "codec/error.h"
#include "codec/secret.h"

namespace sdmp::codec {

// Initializes libsodium; aborts when that fails. Any thread, any number of times.
void crypto_init();

// The two suites of the profile: modern = Ed25519 keys and X25519, classic = RSA-3072 keys and
// ffdhe3072. A default for tools only; keys and groups combine freely (P-KEY).
enum class Suite : std::uint8_t { kModern, kClassic };

enum class KeyType : std::uint8_t { kEd25519, kRsa };

// JWS alg that the type calls for: "EdDSA" (RFC 8037) or "RS512" (RFC 7518).
std::string_view jws_algorithm(KeyType type);

// Immutable; cheap to copy (shared); verify() may run on many threads at once.
class PublicKey {
 public:
  // kKeyEncoding, kKeyUnsupported, kKeyWeak: an Ed25519 point that is not a canonical one of the
  // prime-order subgroup (so also small and mixed order, which RFC 8032 never generates); an RSA
  // modulus that is even or has a factor below 752; an exponent that is even, below 3 or not below
  // the modulus.
  static Result<PublicKey> parse(Bytes spki);

  KeyType type() const;
  Bytes spki() const;
  const Fingerprint& fingerprint() const;
  // Whether `signature` is one over `message`; a signature of the wrong length is false. A thread
  // keeps up to 8 MiB of what makes further verifications under the same Ed25519 key fast.
  bool verify(Bytes message, Bytes signature) const;

 private:
  friend class PrivateKey;
  struct State;
  explicit PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// Movable. Secret parts live in libsodium's guarded memory or in libcrypto's objects.
// sign() may run on many threads at once.
class PrivateKey {
 public:
  // Ed25519 or RSA of `rsa_bits` (2048 to 4096). Draws from the system's generator.
  static Result<PrivateKey> generate(KeyType type, int rsa_bits = 3072);
  // PKCS#8 DER, RFC 8410 for Ed25519. kKeyEncoding, kKeyUnsupported, kKeyWeak (also: a key whose
  // numbers do not belong together).
  static Result<PrivateKey> parse_pkcs8(Bytes der);
  // PKCS#8 PEM ("-----BEGIN PRIVATE KEY-----"), unencrypted: the form of the files in keys/.
  static Result<PrivateKey> parse_pem(std::string_view pem);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  SecretBytes to_pem() const;
  const PublicKey& public_key() const;
  std::size_t signature_size() const;
  // Deterministic (RFC 8032 / RSASSA-PKCS1-v1_5); writes signature_size() octets.
  void sign(Bytes message, MutableBytes signature) const;

 private:
  struct State;
  explicit PrivateKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sdmp::codec
