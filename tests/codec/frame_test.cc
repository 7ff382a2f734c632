#include "codec/frame.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "test_octets.h"

namespace sdmp::codec {
namespace {

class Frame : public ::testing::Test {
 protected:
  FrameKey key(std::uint8_t counter = 0) const {
    FrameKey result{std::span<const std::uint8_t, kAeadKeyBytes>(key_), {}};
    result.nonce[11] = counter;
    return result;
  }

  static ByteVector pack(std::string_view text) {
    Deflater deflater(1);
    ByteVector out(deflater.packed_bound(text.size()));
    out.resize(deflater.pack(text, out).value());
    return out;
  }

  ByteVector seal(Bytes packed) const {
    ByteVector frame(frame_bytes(packed.size()));
    seal_frame(key(), packed, frame.data());
    return frame;
  }

  // The first error on the way from a frame to its text.
  Result<std::string> receive(ByteVector frame, const FrameLimits& limits = {}) {
    const auto size = read_frame_header(MutableBytes(frame).first<kFrameHeaderBytes>(), limits);
    if (!size) return std::unexpected(size.error());
    const auto packed = open_frame(key(), MutableBytes(frame).first(*size));
    if (!packed) return std::unexpected(packed.error());
    ByteVector arena(limits.inflated_bytes + PaddedText::kPadding);
    const auto text = unpack_text(inflater_, *packed, limits, arena);
    if (!text) return std::unexpected(text.error());
    return std::string(text->view());
  }

