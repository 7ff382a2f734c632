#include "codec/fast_inflate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "codec/check.h"
#include "codec/deflate_codes.h"
#include "codec/trained_codes.h"

namespace sdmp::codec {
namespace {

static_assert(std::endian::native == std::endian::little);

enum class Kind : std::uint8_t { kLiteral, kTwoLiterals, kLength, kEnd };

struct Symbol {
  std::uint8_t kind_and_extra = 0;
  std::uint8_t bits = 0;    // of the code, or of both
  std::uint16_t value = 0;  // the literals, the first one low; or the least length

  Symbol() = default;
  Symbol(Kind kind, int extra, int code_bits, std::uint32_t what)
      : kind_and_extra(static_cast<std::uint8_t>(static_cast<int>(kind) | extra << 2)),
        bits(static_cast<std::uint8_t>(code_bits)),
        value(static_cast<std::uint16_t>(what)) {}
  Kind kind() const { return static_cast<Kind>(kind_and_extra & 3); }
  // Bits that add to a length.
  std::uint32_t extra() const { return kind_and_extra >> 2; }
};
static_assert(sizeof(Symbol) == 4);

struct Distance {
  std::uint8_t bits = 0;  // 0: no code
  std::uint8_t extra = 0;
  std::uint16_t base = 0;
};

// Two literals of 6 bits, the most frequent kind, fit one look.
constexpr int kSymbolIndexBits = 12;
constexpr int kDistanceIndexBits = 10;

class Tables {
 public:
  explicit Tables(const DeflateCode& code);

  bool begins(Bytes input) const;
  std::size_t header_bits() const { return header_.bits; }
  const Symbol& symbol(std::uint64_t bits) const {
    return symbols_[bits & ((1u << kSymbolIndexBits) - 1)];
  }
  const Distance& distance(std::uint64_t bits) const {
    return distances_[bits & ((1u << kDistanceIndexBits) - 1)];
  }

 private:
  void join_literals();

  BlockHeader header_;
  std::array<Symbol, 1u << kSymbolIndexBits> symbols_{};
  std::array<Distance, 1u << kDistanceIndexBits> distances_{};
};

template <class Entry, std::size_t kSize>
void fill(std::array<Entry, kSize>& table, std::size_t code, const Entry& entry) {
  SDMP_CHECK(std::size_t{1} << entry.bits <= kSize);
  for (std::size_t i = code; i < kSize; i += std::size_t{1} << entry.bits) table[i] = entry;
}

Symbol symbol_entry(std::uint32_t symbol, int bits) {
  if (symbol < kEndOfBlock) return {Kind::kLiteral, 0, bits, symbol};
  if (symbol == kEndOfBlock) return {Kind::kEnd, 0, bits, 0};
  std::uint32_t least = 3;
  while (length_symbol(least) != symbol) ++least;
  std::uint32_t behind = least;
  while (behind <= kMatchLengthMax && length_symbol(behind) == symbol) ++behind;
  const auto extra = static_cast<int>(std::bit_width(behind - least - 1));
  return {Kind::kLength, extra, bits, least};
}

Tables::Tables(const DeflateCode& code) : header_(block_header(code)) {
  const std::vector<std::uint16_t> codes = canonical_codes(code.literal_lengths);
  for (std::uint32_t symbol = 0; symbol < codes.size(); ++symbol) {
    const std::uint8_t bits = code.literal_lengths[symbol];
    if (bits > 0) fill(symbols_, codes[symbol], symbol_entry(symbol, bits));
  }
  const std::vector<std::uint16_t> distance_codes = canonical_codes(code.distances);
  std::uint32_t base = 1;
  for (std::uint32_t symbol = 0; symbol < kDistanceSymbols; ++symbol) {
    const auto extra = static_cast<std::uint8_t>(distance_extra_bits(symbol));
    const std::uint8_t bits = code.distances[symbol];
    if (bits > 0) {
      fill(distances_, distance_codes[symbol], {bits, extra, static_cast<std::uint16_t>(base)});
    }
    base += 1u << extra;
  }
  // The trained codes are complete: no bits are without a symbol.
  SDMP_CHECK(std::ranges::all_of(symbols_, [](const Symbol& symbol) { return symbol.bits > 0; }));
  join_literals();
}

// From the back: what lies behind the first literal's bits is the start of a smaller index.
void Tables::join_literals() {
  for (std::size_t i = symbols_.size(); i-- > 1;) {
    Symbol& first = symbols_[i];
    const Symbol& second = symbols_[i >> first.bits];
    if (first.kind() != Kind::kLiteral || second.kind() != Kind::kLiteral ||
        first.bits + second.bits > kSymbolIndexBits) {
      continue;
    }
    first = {Kind::kTwoLiterals, 0, first.bits + second.bits,
             static_cast<std::uint32_t>(first.value | second.value << 8)};
  }
}

bool Tables::begins(Bytes input) const {
  const std::size_t whole = header_.bits / 8;
  if (input.size() <= whole ||
      !std::equal(header_.octets.begin(), header_.octets.begin() + static_cast<long>(whole),
                  input.begin())) {
    return false;
  }
  const auto mask = static_cast<std::uint8_t>((1u << header_.bits % 8) - 1);
  return mask == 0 || ((input[whole] ^ header_.octets[whole]) & mask) == 0;
}

class BitReader {
 public:
  BitReader(Bytes input, std::size_t skipped_bits)
      : at_(input.data() + skipped_bits / 8),
        begin_(input.data()),
        end_(input.data() + input.size()) {
    refill();
    drop(static_cast<std::uint32_t>(skipped_bits % 8));
  }

