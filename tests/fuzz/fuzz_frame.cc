// Frames: arbitrary packed texts, arbitrary streams in arbitrary splits, arbitrary ciphertexts with
// each implementation of AES-256-GCM, and round trips of arbitrary octets at every level.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <zlib.h>

#include "codec/batch.h"
#include "codec/fast_inflate.h"
#include "engine/protocol/session.h"

using namespace sdmp;

namespace {

constexpr std::size_t kInflatedMax = 1 << 16;
const codec::FrameLimits kLimits{.blocks = 64, .inflated_bytes = kInflatedMax};

codec::FrameKey test_key() {
  static constexpr std::uint8_t kKey[codec::kAeadKeyBytes] = {1, 2, 3};
  return {kKey, {}};
}

void zlib_must_inflate(codec::Bytes packed, std::string_view text) {
  codec::ByteVector out(text.size() + 1);
  z_stream z{};
  if (inflateInit2(&z, -15) != Z_OK) std::abort();
  z.next_in = const_cast<std::uint8_t*>(packed.data());
  z.avail_in = static_cast<uInt>(packed.size());
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  const bool whole = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == text.size() &&
                     std::memcmp(out.data(), text.data(), text.size()) == 0;
  inflateEnd(&z);
  if (!whole) std::abort();
}

// What the decoder of trained streams accepts is what zlib makes of it.
void inflate_arbitrary(codec::Bytes packed) {
  static codec::ByteVector out(kInflatedMax);
  const auto inflated = codec::fast_inflate(packed, out);
  if (!inflated) return;
  if (inflated->stream_bytes > packed.size() || inflated->text_bytes > out.size()) std::abort();
  zlib_must_inflate(packed.first(inflated->stream_bytes),
                    codec::as_text(codec::Bytes(out).first(inflated->text_bytes)));
}

void unpack_arbitrary(codec::Bytes packed) {
  inflate_arbitrary(packed);
  static codec::Inflater inflater;
  static codec::ByteVector arena(kInflatedMax + codec::PaddedText::kPadding);
  const auto text = codec::unpack_text(inflater, packed, kLimits, arena);
  if (text && (text->size == 0 || text->data[0] != '{')) std::abort();
}

void assemble_arbitrary(codec::Bytes stream) {
  protocol::FrameAssembler assembler;
  codec::ByteVector bytes(stream.begin(), stream.end());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t piece = std::min<std::size_t>(1 + bytes[at] % 97, bytes.size() - at);
    codec::MutableBytes rest(bytes.data() + at, piece);
    at += piece;
    while (true) {
      const auto frame = assembler.next(rest, kLimits);
      if (!frame) return;
      if (!*frame) break;
      if ((*frame)->size() > codec::frame_bytes(kLimits.blocks * codec::kBlockBytes)) std::abort();
      if (codec::open_frame(test_key(), **frame)) std::abort();
    }
    if (assembler.held_bytes() > bytes.size()) std::abort();
  }
}

codec::AeadKey& expanded_key(std::size_t choice) {
  static auto* const keys = [] {
    auto* made = new std::vector<codec::AeadKey>;
    for (const codec::AeadChoice each : codec::kAeadChoices) {
      const codec::AeadBackend* backend = codec::aead_backend(each);
      if (backend != nullptr) made->emplace_back(*backend, test_key().key);
    }
    return made;
  }();
  return (*keys)[choice % keys->size()];
}

// No forged frame opens, whatever the implementation.
void decode_arbitrary(codec::Bytes content, std::size_t choice) {
  static codec::BatchDecoder decoder(kLimits);
  static codec::ByteVector arena(kInflatedMax + codec::PaddedText::kPadding);
  codec::ByteVector frame(content.begin(), content.end());
  codec::FrameKey key = test_key();
  key.expanded = &expanded_key(choice);
  codec::DecodeItem item{.key = key, .frame = frame, .arena = arena};
  decoder.decode({&item, 1});
  if (item.text) std::abort();
}

void round_trip(codec::Bytes content, int level, std::size_t choice) {
  static codec::Inflater inflater;
  static codec::ByteVector arena(kInflatedMax + codec::PaddedText::kPadding);
  if (content.size() + 2 > 16'000) return;
  const std::string text = "{" + std::string(codec::as_text(content)) + "}";
  codec::BatchEncoder encoder(level);
  codec::ByteVector out(encoder.frame_bound(text.size()));
  codec::FrameKey sealing = test_key();
  sealing.expanded = &expanded_key(choice);
  codec::EncodeItem item{.key = sealing, .text = text, .out = out};
  encoder.encode({&item, 1});
  if (!item.frame_bytes) std::abort();
  // What one implementation sealed the next one opens.
  codec::FrameKey opening = test_key();
  opening.expanded = &expanded_key(choice + 1);
  const auto packed =
      codec::open_frame(opening, codec::MutableBytes(out.data(), *item.frame_bytes));
  if (!packed) std::abort();
  zlib_must_inflate(*packed, text);
  const auto again = codec::unpack_text(inflater, *packed, {.inflated_bytes = kInflatedMax}, arena);
  if (text.size() <= kInflatedMax && (!again || again->view() != text)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const codec::Bytes rest(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      unpack_arbitrary(rest);
      break;
    case 1:
      assemble_arbitrary(rest);
      break;
    case 2:
      decode_arbitrary(rest.subspan(1), rest[0]);
      break;
    default:
      round_trip(rest.subspan(1), data[0] / 4 % 14 - 1, rest[0]);
      break;
  }
  return 0;
}
