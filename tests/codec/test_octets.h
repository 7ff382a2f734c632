// Octets for tests: published vectors in hexadecimal, and seeded noise.
#pragma once

#include <random>
#include <string>
#include <string_view>

#include "codec/bytes.h"

namespace sdmp::codec {

inline ByteVector from_hex(std::string_view hex) {
  ByteVector octets;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    octets.push_back(
        static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return octets;
}

inline std::string to_hex(Bytes octets) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t octet : octets) {
    hex.push_back(kDigits[octet >> 4]);
    hex.push_back(kDigits[octet & 15]);
  }
  return hex;
}

inline ByteVector noise(std::size_t size, unsigned seed) {
  std::mt19937 generator(seed);
  ByteVector octets(size);
  for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(generator());
  return octets;
}

// Text that compresses as containers do: base64url of JSON-like words between fixed members.
inline std::string container_like(std::size_t size, unsigned seed) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::mt19937 generator(seed);
  std::string text = "{\"payload\":\"";
  while (text.size() + 2 < size) text.push_back(kAlphabet[generator() % 64]);
  return text + "\"}";
}

}  // namespace sdmp::codec