  // At least 56 bits, zeros behind the input's end. False when those are used already.
  bool refill() {
    if (end_ - at_ >= 8) [[likely]] {
      std::uint64_t more;
      std::memcpy(&more, at_, sizeof more);
      bits_ |= more << count_;
      at_ += (63 - count_) / 8;
      count_ |= 56;
      return true;
    }
    while (count_ <= 56) {
      if (at_ < end_) {
        bits_ |= static_cast<std::uint64_t>(*at_++) << count_;
      } else {
        ++behind_;
      }
      count_ += 8;
    }
    return behind_ * 8 <= count_;
  }
  std::uint64_t bits() const { return bits_; }
  void drop(std::uint32_t count) {
    bits_ >>= count;
    count_ -= count;
  }
  std::uint32_t take(std::uint32_t count) {
    const auto value = static_cast<std::uint32_t>(bits_ & ((std::uint64_t{1} << count) - 1));
    drop(count);
    return value;
  }
  // Octets that were begun.
  std::size_t used() const { return static_cast<std::size_t>(at_ - begin_) + behind_ - count_ / 8; }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* begin_;
  const std::uint8_t* end_;
  std::uint64_t bits_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t behind_ = 0;  // octets beyond the end that were taken as zeros
};

constexpr std::size_t kLooksPerRefill = 4;
static_assert(kLooksPerRefill * kSymbolIndexBits <= 56);
// What one turn of the loop may write: two octets for each look, a match, and 8 octets too many.
constexpr std::ptrdiff_t kOutputPerTurn = 2 * kLooksPerRefill + kMatchLengthMax + 8;

// The octets between may overlap, and up to 7 behind the match are written.
void copy_match(std::uint8_t* to, std::size_t distance, std::size_t length) {
  const std::uint8_t* from = to - distance;
  if (distance >= 8) {
    for (std::size_t i = 0; i < length; i += 8) std::memcpy(to + i, from + i, 8);
  } else {
    for (std::size_t i = 0; i < length; ++i) to[i] = from[i];
  }
}

std::optional<FastInflated> decode(const Tables& tables, Bytes input, MutableBytes out) {
  BitReader reader(input, tables.header_bits());
  std::uint8_t* const begin = out.data();
  std::uint8_t* const end = begin + out.size();
  std::uint8_t* at = begin;
  while (end - at >= kOutputPerTurn && reader.refill()) {
    Symbol symbol;
    for (std::size_t look = 0; look < kLooksPerRefill; ++look) {
      symbol = tables.symbol(reader.bits());
      if (symbol.kind() > Kind::kTwoLiterals) break;
      reader.drop(symbol.bits);
      std::memcpy(at, &symbol.value, 2);
      at += symbol.kind() == Kind::kTwoLiterals ? 2 : 1;
    }
    if (symbol.kind() <= Kind::kTwoLiterals) continue;
    reader.drop(symbol.bits);
    if (symbol.kind() == Kind::kEnd) {
      if (reader.used() > input.size()) return std::nullopt;
      return FastInflated{reader.used(), static_cast<std::size_t>(at - begin)};
    }
    if (!reader.refill()) return std::nullopt;
    const std::size_t length = symbol.value + reader.take(symbol.extra());
    const Distance& code = tables.distance(reader.bits());
    if (code.bits == 0) return std::nullopt;
    reader.drop(code.bits);
    const std::size_t distance = code.base + reader.take(code.extra);
    if (distance > static_cast<std::size_t>(at - begin)) return std::nullopt;
    copy_match(at, distance, length);
    at += length;
  }
  return std::nullopt;
}

}  // namespace

std::optional<FastInflated> fast_inflate(Bytes input, MutableBytes out) {
  static const Tables kSmall(kTrainedSmall.code);
  static const Tables kLarge(kTrainedLarge.code);
  if (kSmall.begins(input)) return decode(kSmall, input, out);
  if (kLarge.begins(input)) return decode(kLarge, input, out);
  return std::nullopt;
}

}  // namespace sdmp::codec
