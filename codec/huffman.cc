#include "codec/huffman.h"

#include <algorithm>
#include <bit>

#include "codec/check.h"

namespace sdmp::codec {
namespace {

constexpr std::size_t kLengthSymbols = 19;
constexpr int kLengthSymbolBitsMax = 7;
constexpr std::array<std::uint8_t, kLengthSymbols> kLengthSymbolOrder = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
constexpr std::uint8_t kRepeatPrevious = 16;  // 3 to 6 times, 2 extra bits
constexpr std::uint8_t kRepeatZero = 17;      // 3 to 10 times, 3 extra bits
constexpr std::uint8_t kRepeatZeroLong = 18;  // 11 to 138 times, 7 extra bits

struct LengthToken {
  std::uint8_t symbol;
  std::uint8_t extra;
};

constexpr int extra_bits(std::uint8_t symbol) {
  if (symbol == kRepeatPrevious) return 2;
  if (symbol == kRepeatZero) return 3;
  return symbol == kRepeatZeroLong ? 7 : 0;
}

struct Description {
  std::size_t literal_lengths = 0;  // HLIT + 257
  std::size_t distances = 0;        // HDIST + 1
  std::vector<LengthToken> tokens;
  std::vector<std::uint8_t> lengths;  // of the length symbols
  std::size_t length_symbols = 0;     // HCLEN + 4
};

void append_run(std::vector<LengthToken>& tokens, std::uint8_t length, std::size_t run) {
  if (length == 0) {
    while (run >= 11) {
      const std::size_t taken = std::min<std::size_t>(run, 138);
      tokens.push_back({kRepeatZeroLong, static_cast<std::uint8_t>(taken - 11)});
      run -= taken;
    }
    if (run >= 3) {
      tokens.push_back({kRepeatZero, static_cast<std::uint8_t>(run - 3)});
      run = 0;
    }
  } else {
    tokens.push_back({length, 0});
    --run;
    while (run >= 3) {
      const std::size_t taken = std::min<std::size_t>(run, 6);
      tokens.push_back({kRepeatPrevious, static_cast<std::uint8_t>(taken - 3)});
      run -= taken;
    }
  }
  tokens.insert(tokens.end(), run, {length, 0});
}

Description describe(const DeflateCode& code) {
  Description result;
  result.literal_lengths = kLiteralLengthSymbols;
  while (result.literal_lengths > 257 && code.literal_lengths[result.literal_lengths - 1] == 0) {
    --result.literal_lengths;
  }
  result.distances = kDistanceSymbols;
  while (result.distances > 1 && code.distances[result.distances - 1] == 0) --result.distances;

  std::vector<std::uint8_t> all(
      code.literal_lengths.begin(),
      code.literal_lengths.begin() + static_cast<std::ptrdiff_t>(result.literal_lengths));
  all.insert(all.end(), code.distances.begin(),
             code.distances.begin() + static_cast<std::ptrdiff_t>(result.distances));
  for (auto at = all.begin(); at != all.end();) {
    const auto end = std::find_if(at, all.end(), [at](std::uint8_t next) { return next != *at; });
    append_run(result.tokens, *at, static_cast<std::size_t>(end - at));
    at = end;
  }

  std::array<std::uint64_t, kLengthSymbols> frequencies{};
  for (const LengthToken& token : result.tokens) ++frequencies[token.symbol];
  result.lengths = code_lengths(frequencies, kLengthSymbolBitsMax);
  result.length_symbols = kLengthSymbols;
  while (result.length_symbols > 4 &&
         result.lengths[kLengthSymbolOrder[result.length_symbols - 1]] == 0) {
    --result.length_symbols;
  }
  return result;
}

class BitWriter {
 public:
  void put(std::uint32_t value, int count) {
    for (int bit = 0; bit < count; ++bit) {
      if (header_.bits % 8 == 0) header_.octets.push_back(0);
      header_.octets.back() |= static_cast<std::uint8_t>((value >> bit & 1) << header_.bits % 8);
      ++header_.bits;
    }
  }
  BlockHeader take() { return std::move(header_); }

