#include "codec/batch.h"

#include <algorithm>

#include "codec/check.h"

namespace sdmp::codec {
namespace {

constexpr std::size_t kCacheLineBytes = 64;
constexpr std::size_t kPrefetchBytes = 1024;

std::size_t packed_limit(const FrameLimits& limits) {
  return static_cast<std::size_t>(limits.blocks) * kBlockBytes;
}

Result<PaddedText> decode_one(Inflater& inflater, const FrameLimits& limits, DecodeItem& item) {
  if (item.frame.size() <= kFrameOverheadBytes) return std::unexpected(Error::kFrameHeader);
  const auto size = read_frame_header(item.frame.first<kFrameHeaderBytes>(), limits);
  if (!size) return std::unexpected(size.error());
  if (*size != item.frame.size()) return std::unexpected(Error::kFrameHeader);
  const auto packed = open_frame(item.key, item.frame);
  if (!packed) return std::unexpected(packed.error());
  return unpack_text(inflater, *packed, limits, item.arena);
}

}  // namespace

BatchEncoder::BatchEncoder(int level, const FrameLimits& limits)
    : deflater_(level), limits_(limits) {
  SDMP_CHECK(limits.blocks >= 1 && limits.blocks <= kFrameBlocksMax);
}

std::size_t BatchEncoder::frame_bound(std::size_t text_bytes) const {
  return frame_bytes(std::min(deflater_.packed_bound(text_bytes), packed_limit(limits_)));
}

Result<Bytes> BatchEncoder::pack(std::string_view text, MutableBytes out) {
  if (text.size() > limits_.inflated_bytes) return std::unexpected(Error::kFrameTooLarge);
  const auto packed = deflater_.pack(text, out);
  if (!packed) {
    // The compressor needs a few octets of room behind its stream; with a tag's worth of it, what
    // does not fit is larger than any frame we may send.
    const bool had_room = out.size() >= packed_limit(limits_) + kAeadTagBytes;
    return std::unexpected(had_room ? Error::kFrameTooLarge : packed.error());
  }
  if (*packed > packed_limit(limits_)) return std::unexpected(Error::kFrameTooLarge);
  return Bytes(out.first(*packed));
}

void BatchEncoder::encode(std::span<EncodeItem> items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    EncodeItem& item = items[i];
    item.frame_bytes = std::unexpected(Error::kOutputTooSmall);
    if (item.out.size() <= kFrameOverheadBytes) continue;
    const auto packed = pack(item.text, item.out.subspan(kFrameHeaderBytes));
    if (!packed) {
      item.frame_bytes = std::unexpected(packed.error());
      continue;
    }
    const std::size_t size = frame_bytes(packed->size());
    if (size > item.out.size()) continue;
    // Sealing computes and hardly loads: meanwhile the beginning of the next text comes into the
    // cache, behind which the CPU itself reads ahead. (GCC drops calls of a function of its own
    // that does nothing else.)
    if (i + 1 < items.size()) {
      const std::string_view next = items[i + 1].text.substr(0, kPrefetchBytes);
      for (std::size_t at = 0; at < next.size(); at += kCacheLineBytes) {
        __builtin_prefetch(next.data() + at);
      }
    }
    seal_frame(item.key, *packed, item.out.data());
    item.frame_bytes = size;
  }
}

void BatchEncoder::seal_all(Bytes packed, std::span<FanOutItem> items) {
  for (FanOutItem& item : items) {
    SDMP_CHECK(item.out.size() >= frame_bytes(packed.size()));
    seal_frame(item.key, packed, item.out.data());
  }
}

BatchDecoder::BatchDecoder(const FrameLimits& limits) : limits_(limits) {
  SDMP_CHECK(limits.blocks >= 1 && limits.blocks <= kFrameBlocksMax);
}

void BatchDecoder::decode(std::span<DecodeItem> items) {
  for (DecodeItem& item : items) item.text = decode_one(inflater_, limits_, item);
}

}  // namespace sdmp::codec
