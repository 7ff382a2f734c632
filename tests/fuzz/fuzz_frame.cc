// Frames: arbitrary packed texts, arbitrary streams in arbitrary splits, and round trips.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "codec/batch.h"
#include "engine/protocol/session.h"

using namespace sdmp;

namespace {

constexpr std::size_t kInflatedMax = 1 << 16;
const codec::FrameLimits kLimits{.blocks = 64, .inflated_bytes = kInflatedMax};

codec::FrameKey test_key() {
  static constexpr std::uint8_t kKey[codec::kAeadKeyBytes] = {1, 2, 3};
  return {kKey, {}};
}

void unpack_arbitrary(codec::Bytes packed) {
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

void round_trip(codec::Bytes content, int level) {
  static codec::Inflater inflater;
  static codec::ByteVector arena(kInflatedMax + codec::PaddedText::kPadding);
  if (content.size() + 2 > 16'000) return;
  const std::string text = "{" + std::string(codec::as_text(content)) + "}";
  codec::BatchEncoder encoder(level);
  codec::ByteVector out(encoder.frame_bound(text.size()));
  codec::EncodeItem item{.key = test_key(), .text = text, .out = out};
  encoder.encode({&item, 1});
  if (!item.frame_bytes) std::abort();
  const auto packed =
      codec::open_frame(test_key(), codec::MutableBytes(out.data(), *item.frame_bytes));
  if (!packed) std::abort();
  const auto again = codec::unpack_text(inflater, *packed, {.inflated_bytes = kInflatedMax}, arena);
  if (text.size() <= kInflatedMax && (!again || again->view() != text)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const codec::Bytes rest(data + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      unpack_arbitrary(rest);
      break;
    case 1:
      assemble_arbitrary(rest);
      break;
    default:
      round_trip(rest, data[0] / 3 % 13);
      break;
  }
  return 0;
}
