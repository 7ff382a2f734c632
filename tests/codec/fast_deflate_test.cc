#include "codec/fast_deflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "bench/corpus.h"
#include "codec/deflate.h"
#include "test_octets.h"

namespace sdmp::codec {
namespace {

ByteVector compressed(FastDeflater& deflater, std::string_view text) {
  ByteVector out(FastDeflater::bound(text.size()) + 16, 0xee);
  const std::size_t size =
      deflater.compress(text, MutableBytes(out).first(FastDeflater::bound(text.size())));
  EXPECT_TRUE(std::all_of(out.end() - 16, out.end(), [](auto octet) { return octet == 0xee; }));
  out.resize(size);
  return out;
}

// The other decoder of the world; it must find exactly one stream.
std::string zlib_inflated(Bytes stream, std::size_t size_max) {
  std::string text(size_max + 1, '\0');
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, -15), Z_OK);
  z.next_in = const_cast<std::uint8_t*>(stream.data());
  z.avail_in = static_cast<uInt>(stream.size());
  z.next_out = reinterpret_cast<Bytef*>(text.data());
  z.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&z, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(z.avail_in, 0u);
  text.resize(z.total_out);
  inflateEnd(&z);
  return text;
}

TEST(FastDeflate, TCP_8_ZlibInflatesEveryContainer) {
  FastDeflater deflater;
  const std::string text = bench::measured_text();
  for (const std::size_t size : {600, 1024, 1500, 2048, 2049, 4096, 6000, 7000, 12000}) {
    for (const std::string& container : bench::make_containers(text, size, 32, size)) {
      if (container.size() > FastDeflater::kTextMax) continue;
      const ByteVector stream = compressed(deflater, container);
      ASSERT_FALSE(stream.empty());
      ASSERT_EQ(zlib_inflated(stream, container.size()), container) << size;
    }
  }
}

TEST(FastDeflate, EverySizeRoundTrips) {
  FastDeflater deflater;
  for (std::size_t size = 0; size <= FastDeflater::kTextMax; size += size < 2200 ? 1 : 97) {
    // Incompressible, and with repetitions near and far.
    std::string text = container_like(size, static_cast<unsigned>(size)).substr(0, size);
    if (size % 3 == 0) text.replace(size / 2, size - size / 2, text.substr(0, size - size / 2));
    const ByteVector stream = compressed(deflater, text);
    ASSERT_FALSE(stream.empty());
    ASSERT_EQ(zlib_inflated(stream, size), text) << size;
  }
}

TEST(FastDeflate, LongRunsRoundTrip) {
  FastDeflater deflater;
  for (const std::size_t size : {5u, 300u, 2048u, 2049u, 12288u}) {
    const std::string text(size, 'A');
    EXPECT_EQ(zlib_inflated(compressed(deflater, text), size), text);
  }
}

TEST(FastDeflate, RefusesWhatItHasNoCodeOrRoomFor) {
  FastDeflater deflater;
  ByteVector out(1 << 16);
  EXPECT_EQ(deflater.compress(std::string(FastDeflater::kTextMax + 1, 'A'), out), 0u);
  std::string text = container_like(1000, 1);
  const std::size_t bound = FastDeflater::bound(text.size());
  EXPECT_EQ(deflater.compress(text, MutableBytes(out).first(bound - 1)), 0u);
  EXPECT_NE(deflater.compress(text, MutableBytes(out).first(bound)), 0u);
  for (const std::size_t at : {0u, 500u, 999u}) {
    std::string foreign = text;
    foreign[at] = ' ';
    EXPECT_EQ(deflater.compress(foreign, out), 0u);
  }
}

// What they cost is measured in bench/; that they cost no blocks is a property.
TEST(FastDeflate, FramesAreHardlyLargerThanLevelOnes) {
  Deflater fast(kCompressFast);
  Deflater one(1);
  ByteVector out(1 << 17);
  const std::string text = bench::measured_text();
  for (const std::size_t size : {600, 1024, 4096, 16384, 65536}) {
    std::size_t fast_octets = 0;
    std::size_t one_octets = 0;
    const auto containers = bench::make_containers(text, size, 64, 1);
    for (const std::string& container : containers) {
      fast_octets += fast.pack(container, out).value();
      one_octets += one.pack(container, out).value();
    }
    const double blocks_more =
        (static_cast<double>(fast_octets) - static_cast<double>(one_octets)) /
        static_cast<double>(kBlockBytes * containers.size());
    if (size <= 1024) {
      EXPECT_LE(blocks_more, 0.2) << size;
    } else {
      EXPECT_LE(static_cast<double>(fast_octets), 1.06 * static_cast<double>(one_octets)) << size;
    }
  }
}

}  // namespace
}  // namespace sdmp::codec
