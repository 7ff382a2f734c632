#include "codec/deflate.h"

#include <algorithm>
#include <cstring>

#include <libdeflate.h>

#include "codec/check.h"
#include "codec/fast_inflate.h"

namespace sdmp::codec {
namespace {

constexpr std::size_t round_up_to_block(std::size_t octets) {
  return (octets + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
}

// Compared with itself one octet further: memcmp looks at 32 at a time.
bool is_zero(Bytes octets) {
  return octets.empty() ||
         (octets[0] == 0 && std::memcmp(octets.data(), octets.data() + 1, octets.size() - 1) == 0);
}

// Stored blocks (RFC 1951, 3.2.4).
constexpr std::size_t kHeaderBytes = 5;
constexpr std::size_t kStoredMax = 65535;

std::size_t stored_blocks(std::size_t text_bytes) {
  return std::max<std::size_t>(1, (text_bytes + kStoredMax - 1) / kStoredMax);
}

std::size_t stored_bytes(std::size_t text_bytes) {
  return text_bytes + stored_blocks(text_bytes) * kHeaderBytes;
}

// One DEFLATE stream of stored blocks, of stored_bytes().
void store(std::string_view text, std::uint8_t* at) {
  const std::size_t blocks = stored_blocks(text.size());
  for (std::size_t block = 1; block <= blocks; ++block) {
    const auto size = static_cast<std::uint16_t>(std::min(text.size(), kStoredMax));
    const auto complement = static_cast<std::uint16_t>(~size);
    at[0] = block == blocks ? 1 : 0;
    at[1] = static_cast<std::uint8_t>(size);
    at[2] = static_cast<std::uint8_t>(size >> 8);
    at[3] = static_cast<std::uint8_t>(complement);
    at[4] = static_cast<std::uint8_t>(complement >> 8);
    if (size > 0) std::memcpy(at + kHeaderBytes, text.data(), size);
    at += kHeaderBytes + size;
    text.remove_prefix(size);
  }
}

// Zeroes the last block before the text is there, in steps of a fixed size: behind the text the
// size would be another each time, which a memset's branches mispredict.
Result<std::size_t> pack_stored(std::string_view text, MutableBytes out) {
  constexpr std::size_t kStep = 64;
  const std::size_t packed = round_up_to_block(stored_bytes(text.size()));
  if (packed > out.size()) return std::unexpected(Error::kOutputTooSmall);
  for (std::size_t at = packed - kBlockBytes; at < packed; at += kStep) {
    std::memset(out.data() + at, 0, kStep);
  }
  store(text, out.data());
  return packed;
}

libdeflate_compressor* as_compressor(void* pointer) {
  return static_cast<libdeflate_compressor*>(pointer);
}

libdeflate_decompressor* as_decompressor(void* pointer) {
  return static_cast<libdeflate_decompressor*>(pointer);
}

}  // namespace

void Deflater::Release::operator()(void* compressor) const {
  libdeflate_free_compressor(as_compressor(compressor));
}

Deflater::Deflater(int level)
    : level_(level),
      fast_(level == kCompressFast ? std::make_unique<FastDeflater>() : nullptr),
      compressor_(level == kCompressOff ? nullptr
                                        : libdeflate_alloc_compressor(fast_ ? 1 : level)) {
  SDMP_CHECK(compressor_ != nullptr || level == kCompressOff);
}
Deflater::~Deflater() = default;
Deflater::Deflater(Deflater&&) noexcept = default;
Deflater& Deflater::operator=(Deflater&&) noexcept = default;

std::size_t Deflater::packed_bound(std::size_t text_bytes) const {
  if (level_ == kCompressOff) return round_up_to_block(stored_bytes(text_bytes));
  const std::size_t bound =
      libdeflate_deflate_compress_bound(as_compressor(compressor_.get()), text_bytes);
  const bool fast = fast_ && text_bytes <= FastDeflater::kTextMax;
  return round_up_to_block(fast ? std::max(bound, FastDeflater::bound(text_bytes)) : bound);
}

std::size_t Deflater::compress(std::string_view text, MutableBytes out) {
  if (const std::size_t size = fast_ ? fast_->compress(text, out) : 0; size > 0) return size;
  return libdeflate_deflate_compress(as_compressor(compressor_.get()), text.data(), text.size(),
                                     out.data(), out.size());
}

Result<std::size_t> Deflater::pack(std::string_view text, MutableBytes out) {
  if (level_ == kCompressOff) return pack_stored(text, out);
  const std::size_t stream = compress(text, out);
  if (stream == 0) return std::unexpected(Error::kOutputTooSmall);
  const std::size_t packed = round_up_to_block(stream);
  if (packed > out.size()) return std::unexpected(Error::kOutputTooSmall);
  std::memset(out.data() + stream, 0, packed - stream);
  return packed;
}

void Inflater::Release::operator()(void* decompressor) const {
  libdeflate_free_decompressor(as_decompressor(decompressor));
}

Inflater::Inflater() : decompressor_(libdeflate_alloc_decompressor()) {
  SDMP_CHECK(decompressor_ != nullptr);
}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

Result<std::size_t> Inflater::unpack(Bytes packed, MutableBytes out) {
  if (packed.empty() || packed.size() % kBlockBytes != 0) {
    return std::unexpected(Error::kFramePadding);
  }
  std::size_t stream = 0;
  std::size_t text = 0;
  if (const auto inflated = fast_inflate(packed, out)) {
    stream = inflated->stream_bytes;
    text = inflated->text_bytes;
  } else {
    const libdeflate_result result =
        libdeflate_deflate_decompress_ex(as_decompressor(decompressor_.get()), packed.data(),
                                         packed.size(), out.data(), out.size(), &stream, &text);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) return std::unexpected(Error::kInflatedTooLarge);
    if (result != LIBDEFLATE_SUCCESS) return std::unexpected(Error::kDeflateData);
  }
  const Bytes padding = packed.subspan(stream);
  if (padding.size() >= kBlockBytes || !is_zero(padding)) {
    return std::unexpected(Error::kFramePadding);
  }
  return text;
}

}  // namespace sdmp::codec