 private:
  BlockHeader header_;
};

}  // namespace

std::vector<std::uint8_t> code_lengths(std::span<const std::uint64_t> frequencies, int length_max) {
  std::vector<std::uint8_t> lengths(frequencies.size(), 0);
  std::vector<std::size_t> symbols;
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    if (frequencies[i] > 0) symbols.push_back(i);
  }
  if (symbols.size() <= 1) {
    if (!symbols.empty()) lengths[symbols[0]] = 1;
    return lengths;
  }
  SDMP_CHECK(symbols.size() <= std::size_t{1} << length_max);
  std::ranges::stable_sort(symbols, {}, [&](std::size_t symbol) { return frequencies[symbol]; });

  // One list per bit of length, each the merge of all symbols and of the pairs of the list below; a
  // symbol is as long as the number of lists in which it is among those that are taken.
  struct Item {
    std::uint64_t weight;
    bool is_symbol;
  };
  std::vector<std::vector<Item>> lists;
  for (int bit = 0; bit < length_max; ++bit) {
    std::vector<Item> list;
    std::size_t pair = 0;
    const auto pair_weight = [&] {
      return lists.back()[pair].weight + lists.back()[pair + 1].weight;
    };
    for (const std::size_t symbol : symbols) {
      for (; bit > 0 && pair + 1 < lists.back().size() && pair_weight() < frequencies[symbol];
           pair += 2) {
        list.push_back({pair_weight(), false});
      }
      list.push_back({frequencies[symbol], true});
    }
    for (; bit > 0 && pair + 1 < lists.back().size(); pair += 2) {
      list.push_back({pair_weight(), false});
    }
    lists.push_back(std::move(list));
  }
  std::size_t taken = 2 * symbols.size() - 2;
  for (auto list = lists.rbegin(); list != lists.rend(); ++list) {
    const auto end = list->begin() + static_cast<std::ptrdiff_t>(taken);
    const auto whole = std::count_if(list->begin(), end, [](const Item& i) { return i.is_symbol; });
    for (std::size_t i = 0; i < static_cast<std::size_t>(whole); ++i) ++lengths[symbols[i]];
    taken = 2 * (taken - static_cast<std::size_t>(whole));
  }
  return lengths;
}

std::vector<std::uint16_t> canonical_codes(std::span<const std::uint8_t> lengths) {
  std::array<std::uint16_t, kCodeLengthMax + 1> count{};
  for (const std::uint8_t length : lengths) ++count[length];
  std::array<std::uint16_t, kCodeLengthMax + 1> next{};
  count[0] = 0;
  for (std::size_t bits = 1; bits <= kCodeLengthMax; ++bits) {
    next[bits] = static_cast<std::uint16_t>((next[bits - 1] + count[bits - 1]) << 1);
  }
  std::vector<std::uint16_t> codes(lengths.size(), 0);
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    const std::uint8_t length = lengths[symbol];
    if (length == 0) continue;
    const std::uint16_t code = next[length]++;
    for (int bit = 0; bit < length; ++bit) {
      codes[symbol] |= static_cast<std::uint16_t>((code >> bit & 1) << (length - 1 - bit));
    }
  }
  return codes;
}

BlockHeader block_header(const DeflateCode& code) {
  const Description description = describe(code);
  BitWriter writer;
  writer.put(0b101, 3);
  writer.put(static_cast<std::uint32_t>(description.literal_lengths - 257), 5);
  writer.put(static_cast<std::uint32_t>(description.distances - 1), 5);
  writer.put(static_cast<std::uint32_t>(description.length_symbols - 4), 4);
  for (std::size_t i = 0; i < description.length_symbols; ++i) {
    writer.put(description.lengths[kLengthSymbolOrder[i]], 3);
  }
  const std::vector<std::uint16_t> codes = canonical_codes(description.lengths);
  for (const LengthToken& token : description.tokens) {
    writer.put(codes[token.symbol], description.lengths[token.symbol]);
    writer.put(token.extra, extra_bits(token.symbol));
  }
  return writer.take();
}

std::size_t block_header_bits(const DeflateCode& code) {
  const Description description = describe(code);
  std::size_t bits = 3 + 5 + 5 + 4 + 3 * description.length_symbols;
  for (const LengthToken& token : description.tokens) {
    bits += description.lengths[token.symbol] + static_cast<std::size_t>(extra_bits(token.symbol));
  }
  return bits;
}

}  // namespace sdmp::codec
