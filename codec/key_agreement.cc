#include "codec/key_agreement.h"

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "codec/check.h"
#include "codec/key.h"

namespace sdmp::codec {
namespace {

constexpr std::size_t kX25519Bytes = crypto_scalarmult_BYTES;
constexpr std::array kGroups = {Group::kX25519, Group::kFfdhe2048, Group::kFfdhe3072,
                                Group::kFfdhe4096};

struct Release {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(BN_MONT_CTX* context) const { BN_MONT_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Release>;

constexpr std::array<std::uint8_t, kX25519Bytes> x25519_prime() {
  std::array<std::uint8_t, kX25519Bytes> prime{};
  prime.fill(0xff);
  prime.front() = 0x7f;
  prime.back() = 0xed;
  return prime;
}
constexpr auto kX25519Prime = x25519_prime();

Owned<BIGNUM> named_prime(const char* group_name) {
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr));
  EVP_PKEY* raw_key = nullptr;
  SDMP_CHECK(context && EVP_PKEY_paramgen_init(context.get()) == 1);
  SDMP_CHECK(EVP_PKEY_CTX_set_group_name(context.get(), group_name) == 1);
  SDMP_CHECK(EVP_PKEY_paramgen(context.get(), &raw_key) == 1);
  const Owned<EVP_PKEY> key(raw_key);
  BIGNUM* prime = nullptr;
  SDMP_CHECK(EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_FFC_P, &prime) == 1);
  return Owned<BIGNUM>(prime);
}

// What a ffdhe group needs, computed once: the Montgomery context alone would otherwise cost a
// noticeable part of each handshake. Read-only afterwards, hence shared by all threads.
struct FiniteField {
  Owned<BIGNUM> prime;
  Owned<BN_MONT_CTX> montgomery;
  ByteVector prime_octets;
  ByteVector largest_value;  // p - 2

  explicit FiniteField(const char* group_name)
      : prime(named_prime(group_name)), montgomery(BN_MONT_CTX_new()) {
    const Owned<BN_CTX> context(BN_CTX_new());
    SDMP_CHECK(context && montgomery);
    SDMP_CHECK(BN_MONT_CTX_set(montgomery.get(), prime.get(), context.get()) == 1);
    prime_octets.resize(static_cast<std::size_t>(BN_num_bytes(prime.get())));
    BN_bn2bin(prime.get(), prime_octets.data());
    largest_value = prime_octets;
    SDMP_CHECK(largest_value.back() == 0xff);  // RFC 7919: the low 64 bits are all set
    largest_value.back() = 0xfd;
  }
};

const FiniteField& field(Group group) {
  static const std::array<FiniteField, 3> fields = {
      FiniteField("ffdhe2048"), FiniteField("ffdhe3072"), FiniteField("ffdhe4096")};
  SDMP_CHECK(group != Group::kX25519);
  return fields[static_cast<std::size_t>(group) - 1];
}

// At least what RFC 7919 5.2 and appendix A ask of short exponents (225, 275 and 325 bits), with a
// margin: the cost of an exchange grows with this length and nothing is gained beyond it.
std::size_t exponent_bytes(Group group) {
  switch (group) {
    case Group::kX25519:
      return kX25519Bytes;
    case Group::kFfdhe2048:
      return 32;
    case Group::kFfdhe3072:
      return 40;
    case Group::kFfdhe4096:
      return 48;
  }
  SDMP_CHECK(false);
}
static_assert(kAgreementSeedBytes >= 48);

// base^exponent mod p, left-padded, in time that depends on lengths only.
bool power(const FiniteField& field, const BIGNUM* base, Bytes exponent, MutableBytes out) {
  const Owned<BN_CTX> context(BN_CTX_secure_new());
  const Owned<BIGNUM> power_of(
      BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), BN_secure_new()));
  const Owned<BIGNUM> result(BN_secure_new());
  const bool done = context && power_of && result &&
                    BN_mod_exp_mont_consttime(result.get(), base, power_of.get(), field.prime.get(),
                                              context.get(), field.montgomery.get()) == 1 &&
                    BN_bn2binpad(result.get(), out.data(), static_cast<int>(out.size())) >= 0;
  if (!done) ERR_clear_error();
  return done;
}

