#include "codec/deflate.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "test_octets.h"

namespace sdmp::codec {
namespace {

ByteVector pack(int level, std::string_view text) {
  Deflater deflater(level);
  ByteVector out(deflater.packed_bound(text.size()), 0xaa);
  const auto size = deflater.pack(text, out);
  EXPECT_TRUE(size.has_value());
  out.resize(size.value_or(0));
  return out;
}

Result<std::string> unpack(const ByteVector& packed, std::size_t limit = 1 << 20) {
  Inflater inflater;
  ByteVector out(limit);
  const auto size = inflater.unpack(packed, out);
  if (!size) return std::unexpected(size.error());
  return std::string(as_text(Bytes(out).first(*size)));
}

ByteVector padded(ByteVector stream) {
  stream.resize((stream.size() + kBlockBytes - 1) / kBlockBytes * kBlockBytes);
  return stream;
}

// One final stored block, RFC 1951 3.2.4.
ByteVector stored_stream(std::string_view text) {
  const auto size = static_cast<std::uint16_t>(text.size());
  const auto complement = static_cast<std::uint16_t>(~size);
  ByteVector stream = {1, static_cast<std::uint8_t>(size), static_cast<std::uint8_t>(size >> 8),
                       static_cast<std::uint8_t>(complement),
                       static_cast<std::uint8_t>(complement >> 8)};
  for (const char character : text) stream.push_back(static_cast<std::uint8_t>(character));
  return stream;
}

TEST(Deflate, TCP_8_TCP_9_EveryLevelRoundTrips) {
  for (int level = kCompressFast; level <= 12; ++level) {
    for (const std::size_t size : {0u, 1u, 2u, 255u, 256u, 600u, 4096u, 70000u, 300000u}) {
      const std::string text = size < 20 ? std::string(size, 'x') : container_like(size, 1);
      const ByteVector packed = pack(level, text);
      ASSERT_FALSE(packed.empty());
      EXPECT_EQ(packed.size() % kBlockBytes, 0u);
      EXPECT_EQ(unpack(packed), text) << level << " " << size;
    }
  }
}

TEST(Deflate, BoundIsEnoughForIncompressibleText) {
  for (int level = kCompressFast; level <= 12; ++level) {
    for (std::size_t size = 0; size < 200000; size = size * 3 + 1) {
      const ByteVector text = noise(size, 7);
      const ByteVector packed = pack(level, as_text(text));
      EXPECT_EQ(unpack(packed), as_text(text)) << level << " " << size;
    }
  }
}

TEST(Deflate, P_FRAME_CompressOffWritesStoredBlocksOnly) {
  const std::string text = container_like(200000, 2);
  const ByteVector packed = pack(kCompressOff, text);
  std::string content;
  std::size_t at = 0;
  bool final = false;
  while (!final) {
    ASSERT_LE(at + 5, packed.size());
    ASSERT_LE(packed[at], 1) << "BTYPE is stored, and the bits up to the octet's end are zero";
    final = packed[at] == 1;
    const std::size_t size = packed[at + 1] | packed[at + 2] << 8;
    const std::size_t complement = packed[at + 3] | packed[at + 4] << 8;
    ASSERT_EQ(size ^ complement, 0xffffu);
    ASSERT_LE(at + 5 + size, packed.size());
    content += as_text(Bytes(packed).subspan(at + 5, size));
    at += 5 + size;
  }
  EXPECT_EQ(content, text);
  EXPECT_LT(packed.size() - at, kBlockBytes);
}

TEST(Deflate, P_FRAME_StreamThatFillsItsBlockHasNoPadding) {
  for (std::size_t size = kBlockBytes - 8; size < kBlockBytes + 3; ++size) {
    const std::string text = container_like(size, 3);
    const ByteVector packed = pack(kCompressOff, text);
    EXPECT_EQ(packed.size(), size + 5 <= kBlockBytes ? kBlockBytes : 2 * kBlockBytes) << size;
    EXPECT_EQ(unpack(packed), text);
  }
}

TEST(Deflate, CRY_5_PaddingIsZero) {
  const std::string text = container_like(300, 4);
  const ByteVector packed = pack(kCompressOff, text);
  EXPECT_TRUE(std::all_of(packed.begin() + 305, packed.end(), [](auto octet) { return !octet; }));
}

TEST(Deflate, OffNeedsNoMoreRoomThanItsBlocksTake) {
  const Deflater off(kCompressOff);
  for (const std::size_t size : {0u, 251u, 252u, 65535u, 65536u, 131'070u, 131'071u, 1'000'000u}) {
    EXPECT_EQ(off.packed_bound(size), pack(kCompressOff, container_like(size, 4)).size()) << size;
  }
}

TEST(Deflate, OutputTooSmall) {
  Deflater deflater(1);
  const std::string text = container_like(5000, 5);
  ByteVector out(deflater.packed_bound(text.size()));
  const std::size_t needed = deflater.pack(text, out).value();
  for (std::size_t size = 0; size < needed; size += 37) {
    EXPECT_EQ(deflater.pack(text, MutableBytes(out).first(size)).error(), Error::kOutputTooSmall);
  }
  EXPECT_TRUE(deflater.pack(text, MutableBytes(out).first(needed + 16)).has_value());
}

TEST(Deflate, P_FRAME_PaddingMustBeMinimal) {
  ByteVector packed = pack(1, container_like(1000, 6));
  packed.resize(packed.size() + kBlockBytes);
  EXPECT_EQ(unpack(packed).error(), Error::kFramePadding);
  ByteVector exact = stored_stream(container_like(kBlockBytes - 5, 6));
  ASSERT_EQ(exact.size(), kBlockBytes);
  EXPECT_TRUE(unpack(exact).has_value());
  exact.resize(2 * kBlockBytes);
  EXPECT_EQ(unpack(exact).error(), Error::kFramePadding);
}

TEST(Deflate, P_FRAME_PaddingMustBeZero) {
  const ByteVector stream = stored_stream("{}");
  for (std::size_t at = stream.size(); at < kBlockBytes; ++at) {
    ByteVector packed = padded(stream);
    packed[at] = 0x80;
    EXPECT_EQ(unpack(packed).error(), Error::kFramePadding) << at;
  }
}

TEST(Deflate, P_FRAME_SecondStreamIsRefused) {
  ByteVector two = stored_stream("{}");
  const ByteVector second = stored_stream("{}");
  two.insert(two.end(), second.begin(), second.end());
  EXPECT_EQ(unpack(padded(two)).error(), Error::kFramePadding);
}

TEST(Deflate, P_FRAME_OnlyWholeBlocks) {
  ByteVector packed = padded(stored_stream("{}"));
  packed.pop_back();
  EXPECT_EQ(unpack(packed).error(), Error::kFramePadding);
  EXPECT_EQ(unpack({}).error(), Error::kFramePadding);
}

TEST(Deflate, P_FRAME_UnusedBitsOfTheLastOctetAreIgnored) {
  // Fixed Huffman codes: BFINAL, BTYPE 01, then the seven zero bits of end-of-block: 10 bits.
  for (unsigned unused = 0; unused < 64; ++unused) {
    const ByteVector stream = {0x03, static_cast<std::uint8_t>(unused << 2)};
    EXPECT_EQ(unpack(padded(stream)), "") << unused;
  }
}

TEST(Deflate, Rfc1951BrokenStreams) {
  ByteVector not_final = stored_stream("{}");
  not_final[0] = 0;  // what follows it, zeros, is no further block: LEN and NLEN disagree
  EXPECT_EQ(unpack(padded(not_final)).error(), Error::kDeflateData);
  ByteVector reserved = stored_stream("{}");
  reserved[0] = 7;
  EXPECT_EQ(unpack(padded(reserved)).error(), Error::kDeflateData);
  ByteVector length = stored_stream("{}");
  length[3] ^= 1;
  EXPECT_EQ(unpack(padded(length)).error(), Error::kDeflateData);
  EXPECT_EQ(unpack(ByteVector(kBlockBytes)).error(), Error::kDeflateData);
  EXPECT_EQ(unpack(ByteVector(kBlockBytes, 0xff)).error(), Error::kDeflateData);
  // A stored block that claims more octets than there are.
  EXPECT_EQ(unpack([] {
              ByteVector cut = stored_stream(std::string(300, 'a'));
              cut.resize(kBlockBytes);
              return cut;
            }())
                .error(),
            Error::kDeflateData);
}

TEST(Deflate, TruncatedStreamIsRefused) {
  const ByteVector packed = pack(6, container_like(4000, 8));
  for (std::size_t size = kBlockBytes; size < packed.size(); size += kBlockBytes) {
    EXPECT_EQ(unpack(ByteVector(packed.begin(), packed.begin() + static_cast<long>(size))).error(),
              Error::kDeflateData);
  }
}

TEST(Deflate, P_FRAME_InflatedLimitIsExact) {
  const std::string text(100000, 'a');
  const ByteVector packed = pack(6, text);
  EXPECT_EQ(packed.size(), kBlockBytes);
  EXPECT_EQ(unpack(packed, text.size()), text);
  EXPECT_EQ(unpack(packed, text.size() - 1).error(), Error::kInflatedTooLarge);
  EXPECT_EQ(unpack(packed, 0).error(), Error::kInflatedTooLarge);
}

TEST(Deflate, NoiseNeverYieldsMoreThanAnError) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    ByteVector packed = noise(kBlockBytes * (1 + seed % 3), seed);
    (void)unpack(packed, 4096);
    ByteVector flipped = pack(6, container_like(700, seed));
    flipped[seed % flipped.size()] ^= static_cast<std::uint8_t>(1u << seed % 8);
    (void)unpack(flipped, 4096);
  }
}

}  // namespace
}  // namespace sdmp::codec
