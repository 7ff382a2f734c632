// What the codec costs: each stage of a frame alone, the batch codec over all of them, fan-out,
// and the primitives below as the ceiling. Every result is checked before it is timed.
//
//   primitives/<stage>/<size>        deflate/<level>, inflate, seal, open, copy
//   encode/<level>/<size>/<batch>    BatchEncoder::encode
//   decode/<size>/<batch>            BatchDecoder::decode
//   fanout/<size>/<sessions>         packed once, sealed for each session
//
// bytes_per_second counts container text; items are containers (frames in fan-out).
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "codec/batch.h"
#include "codec/deflate.h"
#include "codec/frame.h"

namespace sdmp::codec {
namespace {

constexpr FrameLimits kLimits{.blocks = 256, .inflated_bytes = 64 << 10};
constexpr std::size_t kSizes[] = {600, 1024, 4096, 16384};
constexpr std::size_t kBatches[] = {1, 16, 256};
constexpr std::size_t kSessions[] = {1, 64, 1024};
constexpr int kLevels[] = {kCompressOff, kCompressDefault, 6};

void verify(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "bench_codec: wrong result: %s\n", what);
  std::exit(1);
}

void append_base64url(std::string& out, std::string_view text) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (std::size_t i = 0; i + 2 < text.size(); i += 3) {
    const auto octet = [&text, i](std::size_t k) {
      return static_cast<unsigned>(static_cast<unsigned char>(text[i + k]));
    };
    const unsigned group = octet(0) << 16 | octet(1) << 8 | octet(2);
    for (const int shift : {18, 12, 6, 0}) out.push_back(kAlphabet[group >> shift & 63]);
  }
}

// A container of about `size` octets as posts have them: words under base64url between members
// that are noise (signature, fingerprint). `seed` makes texts of one batch differ.
std::string container(std::size_t size, unsigned seed) {
  static constexpr const char* kWords[] = {"the ",  "relay ", "of ",     "journal ", "resource ",
                                           "and ",  "is ",    "signed ", "by ",      "a ",
                                           "node ", "that ",  "knows ",  "nothing ", "else\\n"};
  std::mt19937 generator(seed);
  std::string random(192, '\0');
  for (char& octet : random) octet = static_cast<char>(generator());
  std::string post = "{\"sdmp\":{\"version\":\"0.10.4\",\"schemas\":[\"resource\",\"post\"]},\"";
  while (post.size() < size) {
    post += kWords[generator() % std::size(kWords)];
    for (unsigned i = generator() % 4; i > 0; --i) {
      post.push_back(static_cast<char>('a' + generator() % 26));
    }
  }
  std::string text = "{\"payload\":\"";
  append_base64url(text, std::string_view(post).substr(0, (size - 330) / 4 * 3));
  text += "\",\"signatures\":[{\"protected\":\"";
  append_base64url(text, random);
  return text + "\",\"signature\":\"\"}]}";
}

FrameKey key_for(std::size_t session) {
  static constexpr std::array<std::uint8_t, kAeadKeyBytes> kKey = {1, 2, 3};
  FrameKey key{kKey, {}};
  key.nonce[10] = static_cast<std::uint8_t>(session >> 8);
  key.nonce[11] = static_cast<std::uint8_t>(session);
  return key;
}

struct Batch {
  Batch(int level, std::size_t size, std::size_t count) : encoder(level, kLimits) {
    for (std::size_t i = 0; i < count; ++i) {
      texts.push_back(container(size, static_cast<unsigned>(i)));
      frames.emplace_back(encoder.frame_bound(texts.back().size()));
    }
    for (std::size_t i = 0; i < count; ++i) items.push_back({key_for(i), texts[i], frames[i]});
    encoder.encode(items);
  }

  ByteVector frame(std::size_t i) const {
    verify(items[i].frame_bytes.has_value(), "encode");
    return {frames[i].begin(), frames[i].begin() + static_cast<long>(*items[i].frame_bytes)};
  }

