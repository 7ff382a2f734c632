// SHA-512 and the three things that SDMP names with it (CRY-2, CRY-3, RES-2, JRN-4).
//
// A digest is 64 octets; its text form is 86 characters of unpadded base64url. Fingerprint,
// Identifier and LineNumber are distinct types over the same octets so that they cannot be mixed
// up.
#pragma once

#include <array>
#include <compare>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "codec/bytes.h"
#include "codec/error.h"

namespace sdmp::codec {

inline constexpr std::size_t kDigestBytes = 64;
inline constexpr std::size_t kDigestTextSize = 86;

using Hash = std::array<std::uint8_t, kDigestBytes>;

// SHA-512 (FIPS 180-4) of one span, or of two spans one behind the other.
Hash sha512(Bytes data);
Hash sha512(Bytes first, Bytes second);

template <class Tag>
struct Digest {
  Hash octets{};

  // Exactly 86 characters of canonical base64url, else kBase64.
  static Result<Digest> parse(std::string_view text);
  std::string text() const;
  // Writes kDigestTextSize characters at `out`, no terminator.
  void write_text(char* out) const;
  Bytes bytes() const { return octets; }

  // For public values only: not constant-time.
  auto operator<=>(const Digest&) const = default;
  bool operator==(const Digest&) const = default;
};

// SHA-512 over a public key's DER SubjectPublicKeyInfo (CRY-3, P-KEY).
using Fingerprint = Digest<struct FingerprintTag>;
// SHA-512 over the base64url text of a container's payload (RES-2, P-ID).
using Identifier = Digest<struct IdentifierTag>;
// SHA-512 over the characters of a journal line; written on the line that follows it (JRN-4).
using LineNumber = Digest<struct LineNumberTag>;

extern template struct Digest<struct FingerprintTag>;
extern template struct Digest<struct IdentifierTag>;
extern template struct Digest<struct LineNumberTag>;

// The octets are already uniformly distributed: eight of them are the hash.
struct DigestHash {
  template <class Tag>
  std::size_t operator()(const Digest<Tag>& digest) const {
    std::size_t value = 0;
    std::memcpy(&value, digest.octets.data(), sizeof value);
    return value;
  }
};

}  // namespace sdmp::codec
