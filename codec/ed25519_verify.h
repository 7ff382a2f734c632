// Ed25519 verification (RFC 8032, 5.1.7) for a relay, which sees the same keys again and again: a
// key that returns is kept with multiples of its point, with which verifying takes 32 doublings
// instead of 253 and no square root: a third of the time or less.
//
// It says what libsodium 1.0.18's crypto_sign_verify_detached says, of every signature and message.
// The first verifications under a key, and those of keys too many to keep, are libsodium's own.
// Everything that goes in is public: nothing here takes care to hide it. Internal to the codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codec/bytes.h"
#include "codec/ed25519_group.h"
#include "codec/key_format.h"

namespace sdmp::codec {

inline constexpr std::size_t kEd25519SignatureBytes = 64;

// A key whose verifications are fast from the first one on; making it takes a little longer than
// one of libsodium's. Immutable; any number of threads.
class PreparedEd25519Key {
 public:
  // Precondition: a canonical point of the prime-order subgroup
  // (crypto_core_ed25519_is_valid_point).
  explicit PreparedEd25519Key(std::span<const std::uint8_t, kEd25519KeyBytes> point);

  bool verify(Bytes message, std::span<const std::uint8_t, kEd25519SignatureBytes> signature) const;

 private:
  std::array<std::uint8_t, kEd25519KeyBytes> octets_;
  ed25519::KeyMultiples negative_;
};

// Keeps prepared keys. Thread rule: one thread.
class Ed25519Verifier {
 public:
  // 8 KiB each, as they come.
  static constexpr std::size_t kKeysMax = 1024;
  // With so many verifications a key that is prepared at the last of them has paid for itself soon;
  // one that only opens a session now and then is not prepared.
  static constexpr std::uint32_t kSightings = 3;

  Ed25519Verifier();

  // The precondition of PreparedEd25519Key; crypto_init() was called.
  bool verify(std::span<const std::uint8_t, kEd25519KeyBytes> point, Bytes message,
              std::span<const std::uint8_t, kEd25519SignatureBytes> signature);

  // Keys that are kept prepared.
  std::size_t prepared() const { return prepared_; }

 private:
  struct Place {
    std::array<std::uint8_t, kEd25519KeyBytes> point{};
    std::uint32_t sightings = 0;
    std::unique_ptr<const PreparedEd25519Key> key;
  };
  // Keys that fall into one group push each other out, the one that was used longest ago first.
  static constexpr std::size_t kWays = 4;
  using Group = std::array<Place, kWays>;

  std::vector<Group> groups_;
  std::size_t prepared_ = 0;
};

}  // namespace sdmp::codec
