#include "codec/fast_inflate.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include "bench/corpus.h"
#include "codec/fast_deflate.h"
#include "test_octets.h"

namespace sdmp::codec {
namespace {

constexpr std::size_t kRoom = 1 << 15;

ByteVector compressed(std::string_view text) {
  FastDeflater deflater;
  ByteVector out(FastDeflater::bound(text.size()));
  out.resize(deflater.compress(text, out));
  return out;
}

struct Reference {
  libdeflate_result result;
  std::size_t stream_bytes = 0;
  std::string text;
};

Reference reference(Bytes stream) {
  auto* decompressor = libdeflate_alloc_decompressor();
  Reference inflated;
  inflated.text.resize(kRoom);
  std::size_t size = 0;
  inflated.result = libdeflate_deflate_decompress_ex(decompressor, stream.data(), stream.size(),
                                                     inflated.text.data(), inflated.text.size(),
                                                     &inflated.stream_bytes, &size);
  inflated.text.resize(size);
  libdeflate_free_decompressor(decompressor);
  return inflated;
}

// It may decline, but what it decodes is what any decoder makes of it. Whether it decoded.
bool agrees(Bytes stream) {
  // Exactly as much memory as the stream, so that a sanitizer sees a read behind it.
  const ByteVector input(stream.begin(), stream.end());
  ByteVector out(kRoom);
  const auto inflated = fast_inflate(input, out);
  if (!inflated) return false;
  const Reference expected = reference(input);
  EXPECT_EQ(expected.result, LIBDEFLATE_SUCCESS);
  EXPECT_EQ(inflated->stream_bytes, expected.stream_bytes);
  EXPECT_TRUE(as_text(Bytes(out).first(inflated->text_bytes)) == expected.text);
  return true;
}

TEST(FastInflate, TCP_9_DecodesWhatTheFastEncoderWrites) {
  const std::string text = bench::measured_text();
  for (const std::size_t size : {600, 1024, 2048, 3000, 7000, 12000}) {
    for (const std::string& container : bench::make_containers(text, size, 32, size)) {
      if (container.size() > FastDeflater::kTextMax) continue;
      ByteVector stream = compressed(container);
      const std::size_t bytes = stream.size();
      // Ending at the input's end, and with what is behind it.
      for (const std::size_t padding : {0u, 1u, 7u, 8u, 200u}) {
        stream.resize(bytes + padding, 0);
        ByteVector out(kRoom);
        const auto inflated = fast_inflate(stream, out);
        ASSERT_TRUE(inflated.has_value()) << size << " " << padding;
        EXPECT_EQ(inflated->stream_bytes, bytes);
        ASSERT_TRUE(as_text(Bytes(out).first(inflated->text_bytes)) == container);
      }
    }
  }
}

TEST(FastInflate, EverySmallTextAndLongRunsAgree) {
  for (std::size_t size = 0; size < 700; ++size) {
    EXPECT_TRUE(agrees(compressed(container_like(size, 1).substr(0, size)))) << size;
    EXPECT_TRUE(agrees(compressed(std::string(size, 'A')))) << size;
  }
}

// The symbol of lengths 227 to 257 has as many extra bits as one of 32 lengths.
TEST(FastInflate, EveryMatchLengthAgrees) {
  const std::string text = container_like(3000, 5);
  for (std::size_t length = 4; length <= 300; ++length) {
    EXPECT_TRUE(agrees(compressed(text + text.substr(1000, length) + "--"))) << length;
  }
}

TEST(FastInflate, OtherStreamsAreNotItsOwn) {
  ByteVector out(kRoom);
  EXPECT_FALSE(fast_inflate({}, out));
  const ByteVector stream = compressed(container_like(600, 1));
  for (std::size_t bit = 0; bit < 280; ++bit) {
    ByteVector changed = stream;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(fast_inflate(changed, out)) << bit;
  }
}

TEST(FastInflate, CutAndDamagedStreamsAgreeOrAreDeclined) {
  std::size_t decoded = 0;
  for (const std::size_t size : {300u, 1500u, 4000u}) {
    std::string text = container_like(size, 2);
    text.replace(size / 2, size / 4, text.substr(0, size / 4));
    const ByteVector stream = compressed(text);
    for (std::size_t cut = 0; cut < stream.size(); ++cut) {
      ASSERT_FALSE(agrees(Bytes(stream).first(cut))) << cut;
    }
    for (std::size_t bit = 280; bit < stream.size() * 8; bit += 3) {
      ByteVector damaged = stream;
      damaged[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      decoded += agrees(damaged);
      damaged.resize(damaged.size() + 250);
      decoded += agrees(damaged);
    }
  }
  EXPECT_GT(decoded, 0u);
}

TEST(FastInflate, LeavesTheEndOfTheOutputToAnother) {
  const std::string text = container_like(1000, 3);
  const ByteVector stream = compressed(text);
  for (std::size_t room = 0; room < 1400; ++room) {
    ByteVector out(room + 16, 0xee);
    const auto inflated = fast_inflate(stream, MutableBytes(out).first(room));
    EXPECT_TRUE(std::all_of(out.end() - 16, out.end(), [](auto octet) { return octet == 0xee; }));
    if (room < text.size()) {
      EXPECT_FALSE(inflated) << room;
    }
    if (room >= text.size() + 300) {
      EXPECT_TRUE(inflated) << room;
    }
  }
}

}  // namespace
}  // namespace sdmp::codec
