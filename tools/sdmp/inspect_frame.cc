#include <algorithm>
#include <array>
#include <memory>

#include <zlib.h>

#include "tools/sdmp/inspection.h"

namespace sdmp::tools {
namespace {

using codec::Bytes;

// Far above what a receiver has to accept (4 MiB), so that an unusual capture can be read; a bomb
// is one all the same.
constexpr codec::FrameLimits kLimits{.blocks = codec::kFrameBlocksMax,
                                     .inflated_bytes = std::size_t{64} << 20};

// How a DEFLATE stream is made, and where it breaks. What a receiver makes of it says the codec;
// zlib says which block and which octet.
struct DeflateShape {
  std::size_t stream_octets = 0;
  std::size_t text_octets = 0;
  std::size_t blocks = 0;
  std::string fault;
};

DeflateShape walk_deflate(Bytes packed) {
  DeflateShape shape;
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return shape;
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&stream, inflateEnd);
  std::array<std::uint8_t, 1 << 16> text;
  stream.next_in = const_cast<std::uint8_t*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  int status = Z_OK;
  while (status == Z_OK && stream.total_out <= kLimits.inflated_bytes) {
    stream.next_out = text.data();
    stream.avail_out = text.size();
    // Returns at the end of each block, with bit 7 of data_type set.
    status = inflate(&stream, Z_BLOCK);
    if (status == Z_OK && (stream.data_type & 128) != 0) ++shape.blocks;
  }
  shape.stream_octets = stream.total_in;
  shape.text_octets = stream.total_out;
  if (status == Z_DATA_ERROR) shape.fault = stream.msg == nullptr ? "bad data" : stream.msg;
  if (status == Z_BUF_ERROR) shape.fault = "it ends before its last block does";
  return shape;
}

// RFC 1951 section 3.2.3.
std::string_view first_block_type(Bytes packed) {
  static constexpr std::string_view kTypes[] = {"stored", "fixed codes", "dynamic codes",
                                                "reserved"};
  return kTypes[packed[0] >> 1 & 3];
}

std::string padding_words(Bytes padding) {
  const auto found = std::ranges::find_if(padding, [](std::uint8_t octet) { return octet != 0; });
  if (found != padding.end()) {
    return "octet " + std::to_string(found - padding.begin() + 1) + " of " +
           std::to_string(padding.size()) + " behind the stream is not zero";
  }
  return std::to_string(padding.size()) + " octets of padding, where fewer than 256 are enough";
}

std::string unpacked_words(codec::Error error, const DeflateShape& shape, Bytes packed) {
  std::string words(codec::explain(error));
  if (error == codec::Error::kFramePadding) {
    words += ": " + padding_words(packed.subspan(shape.stream_octets));
  } else if (!shape.fault.empty()) {
    words += ": at octet " + std::to_string(shape.stream_octets) + " of the stream: " + shape.fault;
  }
  return words;
}

// Three digits behind the point: a JSON number.
std::string ratio(std::size_t part, std::size_t whole) {
  const std::size_t thousandths = whole == 0 ? 0 : (part * 1000 + whole / 2) / whole;
  const std::string digits = std::to_string(thousandths % 1000);
  return std::to_string(thousandths / 1000) + "." + std::string(3 - digits.size(), '0') + digits;
}

codec::FrameKey next_frame_key(CaptureKey& capture) {
  codec::FrameKey key{std::span<const std::uint8_t, codec::kAeadKeyBytes>(capture.key.writable()),
                      {}};
  std::ranges::copy(capture.iv.bytes(), key.nonce.begin());
  for (std::size_t i = 0; i < 8; ++i) {
    key.nonce[11 - i] ^= static_cast<std::uint8_t>(capture.counter >> (8 * i));
  }
  ++capture.counter;
  return key;
}

}  // namespace

std::string hexadecimal(Bytes octets) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t octet : octets) text.append({kDigits[octet >> 4], kDigits[octet & 15]});
  return text;
}

void Inspection::fault(Layer& layer, const std::string& words) {
  layer.text("invalid", words);
  faults.push_back("offset " + std::to_string(offset) + ": " + words);
}

void explain_packed(Inspection& inspection, Bytes packed, Layer& layer) {
  const DeflateShape shape = walk_deflate(packed);
  Layer deflate("deflate");
  deflate.number("stream_octets", shape.stream_octets);
  deflate.text("first_block", first_block_type(packed));
  deflate.number("blocks", shape.blocks);
  deflate.number("text_octets", shape.text_octets);
  deflate.json("ratio", ratio(shape.stream_octets, shape.text_octets));
  deflate.number("padding_octets", packed.size() - shape.stream_octets);

  codec::Inflater inflater;
  const std::size_t arena_bytes = kLimits.inflated_bytes + codec::PaddedText::kPadding;
  // Not zeroed: most of it is never touched.
  const auto arena = std::make_unique_for_overwrite<std::uint8_t[]>(arena_bytes);
  const auto text = codec::unpack_text(inflater, packed, kLimits, {arena.get(), arena_bytes});
  if (!text) inspection.fault(deflate, unpacked_words(text.error(), shape, packed));
  layer.layer(std::move(deflate));
  if (!text) return;
  Layer container("container");
  explain_container(inspection, text->view(), container);
  layer.layer(std::move(container));
}

void explain_frame(Inspection& inspection, Bytes frame, Layer& layer) {
  const std::size_t ciphertext_octets = frame.size() - codec::kFrameOverheadBytes;
  layer.number("octets", frame.size());
  layer.number("blocks", ciphertext_octets / codec::kBlockBytes);
  layer.number("ciphertext_octets", ciphertext_octets);
  layer.text("tag", hexadecimal(frame.last(codec::kAeadTagBytes)));
  if (!inspection.key) {
    layer.text("sealed", "give --key and --iv to see what is inside");
    return;
  }
  if (inspection.key->counter >= kRatchetFrames) {
    inspection.fault(layer,
                     "behind 2^20 frames there is another key and iv (P-SEC): inspect the "
                     "rest with those and --counter 0");
    return;
  }
  layer.number("counter", inspection.key->counter);
  const codec::FrameKey key = next_frame_key(*inspection.key);
  layer.text("nonce", hexadecimal(key.nonce));
  codec::ByteVector opened(frame.begin(), frame.end());
  const auto packed = codec::open_frame(key, opened);
  if (!packed) {
    inspection.fault(layer,
                     "the tag does not match: another key, iv or counter, or the frame was "
                     "changed on its way");
    return;
  }
  layer.text("opened", "the tag matches");
  explain_packed(inspection, *packed, layer);
}

}  // namespace sdmp::tools
