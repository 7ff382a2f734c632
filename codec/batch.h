// The batch codec: many containers to many sessions in one call, built in place (TCP-8, TCP-9,
// P-FRAME). Compresses straight behind the header's headroom, pads and seals in place; opens in
// place and inflates once. No allocation in steady state; the caller owns all memory.
//
// Thread rule: one thread at a time per BatchEncoder / BatchDecoder.
#pragma once

#include <span>

#include "codec/bytes.h"
#include "codec/error.h"
#include "codec/frame.h"

namespace sdmp::codec {

struct EncodeItem {
  FrameKey key;                         // of the session, for exactly this frame
  std::string_view text;                // the container
  MutableBytes out;                     // where the frame goes
  Result<std::size_t> frame_bytes = 0;  // result: octets written; kOutputTooSmall, kFrameTooLarge
};

struct DecodeItem {
  FrameKey key;
  MutableBytes frame;  // one whole frame; overwritten with its plaintext
  MutableBytes arena;  // where the text goes, limits.inflated_bytes + padding at least
  // Result, in `arena`; kFrameHeader when `frame` is not one whole frame, and the errors of
  // read_frame_header(), open_frame() and unpack_text().
  Result<PaddedText> text = PaddedText{};
};

// A container that goes to many sessions: packed once, sealed for each.
struct FanOutItem {
  FrameKey key;
  MutableBytes out;  // frame_bytes(packed.size()) octets at least
};

class BatchEncoder {
 public:
  // `level` as Deflater takes it: kCompressOff, kCompressFast or 1 to 12.
  explicit BatchEncoder(int level, const FrameLimits& limits = {});

  // Octets of `out` that are enough for any text of this size.
  std::size_t frame_bound(std::size_t text_bytes) const;
  // Each item on its own: one failure costs only that item.
  void encode(std::span<EncodeItem> items);
  // Packs once; the result lies in `out` and may be sealed any number of times.
  // kOutputTooSmall; kFrameTooLarge when the text or the blocks exceed the limits.
  Result<Bytes> pack(std::string_view text, MutableBytes out);
  // Seals one packed text for every session.
  static void seal_all(Bytes packed, std::span<FanOutItem> items);

 private:
  Deflater deflater_;
  FrameLimits limits_;
};

class BatchDecoder {
 public:
  explicit BatchDecoder(const FrameLimits& limits = {});
  // Each item on its own: a bad frame costs only its session.
  void decode(std::span<DecodeItem> items);

 private:
  Inflater inflater_;
  FrameLimits limits_;
};

}  // namespace sdmp::codec
