// Writes one DEFLATE block symbol by symbol, for the fast encoder: the sink of MatchFinder::parse.
//
// Where the CPU has AVX2, long runs of literals are looked up and joined 32 at a time; the bits are
// the same. Stores eight octets at a time, up to kStoreSlack - 1 of them behind the stream.
#pragma once

#include <cstdint>
#include <cstring>

#include "codec/deflate_codes.h"

namespace sdmp::codec {

static_assert(std::endian::native == std::endian::little);

// The end of a stream that is being written.
struct BitStream {
  std::uint8_t* out;
  std::uint64_t bits = 0;     // the next ones, the first lowest
  std::uint32_t waiting = 0;  // how many of them are not out yet, at most 7
  bool missing = false;       // a literal had no code

  // At most 56 bits.
  [[gnu::always_inline]] void put(std::uint64_t code, std::uint32_t count) {
    bits |= code << waiting;
    waiting += count;
    std::memcpy(out, &bits, sizeof bits);
    out += waiting / 8;
    bits >>= waiting & ~7u;
    waiting %= 8;
  }

  [[gnu::always_inline]] void put_literals(const DeflateCodes& codes, const std::uint8_t* at,
                                           std::size_t count) {
    // Four literals of up to 12 bits fit.
    for (; count >= 4; count -= 4, at += 4) {
      const CodeEntry a = codes.literals[at[0]];
      const CodeEntry b = codes.literals[at[1]];
      const CodeEntry c = codes.literals[at[2]];
      const CodeEntry d = codes.literals[at[3]];
      const std::uint64_t ab = code_of(a) | code_of(b) << bits_of(a);
      const std::uint64_t cd = code_of(c) | code_of(d) << bits_of(c);
      missing |= (a == 0) | (b == 0) | (c == 0) | (d == 0);
      put(ab | cd << bits_of(a + b), bits_of(a + b + c + d));
    }
    for (; count > 0; --count, ++at) {
      const CodeEntry a = codes.literals[*at];
      missing |= a == 0;
      put(code_of(a), bits_of(a));
    }
  }
};

// put_literals for CPUs where has_avx2(); memory from `at` to `end` may be read.
BitStream put_literals_avx2(BitStream stream, const DeflateCodes& codes, const std::uint8_t* at,
                            std::size_t count, const std::uint8_t* end);
bool has_avx2();

class DeflateWriter {
 public:
  static constexpr std::size_t kStoreSlack = 8;

  // Writes the block's header. `end` is the end of the text.
  DeflateWriter(const DeflateCodes& codes, std::uint8_t* out, const std::uint8_t* end)
      : codes_(codes), end_(end), stream_{out} {
    const BlockHeader& header = codes.header;
    std::memcpy(out, header.octets.data(), header.octets.size());
    stream_.out += header.bits / 8;
    stream_.waiting = static_cast<std::uint32_t>(header.bits % 8);
    if (stream_.waiting > 0) stream_.bits = header.octets.back();
  }

  [[gnu::always_inline]] void literals(const std::uint8_t* at, std::size_t count) {
    if (count >= kVectorFrom && vectors_) {
      stream_ = put_literals_avx2(stream_, codes_, at, count, end_);
    } else {
      stream_.put_literals(codes_, at, count);
    }
  }

  [[gnu::always_inline]] void match(std::uint32_t length, std::uint32_t distance) {
    const CodeEntry a = codes_.lengths[length];
    const std::uint32_t symbol = distance_symbol(distance);
    const CodeEntry b = codes_.distances[symbol];
    const std::uint32_t extra = distance_extra_bits(symbol);
    const std::uint64_t low_bits = (distance - 1) & ((1u << extra) - 1);
    stream_.put(code_of(a) | code_of(b) << bits_of(a) | low_bits << bits_of(a + b),
                bits_of(a + b) + extra);
  }

  // Ends the block; the first octet behind the stream. nullptr when a literal had no code.
  [[gnu::always_inline]] const std::uint8_t* finish() {
    stream_.put(code_of(codes_.end_of_block), bits_of(codes_.end_of_block));
    return stream_.missing ? nullptr : stream_.out + (stream_.waiting > 0);
  }

 private:
  // Fewer are sooner written one by one.
  static constexpr std::size_t kVectorFrom = 12;

  const DeflateCodes& codes_;
  const std::uint8_t* end_;
  BitStream stream_;
  bool vectors_ = has_avx2();
};

}  // namespace sdmp::codec
