#include "codec/frame.h"

#include <array>
#include <bit>
#include <cstring>

#include "codec/check.h"

namespace sdmp::codec {
namespace {

std::uint32_t load_big_endian(std::span<const std::uint8_t, kFrameHeaderBytes> octets) {
  return static_cast<std::uint32_t>(octets[0]) << 24 | static_cast<std::uint32_t>(octets[1]) << 16 |
         static_cast<std::uint32_t>(octets[2]) << 8 | octets[3];
}

void store_big_endian(std::uint32_t value, std::uint8_t* octets) {
  static_assert(std::endian::native == std::endian::little);
  const std::uint32_t swapped = __builtin_bswap32(value);
  std::memcpy(octets, &swapped, sizeof swapped);
}

// The cipher loads a header as part of a wider word, which waits for a store just before it: of
// small frames, where that shows, it reads one that was never written.
constexpr auto kSmallHeaders = [] {
  std::array<std::array<std::uint8_t, kFrameHeaderBytes>, 256> headers{};
  for (std::size_t blocks = 0; blocks < headers.size(); ++blocks) {
    headers[blocks].back() = static_cast<std::uint8_t>(blocks);
  }
  return headers;
}();

template <class Use>
auto with_expanded(const FrameKey& key, Use use) {
  if (key.expanded != nullptr) return use(*key.expanded);
  AeadKey once(*aead_backend(AeadChoice::kAuto), key.key);
  return use(once);
}

}  // namespace

Result<std::size_t> read_frame_header(std::span<const std::uint8_t, kFrameHeaderBytes> header,
                                      const FrameLimits& limits) {
  const std::uint32_t blocks = load_big_endian(header);
  if (blocks == 0 || blocks > kFrameBlocksMax) return std::unexpected(Error::kFrameHeader);
  if (blocks > limits.blocks) return std::unexpected(Error::kFrameTooLarge);
  return frame_bytes(blocks * kBlockBytes);
}

void seal_frame(const FrameKey& key, Bytes packed, std::uint8_t* frame) {
  const std::size_t blocks = packed.size() / kBlockBytes;
  SDMP_CHECK(packed.size() % kBlockBytes == 0 && blocks >= 1 && blocks <= kFrameBlocksMax);
  store_big_endian(static_cast<std::uint32_t>(blocks), frame);
  std::uint8_t* ciphertext = frame + kFrameHeaderBytes;
  const std::span<std::uint8_t, kAeadTagBytes> tag(ciphertext + packed.size(), kAeadTagBytes);
  const Bytes header = blocks < kSmallHeaders.size() ? Bytes(kSmallHeaders[blocks])
                                                     : Bytes(frame, kFrameHeaderBytes);
  with_expanded(
      key, [&](AeadKey& expanded) { expanded.seal(key.nonce, header, packed, ciphertext, tag); });
}

Result<Bytes> open_frame(const FrameKey& key, MutableBytes frame) {
  SDMP_CHECK(frame.size() > kFrameOverheadBytes);
  const std::size_t packed_bytes = frame.size() - kFrameOverheadBytes;
  const auto header = frame.first<kFrameHeaderBytes>();
  SDMP_CHECK(load_big_endian(header) * kBlockBytes == packed_bytes);
  const MutableBytes text = frame.subspan(kFrameHeaderBytes, packed_bytes);
  const bool genuine = with_expanded(key, [&](AeadKey& expanded) {
    return expanded.open(key.nonce, header, text, frame.last<kAeadTagBytes>());
  });
  if (!genuine) return std::unexpected(Error::kFrameTag);
  return Bytes(text);
}

Result<PaddedText> unpack_text(Inflater& inflater, Bytes packed, const FrameLimits& limits,
                               MutableBytes arena) {
  SDMP_CHECK(arena.size() >= limits.inflated_bytes + PaddedText::kPadding);
  const auto size = inflater.unpack(packed, arena.first(limits.inflated_bytes));
  if (!size) return std::unexpected(size.error());
  if (*size < 2 || arena[0] != '{' || arena[*size - 1] != '}') {
    return std::unexpected(Error::kFrameText);
  }
  std::memset(arena.data() + *size, 0, PaddedText::kPadding);
  return PaddedText{as_text(arena).data(), *size};
}

}  // namespace sdmp::codec
