#include "codec/deflate_writer.h"

#include <gtest/gtest.h>

#include "codec/trained_codes.h"
#include "test_octets.h"

namespace sdmp::codec {
namespace {

const DeflateCodes& codes() {
  static const DeflateCodes codes(kTrainedLarge.code, kTrainedLarge.length_max);
  return codes;
}

struct Written {
  ByteVector octets;
  std::uint64_t bits;
  std::uint32_t waiting;
  bool missing;

  bool operator==(const Written&) const = default;
};

template <class Put>
Written written(std::uint32_t waiting, Put put) {
  ByteVector out(1024, 0);
  BitStream stream{out.data(), 0, waiting, false};
  stream = put(stream);
  const auto size = static_cast<std::size_t>(stream.out - out.data());
  out.resize(size);
  return {out, stream.bits, stream.waiting, stream.missing};
}

TEST(DeflateWriter, VectorsWriteTheSameBits) {
  if (!has_avx2()) return;
  const std::string text = container_like(700, 1);
  const auto* const octets = as_bytes(text).data();
  for (std::size_t count = 0; count <= 200; ++count) {
    for (std::size_t from = 0; from < 12; from += 1 + count / 40) {
      const auto waiting = static_cast<std::uint32_t>((count + from) % 8);
      // With room behind the run and at the very end of the text.
      for (const std::size_t behind : {std::size_t{64}, std::size_t{0}}) {
        const auto one_by_one = written(waiting, [&](BitStream stream) {
          stream.put_literals(codes(), octets + from, count);
          return stream;
        });
        const auto vectors = written(waiting, [&](BitStream stream) {
          return put_literals_avx2(stream, codes(), octets + from, count,
                                   octets + from + count + behind);
        });
        ASSERT_EQ(one_by_one.octets, vectors.octets) << count << " " << from;
        ASSERT_EQ(one_by_one, vectors) << count << " " << from;
      }
    }
  }
}

TEST(DeflateWriter, AnOctetWithoutACodeIsNoticedEverywhere) {
  const ByteVector good(64, 'A');
  for (std::size_t octet = 0; octet < 256; ++octet) {
    const bool missing = codes().literals[octet] == 0;
    for (const std::size_t at : {0u, 13u, 31u, 39u}) {
      ByteVector text = good;
      text[at] = static_cast<std::uint8_t>(octet);
      EXPECT_EQ(written(0,
                        [&](BitStream stream) {
                          stream.put_literals(codes(), text.data(), 40);
                          return stream;
                        })
                    .missing,
                missing)
          << octet;
      if (!has_avx2()) continue;
      EXPECT_EQ(written(0,
                        [&](BitStream stream) {
                          return put_literals_avx2(stream, codes(), text.data(), 40,
                                                   text.data() + text.size());
                        })
                    .missing,
                missing)
          << octet << " at " << at;
    }
  }
  // One behind the run does not matter.
  if (!has_avx2()) return;
  ByteVector text = good;
  text[20] = 0;
  EXPECT_FALSE(written(0, [&](BitStream stream) {
                 return put_literals_avx2(stream, codes(), text.data(), 20,
                                          text.data() + text.size());
               }).missing);
}

}  // namespace
}  // namespace sdmp::codec
