// Finds repetitions for the fast encoder: a greedy LZ77 parse (RFC 1951 section 4) over one hash
// table with one position per entry. Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "codec/bytes.h"

namespace sdmp::codec {

class MatchFinder {
 public:
  static constexpr std::uint32_t kMatchMin = 4;
  // The farthest distance that DEFLATE has; and positions are 16 bits.
  static constexpr std::size_t kTextMax = 32u << 10;
  // In longer texts what lies inside a match can be found again. It makes them up to 3 % smaller
  // and costs a third of the speed.
  static constexpr std::size_t kQuickTextMax = 6u << 10;

  // Calls sink.literals(first, count) and sink.match(length, distance) for the whole of `text` (at
  // most kTextMax octets), in order; count may be 0, length is at most `length_max` (at most 258).
  template <class Sink>
  [[gnu::always_inline]] inline void parse(Bytes text, std::uint32_t length_max, Sink& sink) {
    const std::uint8_t* const begin = text.data();
    const std::uint8_t* const end = begin + text.size();
    const std::uint8_t* literal = begin;
    if (text.size() > kReadAhead) {
      // An entry that was never set is position 0: as good a candidate as any other.
      const int hash_bits = start(text.size());
      const std::uint8_t* const last = end - kReadAhead;
      const bool thorough = text.size() > kQuickTextMax;
      const std::uint8_t* at = begin + 1;
      while (const std::uint8_t* const earlier = next_match(at, begin, last, hash_bits)) {
        const std::uint32_t length = match_length(at, earlier, end, length_max);
        sink.literals(literal, static_cast<std::size_t>(at - literal));
        sink.match(length, static_cast<std::uint32_t>(at - earlier));
        const std::uint8_t* const behind = at + length;
        if (thorough) {
          for (++at; at < std::min(behind, last); ++at) look_up(at, begin, hash_bits);
        }
        at = behind;
        literal = at;
      }
    }
    sink.literals(literal, static_cast<std::size_t>(end - literal));
  }

 private:
  static constexpr int kHashBitsMax = 13;
  static constexpr std::size_t kReadAhead = 8;
  static constexpr std::size_t kUnrolled = 4;

  // Moves `at` on to the next octets that were seen before; where, or nullptr behind `last`.
  [[gnu::always_inline]] inline const std::uint8_t* next_match(const std::uint8_t*& at,
                                                               const std::uint8_t* begin,
                                                               const std::uint8_t* last,
                                                               int hash_bits) {
    for (; at + kUnrolled <= last; at += kUnrolled) {
#pragma GCC unroll 4
      for (std::size_t i = 0; i < kUnrolled; ++i) {
        if (const std::uint8_t* const earlier = look_up(at + i, begin, hash_bits)) {
          at += i;
          return earlier;
        }
      }
    }
    for (; at <= last; ++at) {
      if (const std::uint8_t* const earlier = look_up(at, begin, hash_bits)) return earlier;
    }
    return nullptr;
  }

  [[gnu::always_inline]] const std::uint8_t* look_up(const std::uint8_t* at,
                                                     const std::uint8_t* begin, int hash_bits) {
    const std::uint32_t octets = load32(at);
    std::uint16_t& entry = head_[hash(octets, hash_bits)];
    const std::uint8_t* const earlier = begin + entry;
    entry = static_cast<std::uint16_t>(at - begin);
    return load32(earlier) == octets ? earlier : nullptr;
  }

  static std::uint32_t load32(const std::uint8_t* at) {
    std::uint32_t value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  static std::uint64_t load64(const std::uint8_t* at) {
    std::uint64_t value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  static std::uint32_t hash(std::uint32_t octets, int bits) {
    return octets * 0x9e3779b1u >> (32 - bits);
  }

  int start(std::size_t size) {
    const int bits = std::min(kHashBitsMax, std::max(10, static_cast<int>(std::bit_width(size))));
    std::memset(head_.data(), 0, sizeof(head_[0]) << bits);
    return bits;
  }

  // The first kMatchMin octets are known to be equal.
  [[gnu::always_inline]] static std::uint32_t match_length(const std::uint8_t* at,
                                                           const std::uint8_t* earlier,
                                                           const std::uint8_t* end,
                                                           std::uint32_t length_max) {
    const auto room = static_cast<std::size_t>(end - at);
    const auto most = room < length_max ? static_cast<std::uint32_t>(room) : length_max;
    std::uint32_t length = kMatchMin;
    for (; length + 8 <= most; length += 8) {
      const std::uint64_t difference = load64(at + length) ^ load64(earlier + length);
      if (difference != 0) {
        return length + static_cast<std::uint32_t>(std::countr_zero(difference)) / 8;
      }
    }
    while (length < most && at[length] == earlier[length]) ++length;
    return length;
  }

  std::array<std::uint16_t, 1u << kHashBitsMax> head_;
};

}  // namespace sdmp::codec
