// primitives/...: each stage alone, over the containers and frames that the whole is timed with.
//
//   deflate/<level>/<size>              into memory, without padding
//   inflate/<size>                      of what the relay sends
//   copy/<size>                         of frames: what a copy too many would cost
//   seal/<backend>/<size>, open/...     with a key of its own for each frame, expanded
//   expand/<backend>                    one key
//   expand_seal/<backend>/<size>        a key that is nowhere expanded: of 10,000 the next one
//   key_pool/hit/<sessions>, .../miss   AeadKeyPool::get by turns, expanded already or never
#include <algorithm>
#include <array>
#include <cstring>

#include "bench/bursts.h"
#include "bench/codec_load.h"
#include "codec/aead_key_pool.h"

namespace sdmp::bench {
namespace {

using codec::AeadBackend;
using codec::AeadKey;
using codec::Bytes;
using codec::ByteVector;
using codec::MutableBytes;

constexpr std::size_t kManySessions = 10000;
constexpr std::size_t kPoolSessions[] = {64, kManySessions};
using Key = std::array<std::uint8_t, codec::kAeadKeyBytes>;

const AeadBackend& auto_backend() {
  return *codec::aead_backend(codec::AeadChoice::kAuto);
}

// Times `pass` over `count` items of `octets` together.
void time(benchmark::State& state, std::size_t count, std::size_t octets, Contender pass) {
  const int passes = race({&pass, 1}, count);
  const auto items = static_cast<double>(count);
  report(state, pass.least_ns / items, 1, static_cast<double>(octets) / items);
  state.counters["passes"] = passes;
}

std::size_t octets_of(const std::vector<ByteVector>& frames) {
  std::size_t sum = 0;
  for (const ByteVector& frame : frames) sum += frame.size() - codec::kFrameOverheadBytes;
  return sum;
}

MutableBytes packed(ByteVector& frame) {
  return MutableBytes(frame).subspan(codec::kFrameHeaderBytes,
                                     frame.size() - codec::kFrameOverheadBytes);
}

void seal(const codec::FrameKey& key, ByteVector& frame) {
  const MutableBytes text = packed(frame);
  key.expanded->seal(key.nonce, Bytes(frame).first(codec::kFrameHeaderBytes), text, text.data(),
                     MutableBytes(frame).last<codec::kAeadTagBytes>());
}

bool open(const codec::FrameKey& key, ByteVector& frame) {
  return key.expanded->open(key.nonce, Bytes(frame).first(codec::kFrameHeaderBytes), packed(frame),
                            Bytes(frame).last<codec::kAeadTagBytes>());
}

// Frames and their sessions with the keys of one backend.
struct Frames {
  Frames(const AeadBackend& backend, std::size_t size)
      : texts(size),
        sessions(backend, texts.texts.size()),
        sealed(make_frames(texts, sessions)),
        frames(sealed) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      verify(open(sessions.key(i), frames[i]), "open");
    }
    opened = frames;
    for (std::size_t i = 0; i < frames.size(); ++i) seal(sessions.key(i), frames[i]);
    verify(frames == sealed, "seal");
  }

  void restore(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      std::memcpy(frames[i].data(), sealed[i].data(), sealed[i].size());
    }
  }

  Texts texts;
  Sessions sessions;
  std::vector<ByteVector> sealed;
  std::vector<ByteVector> opened;
  std::vector<ByteVector> frames;  // to be worked on
};

void bench_deflate(benchmark::State& state, Level level, std::size_t size) {
  const Texts texts(size);
  codec::Deflater bound(level.level);
  BareDeflater deflater(level.level);
  std::vector<ByteVector> out;
  std::size_t streams = 0;
  for (const std::string& text : texts.texts) {
    out.emplace_back(bound.packed_bound(text.size()));
    const std::size_t stream = deflater.compress(text, out.back());
    ByteVector inflated(text.size());
    verify(BareInflater().inflate(Bytes(out.back()).first(stream), inflated) == text.size() &&
               codec::as_text(inflated) == text,
           "deflate");
    streams += stream;
  }
  time(state, out.size(), texts.octets(), {[&](std::size_t begin, std::size_t end) {
         for (std::size_t i = begin; i < end; ++i) {
           benchmark::DoNotOptimize(deflater.compress(texts.texts[i], out[i]));
         }
       }});
  state.counters["ratio"] = static_cast<double>(streams) / static_cast<double>(texts.octets());
}

void bench_inflate(benchmark::State& state, std::size_t size) {
  Frames load(auto_backend(), size);
  Arena arena(load.texts);
  BareInflater inflater;
  const auto pass = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      benchmark::DoNotOptimize(inflater.inflate(packed(load.opened[i]), arena.at(i)));
    }
  };
  pass(0, load.opened.size());
  for (std::size_t i = 0; i < load.opened.size(); ++i) {
    const std::string& text = load.texts.texts[i];
    verify(codec::as_text(arena.at(i).first(text.size())) == text, "inflate");
  }
  time(state, load.opened.size(), load.texts.octets(), {pass});
}

