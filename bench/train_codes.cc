// Trains the Huffman codes of the fast encoder and prints codec/trained_codes.h:
//
//   build/release/bin/train_codes > codec/trained_codes.h
//   build/release/bin/train_codes --check codec/trained_codes.h
//
// The corpus is bench/corpus.h's training text, parsed by the encoder's own match finder. Starting
// from the code that is shortest for the text, a seeded search (threshold accepting; Dueck and
// Scheuer 1990) moves code lengths about until text and block header together are short: the header
// goes out with every container, and lengths that repeat make it small. Integers only: the result
// is the same on every machine.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "bench/corpus.h"
#include "codec/deflate_codes.h"
#include "codec/match_finder.h"

namespace sdmp::bench {
namespace {

constexpr std::uint64_t kSeed = 7367;
constexpr std::size_t kContainersPerSize = 256;
constexpr std::uint32_t kSteps = 150'000;
// A container of any size counts alike: what matters is the share of its own blocks.
constexpr std::uint64_t kWeight = 1 << 16;

struct Target {
  const char* name;
  std::vector<std::size_t> sizes;
  std::uint32_t length_max;
  std::uint32_t distance_max;
  int bits_max;
};

constexpr std::size_t kSmallTextMax = 2048;
const Target kTargets[] = {
    {"kTrainedSmall", {600, 800, 1024, 1400, 2000}, 34, 2048, 9},
    {"kTrainedLarge", {2600, 4096, 6000, 8192, 12000}, 258, 16384, 10},
};

constexpr std::string_view kOctets =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_{}[]\":,";

// Literals and lengths first, then distances.
using Frequencies = std::vector<std::uint64_t>;
constexpr std::size_t kSymbols = codec::kLiteralLengthSymbols + codec::kDistanceSymbols;

struct Counter {
  Frequencies counts = Frequencies(kSymbols);

  void literals(const std::uint8_t* at, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) ++counts[at[i]];
  }
  void match(std::uint32_t length, std::uint32_t distance) {
    ++counts[codec::length_symbol(length)];
    ++counts[codec::kLiteralLengthSymbols + codec::distance_symbol(distance)];
  }
};

struct Sample {
  Frequencies counts = Frequencies(kSymbols);
  std::uint64_t containers = 0;
};

// Every symbol that the encoder may need occurs at least once.
Sample sample(const Target& target) {
  Sample result;
  const std::string text = training_text();
  codec::MatchFinder finder;
  for (const std::size_t size : target.sizes) {
    const std::uint64_t weight = kWeight / size;
    for (const std::string& container :
         make_containers(text, size, kContainersPerSize, kSeed + size)) {
      Counter counter;
      finder.parse(codec::as_bytes(container), target.length_max, counter);
      ++counter.counts[codec::kEndOfBlock];
      for (std::size_t i = 0; i < kSymbols; ++i) result.counts[i] += counter.counts[i] * weight;
      result.containers += weight;
    }
  }
  for (const char octet : kOctets) ++result.counts[static_cast<unsigned char>(octet)];
  for (std::size_t i = codec::length_symbol(codec::MatchFinder::kMatchMin);
       i <= codec::length_symbol(target.length_max); ++i) {
    ++result.counts[i];
  }
  for (std::size_t i = 0; i <= codec::distance_symbol(target.distance_max); ++i) {
    ++result.counts[codec::kLiteralLengthSymbols + i];
  }
  return result;
}

class Search {
 public:
  Search(const Sample& sample, const Target& target)
      : sample_(sample), bits_max_(target.bits_max), generator_(kSeed) {
    const std::span all(sample.counts);
    const auto literals = all.first(codec::kLiteralLengthSymbols);
    const auto distances = all.subspan(codec::kLiteralLengthSymbols);
    std::ranges::copy(codec::code_lengths(literals, bits_max_), code_.literal_lengths.begin());
    std::ranges::copy(codec::code_lengths(distances, bits_max_), code_.distances.begin());
    for (std::size_t i = 0; i < kSymbols; ++i) {
      if (length(i) > 0) (i < codec::kLiteralLengthSymbols ? literals_ : distances_).push_back(i);
    }
  }

