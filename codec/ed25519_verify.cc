#include "codec/ed25519_verify.h"

#include <algorithm>
#include <cstring>

#include <sodium.h>

#include "codec/check.h"
#include "codec/digest.h"

namespace sdmp::codec {
namespace {

using ed25519::Scalar;

static_assert(kEd25519SignatureBytes == crypto_sign_BYTES);

// The order of the base point, little-endian (RFC 8032, 5.1).
constexpr Scalar kOrder = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                           0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                           0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

bool is_below_order(const Scalar& scalar) {
  return std::ranges::lexicographical_compare(scalar.rbegin(), scalar.rend(), kOrder.rbegin(),
                                              kOrder.rend());
}

// libsodium refuses an R of small order. Of multiples of points of prime order the sum can only be
// the neutral element of these, (0, 1). With it goes (0, -1): libsodium before 2026 takes a key for
// one of prime order that has this point of order 2 in it (CVE-2025-69277).
bool is_of_order_two_at_most(const std::array<std::uint8_t, 32>& r) {
  constexpr std::array<std::uint8_t, 32> kNeutral = {1};
  constexpr std::array<std::uint8_t, 32> kMinusOne = [] {
    std::array<std::uint8_t, 32> octets;
    octets.fill(0xff);
    octets.front() = 0xec;
    octets.back() = 0x7f;
    return octets;
  }();
  return r == kNeutral || r == kMinusOne;
}

}  // namespace

PreparedEd25519Key::PreparedEd25519Key(std::span<const std::uint8_t, kEd25519KeyBytes> point)
    : negative_([&] {
        const auto decoded = ed25519::Point::decode(point);
        SDMP_CHECK(decoded.has_value());
        return decoded->negated();
      }()) {
  std::ranges::copy(point, octets_.begin());
}

bool PreparedEd25519Key::verify(
    Bytes message, std::span<const std::uint8_t, kEd25519SignatureBytes> signature) const {
  std::array<std::uint8_t, 32> r;
  Scalar s;
  std::memcpy(r.data(), signature.data(), r.size());
  std::memcpy(s.data(), signature.data() + r.size(), s.size());
  if (!is_below_order(s) || is_of_order_two_at_most(r)) return false;
  std::array<std::uint8_t, 64> head;
  std::memcpy(head.data(), r.data(), r.size());
  std::memcpy(head.data() + r.size(), octets_.data(), octets_.size());
  const Hash digest = sha512(head, message);
  Scalar k;
  crypto_core_ed25519_scalar_reduce(k.data(), digest.data());
  return ed25519::sum_of_multiples(k, negative_, s).encode() == r;
}

Ed25519Verifier::Ed25519Verifier() : groups_(kKeysMax / kWays) {}

bool Ed25519Verifier::verify(std::span<const std::uint8_t, kEd25519KeyBytes> point, Bytes message,
                             std::span<const std::uint8_t, kEd25519SignatureBytes> signature) {
  std::uint64_t hash = 0;
  std::memcpy(&hash, point.data(), sizeof hash);
  Group& group = groups_[hash % groups_.size()];
  const auto found = std::ranges::find_if(
      group, [&](const Place& place) { return std::ranges::equal(place.point, point); });
  if (found == group.end()) {
    if (group.back().key) --prepared_;
    group.back() = {};
    std::ranges::copy(point, group.back().point.begin());
    std::rotate(group.begin(), group.end() - 1, group.end());
  } else {
    std::rotate(group.begin(), found, found + 1);
  }
  Place& place = group.front();
  if (!place.key && ++place.sightings == kSightings) {
    place.key = std::make_unique<const PreparedEd25519Key>(point);
    ++prepared_;
  }
  if (place.key) return place.key->verify(message, signature);
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     point.data()) == 0;
}

}  // namespace sdmp::codec
