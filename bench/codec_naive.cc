// naive/encode/<size> and naive/decode/<size>: what bench/naive_pipeline.h needs for the
// containers, keys and frames that encode/ and decode/ are timed with.
#include <array>

#include "bench/bursts.h"
#include "bench/codec_load.h"
#include "bench/naive_pipeline.h"

namespace sdmp::bench {
namespace {

struct Naive {
  explicit Naive(std::size_t size)
      : texts(size),
        sessions(*codec::aead_backend(codec::AeadChoice::kAuto), texts.texts.size()),
        frames(make_frames(texts, sessions)) {}

  void run(benchmark::State& state, std::function<void(std::size_t, std::size_t)> pass) {
    std::array<Contender, 1> contenders{{{std::move(pass)}}};
    const int passes = race(contenders, frames.size());
    const auto count = static_cast<double>(frames.size());
    report(state, contenders[0].least_ns / count, 1, static_cast<double>(texts.octets()) / count);
    state.counters["passes"] = passes;
  }

  Texts texts;
  Sessions sessions;
  std::vector<codec::ByteVector> frames;  // of the batch codec
};

void bench_encode(benchmark::State& state, std::size_t size) {
  Naive naive(size);
  std::vector<codec::ByteVector> written;
  for (std::size_t i = 0; i < naive.frames.size(); ++i) {
    const codec::FrameKey key = naive.sessions.key(i);
    written.push_back(naive_encode(naive.texts.texts[i], key.key, key.nonce));
    verify_frame(written.back(), key, naive.texts.texts[i]);
  }
  naive.run(state, [&naive](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const codec::FrameKey key = naive.sessions.key(i);
      benchmark::DoNotOptimize(naive_encode(naive.texts.texts[i], key.key, key.nonce));
    }
  });
  state.counters["blocks"] = average_blocks(written);
}

void bench_decode(benchmark::State& state, std::size_t size) {
  Naive naive(size);
  for (std::size_t i = 0; i < naive.frames.size(); ++i) {
    const codec::FrameKey key = naive.sessions.key(i);
    verify(naive_decode(naive.frames[i], key.key, key.nonce) == naive.texts.texts[i],
           "naive decode");
  }
  naive.run(state, [&naive](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const codec::FrameKey key = naive.sessions.key(i);
      benchmark::DoNotOptimize(naive_decode(naive.frames[i], key.key, key.nonce));
    }
  });
  state.counters["blocks"] = average_blocks(naive.frames);
}

}  // namespace

void register_naive() {
  for (const std::size_t size : kSizes) {
    benchmark::RegisterBenchmark(join("naive/encode", size).c_str(), bench_encode, size)
        ->UseManualTime();
    benchmark::RegisterBenchmark(join("naive/decode", size).c_str(), bench_decode, size)
        ->UseManualTime();
  }
}

}  // namespace sdmp::bench