  codec::DeflateCode run() {
    std::uint64_t cost = total_cost();
    codec::DeflateCode best = code_;
    std::uint64_t best_cost = cost;
    for (std::uint32_t step = 0; step < kSteps; ++step) {
      const std::uint64_t threshold = sample_.containers * (kSteps - step) / (2 * kSteps);
      const codec::DeflateCode before = code_;
      if (!move()) continue;
      const std::uint64_t moved = total_cost();
      if (moved > cost + threshold) {
        code_ = before;
        continue;
      }
      cost = moved;
      if (cost < best_cost) {
        best_cost = cost;
        best = code_;
      }
    }
    return best;
  }

 private:
  std::uint8_t& length(std::size_t symbol) {
    return symbol < codec::kLiteralLengthSymbols
               ? code_.literal_lengths[symbol]
               : code_.distances[symbol - codec::kLiteralLengthSymbols];
  }

  // Bits of all containers of the sample, weighted.
  std::uint64_t total_cost() {
    std::uint64_t bits = sample_.containers * codec::block_header_bits(code_);
    for (std::size_t i = 0; i < kSymbols; ++i) bits += sample_.counts[i] * length(i);
    return bits;
  }

  // One of the three moves that keep a code complete; false when the symbols drawn do not allow it.
  bool move() {
    const auto& symbols = generator_() % 4 == 0 ? distances_ : literals_;
    const auto draw = [&]() -> std::uint8_t& {
      return length(symbols[generator_() % symbols.size()]);
    };
    std::uint8_t& a = draw();
    std::uint8_t& b = draw();
    std::uint8_t& c = draw();
    if (&a == &b) return false;
    switch (generator_() % 4) {
      case 0:
      case 1:
        if (a == b) return false;
        std::swap(a, b);
        return true;
      case 2:
        if (&c == &a || &c == &b || a < 2 || b != a || c != a || a + 1 > bits_max_) return false;
        --a;
        ++b;
        ++c;
        return true;
      default:
        if (&c == &a || &c == &b || b != c || b != a + 2) return false;
        ++a;
        --b;
        --c;
        return true;
    }
  }

  const Sample& sample_;
  int bits_max_;
  std::mt19937_64 generator_;
  codec::DeflateCode code_;
  std::vector<std::size_t> literals_;
  std::vector<std::size_t> distances_;
};

void append_numbers(std::string& out, std::span<const std::uint8_t> numbers) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    out += i % 24 == 0 ? "\n        " : " ";
    out += std::to_string(numbers[i]) + ",";
  }
}

std::string train() {
  std::string out =
      "// Huffman code lengths for containers, made by bench/train_codes.cc from the licence texts "
      "of\n"
      "// Debian's base-files; see there for the recipe. Not edited by hand.\n"
      "#pragma once\n\n#include \"codec/huffman.h\"\n\nnamespace sdmp::codec {\n\n"
      "struct TrainedCode {\n"
      "  std::uint32_t length_max;    // of a match\n"
      "  std::uint32_t distance_max;  // of a match\n"
      "  DeflateCode code;\n};\n\n"
      "// Texts of at most this many octets are for kTrainedSmall.\n"
      "inline constexpr std::size_t kTrainedSmallTextMax = " +
      std::to_string(kSmallTextMax) + ";\n\n// clang-format off\n";
  for (const Target& target : kTargets) {
    const Sample corpus = sample(target);
    const codec::DeflateCode code = Search(corpus, target).run();
    std::fprintf(stderr, "%s: a header of %zu bits\n", target.name, codec::block_header_bits(code));
    out += std::string("inline constexpr TrainedCode ") + target.name + " = {\n    " +
           std::to_string(target.length_max) + ", " + std::to_string(target.distance_max) +
           ",\n    {{";
    append_numbers(out, code.literal_lengths);
    out += "},\n     {";
    append_numbers(out, code.distances);
    out += "}}};\n";
  }
  return out + "// clang-format on\n\n}  // namespace sdmp::codec\n";
}

}  // namespace
}  // namespace sdmp::bench

int main(int argc, char** argv) {
  const bool check = argc == 3 && std::strcmp(argv[1], "--check") == 0;
  if (argc != 1 && !check) {
    std::fputs("usage: train_codes [--check codec/trained_codes.h]\n", stderr);
    return 2;
  }
  const std::string trained = sdmp::bench::train();
  if (!check) {
    std::fputs(trained.c_str(), stdout);
    return 0;
  }
  std::ifstream file(argv[2], std::ios::binary);
  const std::string committed{std::istreambuf_iterator<char>(file), {}};
  if (committed == trained) return 0;
  std::fprintf(stderr, "%s is not what this tool prints for this machine's texts\n", argv[2]);
  return 1;
}
