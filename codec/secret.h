// Secret octets: move-only, wiped at the end of their life and after a move (sodium_memzero).
//
// Comparison is constant-time and explicit; there is no operator==. Never log one.
#pragma once

#include <array>
#include <cstdint>

#include "codec/bytes.h"

namespace sdmp::codec {

// Overwrites in a way that the optimizer keeps.
void wipe(MutableBytes secret);
// Constant-time for equal lengths; false for different ones.
bool equal_secrets(Bytes a, Bytes b);

template <std::size_t N>
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::span<const std::uint8_t, N> octets) {
    for (std::size_t i = 0; i < N; ++i) octets_[i] = octets[i];
  }
  Secret(Secret&& other) noexcept : octets_(other.octets_) { wipe(other.octets_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      octets_ = other.octets_;
      wipe(other.octets_);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(octets_); }

  Bytes bytes() const { return octets_; }
  std::span<std::uint8_t, N> writable() { return octets_; }
  static constexpr std::size_t size() { return N; }

 private:
  std::array<std::uint8_t, N> octets_{};
};

// Secret octets of a length known at run time (private keys, shared secrets): same rules.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size) : octets_(size) {}
  explicit SecretBytes(Bytes octets) : octets_(octets.begin(), octets.end()) {}
  SecretBytes(SecretBytes&& other) noexcept : octets_(std::move(other.octets_)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      wipe(octets_);
      octets_ = std::move(other.octets_);
    }
    return *this;
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { wipe(octets_); }

  Bytes bytes() const { return octets_; }
  MutableBytes writable() { return octets_; }
  std::size_t size() const { return octets_.size(); }

 private:
  ByteVector octets_;
};

}  // namespace sdmp::codec
