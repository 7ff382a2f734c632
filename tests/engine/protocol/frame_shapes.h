// Frames by their outside only, for tests of what cuts and refuses them.
#pragma once

#include <cstdint>
#include <utility>

#include "codec/bytes.h"
#include "codec/frame.h"

namespace sdmp::protocol::testing {

inline codec::ByteVector header(std::uint32_t blocks) {
  return {static_cast<std::uint8_t>(blocks >> 24), static_cast<std::uint8_t>(blocks >> 16),
          static_cast<std::uint8_t>(blocks >> 8), static_cast<std::uint8_t>(blocks)};
}

// A frame by its outside only.
inline codec::ByteVector shaped_frame(std::uint32_t blocks, std::uint8_t fill) {
  codec::ByteVector frame = header(blocks);
  frame.resize(codec::frame_bytes(std::size_t{blocks} * codec::kBlockBytes), fill);
  return frame;
}

inline codec::ByteVector operator+(codec::ByteVector a, const codec::ByteVector& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace sdmp::protocol::testing
