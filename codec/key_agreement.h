// Diffie-Hellman groups of P-KEY: X25519 (RFC 7748, libsodium) and ffdhe2048/3072/4096 (RFC 7919,
// libcrypto). No randomness is drawn here: the caller passes it in, so that handshakes replay.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "codec/bytes.h"
#include "codec/error.h"
#include "codec/secret.h"

namespace sdmp::codec {

enum class Group : std::uint8_t { kX25519, kFfdhe2048, kFfdhe3072, kFfdhe4096 };

std::string_view name(Group group);  // "x25519", "ffdhe2048", ...
std::optional<Group> group_by_name(std::string_view text);

// The g of connection objects: 9 or 2.
int group_generator(Group group);
// p, big-endian: 2^255-19 in 32 octets, or the group's prime.
Bytes group_prime(Group group);
// Octets of N and of the shared secret.
std::size_t group_size(Group group);
// The group that g and p name, by comparison with the known ones; kGroup when none.
Result<Group> identify_group(std::int64_t g, Bytes p);

inline constexpr std::size_t kAgreementSeedBytes = 64;

// An ephemeral key pair; wiped at its end.
class EphemeralKey {
 public:
  // `seed`: fresh uniformly random octets, secret. kCryptoLibrary.
  static Result<EphemeralKey> generate(Group group,
                                       std::span<const std::uint8_t, kAgreementSeedBytes> seed);

  Group group() const { return group_; }
  // N: X25519's public value, or g^n mod p left-padded to group_size().
  Bytes public_value() const { return public_value_; }
  // The checks of P-HS on the peer's N, cheap: length, and 2 <= N <= p-2 for ffdhe. kPublicValue.
  static Result<void> check_public_value(Group group, Bytes peer_value);
  // The shared secret, group_size() octets (ffdhe: left-padded). kPublicValue when N fails the
  // checks or the X25519 result is all zero.
  Result<SecretBytes> agree(Bytes peer_value) const;

 private:
  EphemeralKey(Group group, SecretBytes secret, ByteVector public_value)
      : group_(group), secret_(std::move(secret)), public_value_(std::move(public_value)) {}
  Group group_;
  SecretBytes secret_;
  ByteVector public_value_;
};

}  // namespace sdmp::codec
