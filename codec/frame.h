// Frames (P-FRAME): 4 octets big-endian number of 256-octet blocks, ciphertext, 16 octets tag.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codec/aead.h"
#include "codec/bytes.h"
#include "codec/deflate.h"
#include "codec/error.h"

namespace sdmp::codec {

inline constexpr std::size_t kFrameHeaderBytes = 4;
inline constexpr std::size_t kFrameOverheadBytes = kFrameHeaderBytes + kAeadTagBytes;
inline constexpr std::uint32_t kFrameBlocksMax = 65536;

// What one frame is sealed with: a view of the session's key, and a nonce that no other frame under
// that key has. `expanded` is the same key where the caller keeps it ready (codec/aead_key_pool.h);
// nullptr: it is expanded for this frame alone, by the backend of AeadChoice::kAuto.
struct FrameKey {
  std::span<const std::uint8_t, kAeadKeyBytes> key;
  std::array<std::uint8_t, kAeadNonceBytes> nonce;
  AeadKey* expanded = nullptr;
};

// What this side accepts; the defaults are the least that P-FRAME lets a receiver accept and the
// most that a sender may use unconfigured.
struct FrameLimits {
  std::uint32_t blocks = 4096;
  std::size_t inflated_bytes = 4u << 20;
};

constexpr std::size_t frame_bytes(std::size_t packed_bytes) {
  return packed_bytes + kFrameOverheadBytes;
}

// Reads a header: the size in octets of the whole frame. kFrameHeader (0 or more than 65536
// blocks), kFrameTooLarge (above the limit): both before any memory is reserved.
Result<std::size_t> read_frame_header(std::span<const std::uint8_t, kFrameHeaderBytes> header,
                                      const FrameLimits& limits);

// Seals packed text (a multiple of 256 octets, at most 65536 blocks) as a frame at `frame`, which
// holds frame_bytes(packed.size()) octets. `packed` is disjoint from the frame or lies exactly at
// frame + kFrameHeaderBytes (sealed in place).
void seal_frame(const FrameKey& key, Bytes packed, std::uint8_t* frame);

// Opens a whole frame (header, ciphertext, tag) in place; returns the packed text inside it.
// kFrameTag.
Result<Bytes> open_frame(const FrameKey& key, MutableBytes frame);

// Inflates packed text into `arena`, which holds limits.inflated_bytes + PaddedText::kPadding
// octets, and checks that the text starts with '{' and ends with '}'.
// kDeflateData, kInflatedTooLarge, kFramePadding, kFrameText.
Result<PaddedText> unpack_text(Inflater& inflater, Bytes packed, const FrameLimits& limits,
                               MutableBytes arena);

}  // namespace sdmp::codec