  ByteVector key_ = noise(32, 1);
  Inflater inflater_;
};

Result<std::size_t> header(const char* hex, const FrameLimits& limits = {}) {
  const ByteVector octets = from_hex(hex);
  return read_frame_header(std::span<const std::uint8_t, kFrameHeaderBytes>(octets), limits);
}

TEST_F(Frame, P_FRAME_HeaderIsTheNumberOfBlocks) {
  EXPECT_EQ(header("00000001"), 256u + 20u);
  EXPECT_EQ(header("00000100"), 65536u + 20u);
  EXPECT_EQ(header("00001000"), (1u << 20) + 20u);
  EXPECT_EQ(header("00010000", {.blocks = kFrameBlocksMax, .inflated_bytes = 0}),
            (16u << 20) + 20u);
}

TEST_F(Frame, P_FRAME_HeaderRefusals) {
  EXPECT_EQ(header("00000000").error(), Error::kFrameHeader);
  EXPECT_EQ(header("00001001").error(), Error::kFrameTooLarge);
  EXPECT_EQ(header("00010000").error(), Error::kFrameTooLarge);
  EXPECT_EQ(header("00010001").error(), Error::kFrameHeader);
  EXPECT_EQ(header("6e6f7065").error(), Error::kFrameHeader) << "nope";
  EXPECT_EQ(header("ffffffff").error(), Error::kFrameHeader);
  EXPECT_EQ(header("01000000").error(), Error::kFrameHeader);
  EXPECT_EQ(header("00000003", {.blocks = 2, .inflated_bytes = 1}).error(), Error::kFrameTooLarge);
}

TEST_F(Frame, P_FRAME_DefaultLimitsAreTheLeastThatIsAllowed) {
  EXPECT_EQ(FrameLimits{}.blocks, 4096u);
  EXPECT_EQ(FrameLimits{}.inflated_bytes, std::size_t{4} << 20);
}

TEST_F(Frame, P_FRAME_LayoutIsHeaderCiphertextTag) {
  const ByteVector packed = pack("{}");
  const ByteVector frame = seal(packed);
  ASSERT_EQ(frame.size(), 4u + 256u + 16u);
  EXPECT_EQ(to_hex(Bytes(frame).first(4)), "00000001");
  ByteVector text(frame.begin() + 4, frame.end() - 16);
  EXPECT_TRUE(AeadKey(*aead_backend({}), key().key)
                  .open(key().nonce, Bytes(frame).first(4), text, Bytes(frame).last<16>()))
      << "the header is the associated data";
  EXPECT_EQ(text, packed);
}

// Whatever the sealing authenticates must be what stands in the frame.
TEST_F(Frame, P_FRAME_EverySizeOpensWithTheHeaderInFront) {
  for (const unsigned blocks : {1u, 2u, 255u, 256u, 257u, 4096u}) {
    const ByteVector packed = noise(blocks * kBlockBytes, blocks);
    ByteVector frame = seal(packed);
    const auto opened = open_frame(key(), frame);
    ASSERT_TRUE(opened) << blocks;
    EXPECT_TRUE(std::ranges::equal(*opened, packed)) << blocks;
  }
}

TEST_F(Frame, P_FRAME_SealsInPlaceAndApartAlike) {
  const ByteVector packed = pack(container_like(3000, 2));
  ByteVector in_place(frame_bytes(packed.size()));
  std::copy(packed.begin(), packed.end(), in_place.begin() + kFrameHeaderBytes);
  seal_frame(key(), Bytes(in_place).subspan(kFrameHeaderBytes, packed.size()), in_place.data());
  EXPECT_EQ(in_place, seal(packed));
}

TEST_F(Frame, TCP_9_RoundTrip) {
  for (const std::size_t size : {20u, 255u, 256u, 1000u, 50000u}) {
    const std::string text = container_like(size, 3);
    EXPECT_EQ(receive(seal(pack(text))), text);
  }
  EXPECT_EQ(receive(seal(pack("{}"))), "{}");
}

TEST_F(Frame, P_FRAME_EveryChangedOctetIsRefused) {
  const ByteVector frame = seal(pack("{}"));
  for (std::size_t at = 4; at < frame.size(); ++at) {
    ByteVector changed = frame;
    changed[at] ^= 0x40;
    EXPECT_EQ(receive(changed).error(), Error::kFrameTag) << at;
  }
}

TEST_F(Frame, P_FRAME_AnotherCounterIsAnotherNonce) {
  ByteVector frame = seal(pack("{}"));
  EXPECT_EQ(open_frame(key(1), frame).error(), Error::kFrameTag);
}

TEST_F(Frame, P_FRAME_HeaderIsAuthenticated) {
  // The ciphertext of two blocks under a header that says one: cut to fit, tag of the original.
  const ByteVector two = seal(pack(std::string(container_like(500, 4))));
  ASSERT_EQ(two.size(), 2 * 256u + 20u);
  ByteVector one(two.begin(), two.begin() + 4 + 256);
  one.insert(one.end(), two.end() - 16, two.end());
  one[3] = 1;
  EXPECT_EQ(receive(one).error(), Error::kFrameTag);
}

struct Malformed {
  const char* name;
  const char* stream;  // hexadecimal; padded with zeros to whole blocks
  std::size_t extra_blocks;
  Error error;
};

// Everything an authenticated peer can still get wrong. "01 0200 fdff 7b7d" is {} in one final
// stored block; "03 00" is the empty text in fixed Huffman codes.
const Malformed kMalformed[] = {
    {"an empty text", "0300", 0, Error::kFrameText},
    {"an empty stored block", "010000ffff", 0, Error::kFrameText},
    {"one brace", "010100feff7b", 0, Error::kFrameText},
    {"one closing brace", "010100feff7d", 0, Error::kFrameText},
    {"space before the text", "010300fcff207b7d", 0, Error::kFrameText},
    {"newline behind the text", "010300fcff7b7d0a", 0, Error::kFrameText},
    {"zero behind the text", "010300fcff7b7d00", 0, Error::kFrameText},
    {"an array", "010200fdff5b5d", 0, Error::kFrameText},
    {"a byte order mark", "010500faffefbbbf7b7d", 0, Error::kFrameText},
    {"no stream at all", "", 1, Error::kDeflateData},
    {"BFINAL not set", "000200fdff7b7d", 0, Error::kDeflateData},
    {"reserved block type", "070200fdff7b7d", 0, Error::kDeflateData},
    {"NLEN is not the complement", "010200feff7b7d", 0, Error::kDeflateData},
    {"stored block longer than the frame", "01ffff00007b7d", 0, Error::kDeflateData},
    {"a zlib wrapper", "789cabae050001750179", 0, Error::kDeflateData},
    {"a gzip wrapper", "1f8b0800000000000003abae050043bfa6a302000000", 0, Error::kDeflateData},
    {"distance before the start", "03020000", 0, Error::kDeflateData},
    {"a whole block of padding", "010200fdff7b7d", 1, Error::kFramePadding},
    {"ten blocks of padding", "010200fdff7b7d", 10, Error::kFramePadding},
    {"a second stream", "010200fdff7b7d010200fdff7b7d", 0, Error::kFramePadding},
    {"a second, empty stream", "010200fdff7b7d0300", 0, Error::kFramePadding},
    {"an octet behind the stream", "010200fdff7b7d01", 0, Error::kFramePadding},
    {"an octet late in the padding", "010200fdff7b7d00000000000000000000000000ff", 0,
     Error::kFramePadding},
};

TEST_F(Frame, P_FRAME_MalformedTable) {
  for (const Malformed& malformed : kMalformed) {
    ByteVector packed = from_hex(malformed.stream);
    packed.resize((packed.size() + kBlockBytes - 1) / kBlockBytes * kBlockBytes +
                  malformed.extra_blocks * kBlockBytes);
    const auto text = receive(seal(packed));
    ASSERT_FALSE(text.has_value()) << malformed.name;
    EXPECT_EQ(text.error(), malformed.error) << malformed.name;
  }
}

TEST_F(Frame, P_FRAME_InflatedLimit) {
  const std::string text = "{" + std::string(998, 'a') + "}";
  const ByteVector frame = seal(pack(text));
  EXPECT_EQ(receive(frame, {.blocks = 1, .inflated_bytes = 1000}), text);
  EXPECT_EQ(receive(frame, {.blocks = 1, .inflated_bytes = 999}).error(), Error::kInflatedTooLarge);
}

TEST_F(Frame, P_FRAME_BombOfSixteenMebibytesStopsAtTheLimit) {
  const std::string bomb = "{" + std::string(16u << 20, 'a') + "}";
  EXPECT_EQ(receive(seal(pack(bomb))).error(), Error::kInflatedTooLarge);
}

TEST_F(Frame, LargestFrame) {
  const FrameLimits limits{.blocks = kFrameBlocksMax, .inflated_bytes = 17u << 20};
  Deflater off(kCompressOff);
  const std::string text = container_like((16u << 20) - 5000, 5);
  ByteVector packed(off.packed_bound(text.size()));
  packed.resize(off.pack(text, packed).value());
  ASSERT_GT(packed.size() / kBlockBytes, 65000u);
  EXPECT_EQ(receive(seal(packed), limits), text);
}

TEST_F(Frame, TextIsFollowedByReadableZeros) {
  const FrameLimits limits{.blocks = 1, .inflated_bytes = 100};
  ByteVector arena(limits.inflated_bytes + PaddedText::kPadding, 0xff);
  const auto text = unpack_text(inflater_, pack("{}"), limits, arena);
  ASSERT_TRUE(text.has_value());
  for (std::size_t i = 0; i < PaddedText::kPadding; ++i) EXPECT_EQ(text->data[text->size + i], 0);
}

}  // namespace
}  // namespace sdmp::codec
