// Ed25519 with prepared keys: what libsodium says, of whatever is made of a signature.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <sodium.h>

#include "codec/ed25519_verify.h"
#include "codec/key.h"

using namespace sdmp::codec;

namespace {

struct Signer {
  Signer() {
    crypto_init();
    const std::array<std::uint8_t, crypto_sign_SEEDBYTES> seed = {1, 2, 3};
    crypto_sign_seed_keypair(key.data(), secret.data(), seed.data());
  }
  std::array<std::uint8_t, kEd25519KeyBytes> key;
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret;
};

}  // namespace

// One octet: what is changed. The next 64: what is combined with a signature of the rest, or taken
// as the signature itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Signer signer;
  static const PreparedEd25519Key prepared(signer.key);
  if (size < 1 + kEd25519SignatureBytes) return 0;
  const std::uint8_t how = data[0];
  const Bytes mask(data + 1, kEd25519SignatureBytes);
  const Bytes message(data + 1 + kEd25519SignatureBytes, size - 1 - kEd25519SignatureBytes);
  std::array<std::uint8_t, kEd25519SignatureBytes> signature;
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                       signer.secret.data());
  for (std::size_t i = 0; i < signature.size(); ++i) {
    const bool own = i < 32 ? (how & 1) != 0 : (how & 2) != 0;
    signature[i] = own ? mask[i] : static_cast<std::uint8_t>(signature[i] ^ mask[i]);
  }
  const bool expected = crypto_sign_verify_detached(signature.data(), message.data(),
                                                    message.size(), signer.key.data()) == 0;
  if (prepared.verify(message, signature) != expected) std::abort();
  // Any point of the right kind as the key.
  if (crypto_core_ed25519_is_valid_point(mask.data()) == 1) {
    std::array<std::uint8_t, kEd25519KeyBytes> key;
    std::memcpy(key.data(), mask.data(), key.size());
    const bool other = crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                                   key.data()) == 0;
    if (PreparedEd25519Key(key).verify(message, signature) != other) std::abort();
  }
  return 0;
}