  std::size_t text_bytes() const {
    std::size_t sum = 0;
    for (const std::string& text : texts) sum += text.size();
    return sum;
  }

  BatchEncoder encoder;
  std::vector<std::string> texts;
  std::vector<ByteVector> frames;
  std::vector<EncodeItem> items;
};

ByteVector new_arena() {
  return ByteVector(kLimits.inflated_bytes + PaddedText::kPadding);
}

void verify_frame(ByteVector frame, const FrameKey& key, std::string_view text) {
  BatchDecoder decoder(kLimits);
  ByteVector arena = new_arena();
  DecodeItem item{key, frame, arena};
  decoder.decode({&item, 1});
  verify(item.text && item.text->view() == text, "frame does not decode to its text");
}

void count(benchmark::State& state, std::size_t text_bytes, std::size_t items) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text_bytes));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(items));
}

void bench_encode(benchmark::State& state, int level, std::size_t size, std::size_t batch) {
  Batch load(level, size, batch);
  for (std::size_t i = 0; i < batch; ++i) verify_frame(load.frame(i), key_for(i), load.texts[i]);
  for (auto _ : state) {
    load.encoder.encode(load.items);
    benchmark::DoNotOptimize(load.frames.back().data());
    benchmark::ClobberMemory();
  }
  count(state, load.text_bytes(), batch);
  state.counters["frame_bytes"] = static_cast<double>(load.frame(0).size());
}

// Opening overwrites the frame: a fresh copy is made each time, which is part of what is timed
// (a few per cent: compare primitives/copy).
void bench_decode(benchmark::State& state, std::size_t size, std::size_t batch) {
  const Batch load(kCompressDefault, size, batch);
  std::vector<ByteVector> sealed;
  for (std::size_t i = 0; i < batch; ++i) sealed.push_back(load.frame(i));
  std::vector<ByteVector> frames = sealed;
  ByteVector arena = new_arena();
  std::vector<DecodeItem> items;
  for (std::size_t i = 0; i < batch; ++i) items.push_back({key_for(i), frames[i], arena});
  BatchDecoder decoder(kLimits);
  for (std::size_t i = 0; i < batch; ++i) verify_frame(sealed[i], key_for(i), load.texts[i]);
  for (auto _ : state) {
    for (std::size_t i = 0; i < batch; ++i) std::ranges::copy(sealed[i], frames[i].begin());
    decoder.decode(items);
    benchmark::DoNotOptimize(arena.data());
    benchmark::ClobberMemory();
  }
  for (const DecodeItem& item : items) verify(item.text.has_value(), "decode");
  count(state, load.text_bytes(), batch);
}

void bench_fan_out(benchmark::State& state, std::size_t size, std::size_t sessions) {
  const std::string text = container(size, 1);
  BatchEncoder encoder(kCompressDefault, kLimits);
  ByteVector memory(encoder.frame_bound(text.size()));
  std::vector<ByteVector> frames(sessions, ByteVector(encoder.frame_bound(text.size())));
  std::vector<FanOutItem> items;
  for (std::size_t i = 0; i < sessions; ++i) items.push_back({key_for(i), frames[i]});
  const Bytes packed = encoder.pack(text, memory).value();
  BatchEncoder::seal_all(packed, items);
  for (std::size_t i = 0; i < sessions; ++i) {
    const auto end = frames[i].begin() + static_cast<long>(frame_bytes(packed.size()));
    verify_frame({frames[i].begin(), end}, key_for(i), text);
  }
  for (auto _ : state) {
    BatchEncoder::seal_all(*encoder.pack(text, memory), items);
    benchmark::ClobberMemory();
  }
  count(state, text.size() * sessions, sessions);
}

