#include "codec/rsa.h"

#include <algorithm>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "codec/check.h"
#include "codec/key_format.h"

namespace sdmp::codec {
namespace {

// libcrypto's own bounds for verification (OPENSSL_RSA_SMALL_MODULUS_BITS, _MAX_PUBEXP_BITS).
constexpr int kLargeExponentModulusBitsMax = 3072;
constexpr int kExponentBitsMax = 64;
constexpr BN_ULONG kSmallFactorMax = 751;

struct Release {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  void operator()(PKCS8_PRIV_KEY_INFO* info) const { PKCS8_PRIV_KEY_INFO_free(info); }
};
template <class T>
using Owned = std::unique_ptr<T, Release>;

// Whatever libcrypto noted about a failure is not read by anyone: each thread's queue stays empty.
struct ErrorQueueGuard {
  ~ErrorQueueGuard() { ERR_clear_error(); }
};

Owned<BIGNUM> number(Bytes octets) {
  return Owned<BIGNUM>(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr));
}

Owned<BIGNUM> parameter(const EVP_PKEY* key, const char* parameter_name) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, parameter_name, &value);
  return Owned<BIGNUM>(value);
}

ByteVector octets_of(const BIGNUM* value) {
  ByteVector octets(static_cast<std::size_t>(BN_num_bytes(value)));
  BN_bn2bin(value, octets.data());
  return octets;
}

// Dividing by composites, too, costs nothing worth a table of primes.
bool has_small_factor(const BIGNUM* modulus) {
  for (BN_ULONG factor = 3; factor <= kSmallFactorMax; factor += 2) {
    if (BN_mod_word(modulus, factor) == 0) return true;
  }
  return false;
}

Result<void> check_public(const BIGNUM* modulus, const BIGNUM* exponent) {
  const int bits = BN_num_bits(modulus);
  if (bits < kRsaBitsMin || bits > kRsaBitsMax) return std::unexpected(Error::kKeyUnsupported);
  if (!BN_is_odd(modulus) || has_small_factor(modulus)) return std::unexpected(Error::kKeyWeak);
  if (!BN_is_odd(exponent) || BN_is_one(exponent) || BN_cmp(exponent, modulus) >= 0) {
    return std::unexpected(Error::kKeyWeak);
  }
  if (bits > kLargeExponentModulusBitsMax && BN_num_bits(exponent) > kExponentBitsMax) {
    return std::unexpected(Error::kKeyUnsupported);
  }
  return {};
}

// d mod (prime - 1) is the CRT exponent given, and inverts e: so d undoes e modulo this prime.
bool check_prime_half(const BIGNUM* prime, const BIGNUM* e, const BIGNUM* d, const BIGNUM* crt,
                      BN_CTX* context) {
  const Owned<BIGNUM> order(BN_dup(prime));
  const Owned<BIGNUM> value(BN_new());
  return order && value && BN_is_odd(prime) && BN_num_bits(prime) > 1 &&
         BN_sub_word(order.get(), 1) == 1 && BN_nnmod(value.get(), d, order.get(), context) == 1 &&
         BN_cmp(value.get(), crt) == 0 &&
         BN_mod_mul(value.get(), d, e, order.get(), context) == 1 && BN_is_one(value.get());
}

bool check_private(const EVP_PKEY* key) {
  const auto n = parameter(key, OSSL_PKEY_PARAM_RSA_N);
  const auto e = parameter(key, OSSL_PKEY_PARAM_RSA_E);
  const auto d = parameter(key, OSSL_PKEY_PARAM_RSA_D);
  const auto p = parameter(key, OSSL_PKEY_PARAM_RSA_FACTOR1);
  const auto q = parameter(key, OSSL_PKEY_PARAM_RSA_FACTOR2);
  const auto d_p = parameter(key, OSSL_PKEY_PARAM_RSA_EXPONENT1);
  const auto d_q = parameter(key, OSSL_PKEY_PARAM_RSA_EXPONENT2);
  const auto q_inverse = parameter(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
  if (!n || !e || !d || !p || !q || !d_p || !d_q || !q_inverse) return false;
  const Owned<BN_CTX> context(BN_CTX_new());
  const Owned<BIGNUM> value(BN_new());
  if (!context || !value || BN_cmp(p.get(), q.get()) == 0) return false;
  if (BN_mul(value.get(), p.get(), q.get(), context.get()) != 1 ||
      BN_cmp(value.get(), n.get()) != 0) {
    return false;
  }
  return check_prime_half(p.get(), e.get(), d.get(), d_p.get(), context.get()) &&
         check_prime_half(q.get(), e.get(), d.get(), d_q.get(), context.get()) &&
         BN_mod_mul(value.get(), q_inverse.get(), q.get(), p.get(), context.get()) == 1 &&
         BN_is_one(value.get());
}

// Fetched once: an implicit fetch on each call costs microseconds.
const EVP_MD* sha512_method() {
  static const EVP_MD* const kMethod = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  SDMP_CHECK(kMethod != nullptr);
  return kMethod;
}

bool use_pkcs1(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
}

}  // namespace

