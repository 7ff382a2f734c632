// Octets and text: the two views that every interface of the codec takes.
//
// Views never own. Text is char, everything else is uint8_t; the only conversion between the two
// is made here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sdmp::codec {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;
using ByteVector = std::vector<std::uint8_t>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// JSON text with kPadding readable octets behind its end (their value does not matter): what the
// vectorized reader needs to run without a copy. The owner of the memory makes the promise by
// constructing one; PaddedBuffer (codec/padded_buffer.h) is the way to get one from a plain view.
struct PaddedText {
  static constexpr std::size_t kPadding = 64;

  const char* data = nullptr;
  std::size_t size = 0;

  std::string_view view() const { return {data, size}; }
};

}  // namespace sdmp::codec
