#include "codec/key.h"

#include <algorithm>
#include <array>

#include <sodium.h>

#include "codec/check.h"
#include "codec/ed25519_verify.h"
#include "codec/key_format.h"
#include "codec/rsa.h"

namespace sdmp::codec {
namespace {

static_assert(kEd25519KeyBytes == crypto_sign_PUBLICKEYBYTES);
static_assert(kEd25519KeyBytes == crypto_sign_SEEDBYTES);

struct GuardedRelease {
  void operator()(std::uint8_t* memory) const { sodium_free(memory); }
};
using GuardedBytes = std::unique_ptr<std::uint8_t[], GuardedRelease>;

struct Ed25519Pair {
  std::array<std::uint8_t, kEd25519KeyBytes> point{};
  GuardedBytes secret;  // libsodium's form: seed, then point; read-only once it is filled
};

Result<Ed25519Pair> ed25519_pair(std::span<const std::uint8_t, kEd25519KeyBytes> seed) {
  Ed25519Pair pair;
  pair.secret.reset(static_cast<std::uint8_t*>(sodium_malloc(crypto_sign_SECRETKEYBYTES)));
  if (!pair.secret ||
      crypto_sign_seed_keypair(pair.point.data(), pair.secret.get(), seed.data()) != 0) {
    return std::unexpected(Error::kCryptoLibrary);
  }
  sodium_mprotect_readonly(pair.secret.get());
  return pair;
}

}  // namespace

void crypto_init() {
  SDMP_CHECK(sodium_init() >= 0);
}

std::string_view jws_algorithm(KeyType type) {
  return type == KeyType::kEd25519 ? "EdDSA" : "RS512";
}

struct PublicKey::State {
  KeyType type = KeyType::kEd25519;
  ByteVector spki;
  Fingerprint fingerprint;
  std::array<std::uint8_t, kEd25519KeyBytes> ed25519{};
  EvpKey rsa;
};

Result<PublicKey> PublicKey::parse(Bytes spki) {
  const auto view = decode_spki(spki);
  if (!view) return std::unexpected(view.error());
  auto state = std::make_shared<State>();
  state->type = view->type;
  if (view->type == KeyType::kEd25519) {
    // Off the curve, not canonical, of small order, or with a small-order component. The last kind
    // is no key that RFC 8032 can generate, and verifiers disagree about signatures under it.
    if (crypto_core_ed25519_is_valid_point(view->ed25519.data()) != 1) {
      return std::unexpected(Error::kKeyWeak);
    }
    std::ranges::copy(view->ed25519, state->ed25519.begin());
  } else {
    auto rsa = rsa_public_key(view->modulus, view->exponent);
    if (!rsa) return std::unexpected(rsa.error());
    state->rsa = std::move(*rsa);
  }
  state->spki.assign(spki.begin(), spki.end());
  state->fingerprint.octets = sha512(spki);
  return PublicKey(std::move(state));
}

KeyType PublicKey::type() const {
  return state_->type;
}
Bytes PublicKey::spki() const {
  return state_->spki;
}
const Fingerprint& PublicKey::fingerprint() const {
  return state_->fingerprint;
}

bool PublicKey::verify(Bytes message, Bytes signature) const {
  if (state_->type == KeyType::kRsa) return rsa_verify(state_->rsa.get(), message, signature);
  // Each thread's own: threads share keys, but need no lock.
  thread_local Ed25519Verifier verifier;
  return signature.size() == kEd25519SignatureBytes &&
         verifier.verify(state_->ed25519, message, signature.first<kEd25519SignatureBytes>());
}

struct PrivateKey::State {
  PublicKey public_key;
  GuardedBytes ed25519;
  EvpKey rsa;

  static Result<PrivateKey> from_seed(std::span<const std::uint8_t, kEd25519KeyBytes> seed,
                                      std::optional<Bytes> expected_point);
  static Result<PrivateKey> from_rsa(Result<EvpKey> key);
};

Result<PrivateKey> PrivateKey::State::from_seed(
    std::span<const std::uint8_t, kEd25519KeyBytes> seed, std::optional<Bytes> expected_point) {
  auto pair = ed25519_pair(seed);
  if (!pair) return std::unexpected(pair.error());
  if (expected_point && !std::ranges::equal(*expected_point, pair->point)) {
    return std::unexpected(Error::kKeyWeak);
  }
  auto public_key = PublicKey::parse(encode_ed25519_spki(pair->point));
  if (!public_key) return std::unexpected(public_key.error());
  return PrivateKey(
      std::unique_ptr<State>(new State{std::move(*public_key), std::move(pair->secret), nullptr}));
}

Result<PrivateKey> PrivateKey::State::from_rsa(Result<EvpKey> key) {
  if (!key) return std::unexpected(key.error());
  auto public_key = PublicKey::parse(rsa_spki(key->get()));
  if (!public_key) return std::unexpected(public_key.error());
  return PrivateKey(
      std::unique_ptr<State>(new State{std::move(*public_key), nullptr, std::move(*key)}));
}

PrivateKey::PrivateKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::generate(KeyType type, int rsa_bits) {
  crypto_init();
  if (type == KeyType::kEd25519) {
    Secret<kEd25519KeyBytes> seed;
    randombytes_buf(seed.writable().data(), seed.size());
    return State::from_seed(seed.writable(), std::nullopt);
  }
  if (rsa_bits < kRsaBitsMin || rsa_bits > kRsaBitsMax) {
    return std::unexpected(Error::kKeyUnsupported);
  }
  return State::from_rsa(rsa_generate(rsa_bits));
}

Result<PrivateKey> PrivateKey::parse_pkcs8(Bytes der) {
  crypto_init();
  const auto view = decode_pkcs8(der);
  if (!view) return std::unexpected(view.error());
  if (view->type == KeyType::kRsa) return State::from_rsa(rsa_parse_pkcs8(der));
  return State::from_seed(view->ed25519_seed.first<kEd25519KeyBytes>(), view->ed25519_public);
}

Result<PrivateKey> PrivateKey::parse_pem(std::string_view pem) {
  crypto_init();
  const auto der = decode_private_pem(pem);
  if (!der) return std::unexpected(der.error());
  return parse_pkcs8(der->bytes());
}

SecretBytes PrivateKey::to_pem() const {
  if (state_->rsa) return encode_private_pem(rsa_to_pkcs8(state_->rsa.get()).bytes());
  const Bytes secret(state_->ed25519.get(), crypto_sign_SECRETKEYBYTES);
  return encode_private_pem(encode_ed25519_pkcs8(secret.first<kEd25519KeyBytes>()).bytes());
}

const PublicKey& PrivateKey::public_key() const {
  return state_->public_key;
}

std::size_t PrivateKey::signature_size() const {
  if (!state_->rsa) return kEd25519SignatureBytes;
  return static_cast<std::size_t>(EVP_PKEY_get_size(state_->rsa.get()));
}

void PrivateKey::sign(Bytes message, MutableBytes signature) const {
  SDMP_CHECK(signature.size() == signature_size());
  if (state_->rsa) return rsa_sign(state_->rsa.get(), message, signature);
  SDMP_CHECK(crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                                  state_->ed25519.get()) == 0);
}

}  // namespace sdmp::codec