Result<EvpKey> rsa_public_key(Bytes modulus, Bytes exponent) {
  const ErrorQueueGuard guard;
  const auto n = number(modulus);
  const auto e = number(exponent);
  if (!n || !e) return std::unexpected(Error::kCryptoLibrary);
  if (const auto checked = check_public(n.get(), e.get()); !checked) {
    return std::unexpected(checked.error());
  }
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return std::unexpected(Error::kCryptoLibrary);
  }
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return std::unexpected(Error::kCryptoLibrary);
  }
  return EvpKey(key);
}

Result<EvpKey> rsa_generate(int bits) {
  const ErrorQueueGuard guard;
  EvpKey key(EVP_RSA_gen(static_cast<unsigned>(bits)));
  if (!key) return std::unexpected(Error::kCryptoLibrary);
  return key;
}

Result<EvpKey> rsa_parse_pkcs8(Bytes der) {
  const ErrorQueueGuard guard;
  const unsigned char* at = der.data();
  const Owned<PKCS8_PRIV_KEY_INFO> info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
  if (!info || at != der.data() + der.size()) return std::unexpected(Error::kKeyEncoding);
  EvpKey key(EVP_PKCS82PKEY(info.get()));
  if (!key) return std::unexpected(Error::kKeyEncoding);
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1) return std::unexpected(Error::kKeyUnsupported);
  if (parameter(key.get(), OSSL_PKEY_PARAM_RSA_FACTOR3)) {
    return std::unexpected(Error::kKeyUnsupported);
  }
  if (!check_private(key.get())) return std::unexpected(Error::kKeyWeak);
  return key;
}

SecretBytes rsa_to_pkcs8(const EVP_PKEY* key) {
  const Owned<PKCS8_PRIV_KEY_INFO> info(EVP_PKEY2PKCS8(key));
  SDMP_CHECK(info != nullptr);
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr);
  SDMP_CHECK(size > 0);
  SecretBytes der(static_cast<std::size_t>(size));
  unsigned char* at = der.writable().data();
  SDMP_CHECK(i2d_PKCS8_PRIV_KEY_INFO(info.get(), &at) == size);
  return der;
}

ByteVector rsa_spki(const EVP_PKEY* key) {
  const auto n = parameter(key, OSSL_PKEY_PARAM_RSA_N);
  const auto e = parameter(key, OSSL_PKEY_PARAM_RSA_E);
  SDMP_CHECK(n && e);
  return encode_rsa_spki(octets_of(n.get()), octets_of(e.get()));
}

void rsa_sign(EVP_PKEY* key, Bytes message, MutableBytes signature) {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;
  std::size_t size = signature.size();
  SDMP_CHECK(context &&
             EVP_DigestSignInit(context.get(), &options, sha512_method(), nullptr, key) == 1);
  SDMP_CHECK(use_pkcs1(options));
  SDMP_CHECK(
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
  SDMP_CHECK(size == signature.size());
}

bool rsa_verify(EVP_PKEY* key, Bytes message, Bytes signature) {
  const ErrorQueueGuard guard;
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;
  SDMP_CHECK(context &&
             EVP_DigestVerifyInit(context.get(), &options, sha512_method(), nullptr, key) == 1);
  SDMP_CHECK(use_pkcs1(options));
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace sdmp::codec