void bench_deflate(benchmark::State& state, int level, std::size_t size) {
  const std::string text = container(size, 1);
  Deflater deflater(level);
  ByteVector packed(deflater.packed_bound(text.size()));
  ByteVector arena = new_arena();
  const std::size_t packed_size = deflater.pack(text, packed).value();
  const auto inflated = Inflater().unpack(Bytes(packed).first(packed_size), arena);
  verify(inflated && as_text(Bytes(arena).first(*inflated)) == text, "deflate");
  for (auto _ : state) benchmark::DoNotOptimize(deflater.pack(text, packed));
  count(state, text.size(), 1);
  state.counters["packed_bytes"] = static_cast<double>(packed_size);
}

void bench_inflate(benchmark::State& state, std::size_t size) {
  const std::string text = container(size, 1);
  Deflater deflater(kCompressDefault);
  Inflater inflater;
  ByteVector packed(deflater.packed_bound(text.size()));
  packed.resize(deflater.pack(text, packed).value());
  ByteVector arena = new_arena();
  verify(inflater.unpack(packed, arena) == text.size(), "inflate");
  for (auto _ : state) benchmark::DoNotOptimize(inflater.unpack(packed, arena));
  count(state, text.size(), 1);
}

void bench_seal(benchmark::State& state, std::size_t size) {
  const Batch load(kCompressDefault, size, 1);
  ByteVector frame = load.frame(0);
  const Bytes opened = open_frame(key_for(0), frame).value();
  const ByteVector packed(opened.begin(), opened.end());
  for (auto _ : state) {
    seal_frame(key_for(0), packed, frame.data());
    benchmark::ClobberMemory();
  }
  verify(frame == load.frame(0), "seal");
  count(state, packed.size(), 1);
}

void bench_open(benchmark::State& state, std::size_t size) {
  const ByteVector sealed = Batch(kCompressDefault, size, 1).frame(0);
  ByteVector frame = sealed;
  bool opened = true;
  for (auto _ : state) {
    std::ranges::copy(sealed, frame.begin());
    opened = opened && open_frame(key_for(0), frame).has_value();
  }
  verify(opened, "open");
  count(state, sealed.size() - kFrameOverheadBytes, 1);
}

void bench_copy(benchmark::State& state, std::size_t size) {
  const ByteVector sealed = Batch(kCompressDefault, size, 1).frame(0);
  ByteVector frame = sealed;
  for (auto _ : state) {
    std::ranges::copy(sealed, frame.begin());
    benchmark::ClobberMemory();
  }
  count(state, sealed.size(), 1);
}

template <class Function, class... Arguments>
void add(std::string name, Function function, Arguments... arguments) {
  ((name += '/' + std::to_string(arguments)), ...);
  benchmark::RegisterBenchmark(name.c_str(), function, arguments...);
}

void register_all() {
  for (const std::size_t size : kSizes) {
    for (const int level : kLevels) add("primitives/deflate", bench_deflate, level, size);
    add("primitives/inflate", bench_inflate, size);
    add("primitives/seal", bench_seal, size);
    add("primitives/open", bench_open, size);
    add("primitives/copy", bench_copy, size);
  }
  for (const int level : kLevels) {
    for (const std::size_t size : kSizes) {
      for (const std::size_t batch : kBatches) add("encode", bench_encode, level, size, batch);
    }
  }
  for (const std::size_t size : kSizes) {
    for (const std::size_t batch : kBatches) add("decode", bench_decode, size, batch);
    for (const std::size_t sessions : kSessions) add("fanout", bench_fan_out, size, sessions);
  }
}

}  // namespace
}  // namespace sdmp::codec

int main(int argc, char** argv) {
#ifndef __OPTIMIZE__
  std::fprintf(stderr, "bench_codec: built without optimisation, the figures mean nothing\n");
#endif
  benchmark::AddCustomContext("aead", sdmp::codec::aead_backend_name());
  benchmark::AddCustomContext("compiler", __VERSION__);
  sdmp::codec::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