void bench_copy(benchmark::State& state, std::size_t size) {
  Frames load(auto_backend(), size);
  time(state, load.frames.size(), octets_of(load.frames),
       {[&load](std::size_t begin, std::size_t end) {
         load.restore(begin, end);
         benchmark::ClobberMemory();
       }});
}

void bench_seal(benchmark::State& state, const AeadBackend& backend, std::size_t size) {
  Frames load(backend, size);
  time(state, load.frames.size(), octets_of(load.frames),
       {[&load](std::size_t begin, std::size_t end) {
         for (std::size_t i = begin; i < end; ++i) {
           seal(load.sessions.key(i), load.frames[i]);
         }
         benchmark::ClobberMemory();
       }});
}

void bench_open(benchmark::State& state, const AeadBackend& backend, std::size_t size) {
  Frames load(backend, size);
  const auto pass = [&load](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      verify(open(load.sessions.key(i), load.frames[i]), "open");
    }
  };
  time(state, load.frames.size(), octets_of(load.frames),
       {pass, [&load] { load.restore(0, load.frames.size()); }});
}

std::vector<Key> many_keys() {
  std::vector<Key> keys(kManySessions);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    keys[i][0] = static_cast<std::uint8_t>(i);
    keys[i][1] = static_cast<std::uint8_t>(i >> 8);
  }
  return keys;
}

void bench_expand(benchmark::State& state, const AeadBackend& backend) {
  const std::vector<Key> keys = many_keys();
  AeadKey expanded(backend, keys.front());
  time(state, keys.size(), keys.size() * codec::kAeadKeyBytes,
       {[&](std::size_t begin, std::size_t end) {
         for (std::size_t i = begin; i < end; ++i) expanded.assign(keys[i]);
         benchmark::ClobberMemory();
       }});
  state.counters["expanded_bytes"] = static_cast<double>(codec::expanded_bytes(backend));
}

void bench_expand_seal(benchmark::State& state, const AeadBackend& backend, std::size_t size) {
  Frames load(backend, size);
  const std::vector<Key> keys = many_keys();
  AeadKey expanded(backend, keys.front());
  ByteVector& frame = load.frames.front();
  const codec::FrameKey base = load.sessions.key(0);
  time(state, keys.size(), keys.size() * packed(frame).size(),
       {[&](std::size_t begin, std::size_t end) {
         for (std::size_t i = begin; i < end; ++i) {
           expanded.assign(keys[i]);
           seal({keys[i], base.nonce, &expanded}, frame);
         }
         benchmark::ClobberMemory();
       }});
}

// A pool of fewer keys than sessions that take turns never has the one that is asked for.
void bench_key_pool(benchmark::State& state, std::size_t sessions, std::size_t keys_max) {
  const std::vector<Key> keys = many_keys();
  codec::AeadKeyPool pool(auto_backend(), keys_max);
  std::vector<codec::AeadKeyPool::Place> places(sessions);
  const auto pass = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      benchmark::DoNotOptimize(pool.get(places[i], keys[i]));
    }
  };
  pass(0, sessions);
  verify(pool.size() == std::min(sessions, keys_max), "key pool");
  time(state, sessions, 0, {pass});
}

template <class Function>
void add(const std::string& name, Function function) {
  benchmark::RegisterBenchmark(name.c_str(), function)->UseManualTime();
}

void register_aead(codec::AeadChoice choice) {
  const AeadBackend* const backend = codec::aead_backend(choice);
  if (backend == nullptr) return;
  const std::string_view name = codec::name(choice);
  for (const std::size_t size : kSizes) {
    add(join("primitives/seal", name, size),
        [=](benchmark::State& state) { bench_seal(state, *backend, size); });
    add(join("primitives/open", name, size),
        [=](benchmark::State& state) { bench_open(state, *backend, size); });
    add(join("primitives/expand_seal", name, size),
        [=](benchmark::State& state) { bench_expand_seal(state, *backend, size); });
  }
  add(join("primitives/expand", name),
      [=](benchmark::State& state) { bench_expand(state, *backend); });
}

}  // namespace

void register_primitives() {
  for (const std::size_t size : kSizes) {
    for (const Level level : kLevels) {
      add(join("primitives/deflate", level.name, size),
          [=](benchmark::State& state) { bench_deflate(state, level, size); });
    }
    add(join("primitives/inflate", size),
        [=](benchmark::State& state) { bench_inflate(state, size); });
    add(join("primitives/copy", size), [=](benchmark::State& state) { bench_copy(state, size); });
  }
  for (const codec::AeadChoice choice : codec::kAeadChoices) register_aead(choice);
  for (const std::size_t sessions : kPoolSessions) {
    add(join("primitives/key_pool/hit", sessions), [=](benchmark::State& state) {
      bench_key_pool(state, sessions, codec::AeadKeyPool::kKeysMax);
    });
  }
  add("primitives/key_pool/miss",
      [](benchmark::State& state) { bench_key_pool(state, kManySessions, kManySessions / 2); });
}

}  // namespace sdmp::bench