bool generate_value(Group group, Bytes secret, MutableBytes value) {
  if (group == Group::kX25519) return crypto_scalarmult_base(value.data(), secret.data()) == 0;
  const Owned<BIGNUM> generator(BN_new());
  return generator && BN_set_word(generator.get(), 2) == 1 &&
         power(field(group), generator.get(), secret, value);
}

}  // namespace

std::string_view name(Group group) {
  switch (group) {
    case Group::kX25519:
      return "x25519";
    case Group::kFfdhe2048:
      return "ffdhe2048";
    case Group::kFfdhe3072:
      return "ffdhe3072";
    case Group::kFfdhe4096:
      return "ffdhe4096";
  }
  SDMP_CHECK(false);
}

std::optional<Group> group_by_name(std::string_view text) {
  for (const Group group : kGroups) {
    if (name(group) == text) return group;
  }
  return std::nullopt;
}

int group_generator(Group group) {
  return group == Group::kX25519 ? 9 : 2;
}

Bytes group_prime(Group group) {
  if (group == Group::kX25519) return kX25519Prime;
  return field(group).prime_octets;
}

std::size_t group_size(Group group) {
  return group_prime(group).size();
}

Result<Group> identify_group(std::int64_t g, Bytes p) {
  for (const Group group : kGroups) {
    if (g == group_generator(group) && std::ranges::equal(p, group_prime(group))) return group;
  }
  return std::unexpected(Error::kGroup);
}

Result<EphemeralKey> EphemeralKey::generate(
    Group group, std::span<const std::uint8_t, kAgreementSeedBytes> seed) {
  crypto_init();
  SecretBytes secret(Bytes(seed.first(exponent_bytes(group))));
  // A fixed top bit gives every exponent the same length, and rules out degenerate ones. X25519
  // has its own clamping (RFC 7748 section 5), which libsodium applies at each use.
  if (group != Group::kX25519) secret.writable().front() |= 0x80;
  ByteVector value(group_size(group));
  if (!generate_value(group, secret.bytes(), value)) {
    return std::unexpected(Error::kCryptoLibrary);
  }
  return EphemeralKey(group, std::move(secret), std::move(value));
}

Result<void> EphemeralKey::check_public_value(Group group, Bytes peer_value) {
  if (peer_value.size() != group_size(group)) return std::unexpected(Error::kPublicValue);
  if (group == Group::kX25519) return {};
  const Bytes high = peer_value.first(peer_value.size() - 1);
  const bool below_two = peer_value.back() < 2 &&
                         std::ranges::all_of(high, [](std::uint8_t octet) { return octet == 0; });
  if (below_two || std::ranges::lexicographical_compare(field(group).largest_value, peer_value)) {
    return std::unexpected(Error::kPublicValue);
  }
  return {};
}

Result<SecretBytes> EphemeralKey::agree(Bytes peer_value) const {
  if (const auto checked = check_public_value(group_, peer_value); !checked) {
    return std::unexpected(checked.error());
  }
  SecretBytes shared(group_size(group_));
  if (group_ == Group::kX25519) {
    // libsodium refuses small-order values, whose result is all zero, itself (RFC 7748 6.1).
    if (crypto_scalarmult(shared.writable().data(), secret_.bytes().data(), peer_value.data()) !=
        0) {
      return std::unexpected(Error::kPublicValue);
    }
    return shared;
  }
  const Owned<BIGNUM> base(
      BN_bin2bn(peer_value.data(), static_cast<int>(peer_value.size()), nullptr));
  if (!base || !power(field(group_), base.get(), secret_.bytes(), shared.writable())) {
    return std::unexpected(Error::kCryptoLibrary);
  }
  return shared;
}

}  // namespace sdmp::codec
