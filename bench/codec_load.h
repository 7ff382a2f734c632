// What the codec's benches work on: containers, sessions with expanded keys, frames; how results
// are verified and reported.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/bare_codec.h"
#include "codec/batch.h"

namespace sdmp::bench {

inline constexpr std::size_t kSizes[] = {600, 1024, 4096, 16384, 65536};
inline constexpr std::size_t kBatches[] = {1, 16, 256};

struct Level {
  int level;
  const char* name;
};
inline constexpr Level kLevels[] = {
    {codec::kCompressOff, "off"}, {codec::kCompressFast, "fast"}, {1, "1"}, {6, "6"}, {12, "12"}};

// Containers of about `size` octets, the same at every call. At least `count`; small ones are 256,
// so that what is timed is the mix of the corpus and not the one text that the CPU has learnt.
struct Texts {
  explicit Texts(std::size_t size, std::size_t count = 1);
  std::size_t octets() const;

  std::vector<std::string> texts;
};

// Sessions with a key each, expanded as a relay has them at work.
class Sessions {
 public:
  Sessions(const codec::AeadBackend& backend, std::size_t count);

  // For one frame of session `i`; always the same nonce, since nothing here is secret.
  codec::FrameKey key(std::size_t i);
  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<std::array<std::uint8_t, codec::kAeadKeyBytes>> keys_;
  std::vector<codec::AeadKey> expanded_;
};

// Frames of `texts`, as the relay sends them unless told otherwise, verified.
std::vector<codec::ByteVector> make_frames(const Texts& texts, Sessions& sessions,
                                           int level = codec::kCompressDefault);

// The frame decodes to `text`, with another AEAD implementation than the one that is timed.
void verify_frame(codec::Bytes frame, const codec::FrameKey& key, std::string_view text);

double average_blocks(const std::vector<codec::ByteVector>& frames);

// Room for texts one behind the other: each begins where the one before and its padding end, so
// that no cache is wasted on what is reserved but not written.
class Arena {
 public:
  explicit Arena(const Texts& texts, const codec::FrameLimits& limits = {});
  codec::MutableBytes at(std::size_t i) { return {memory_.data() + begins_[i], reserved_}; }

 private:
  std::size_t reserved_;
  std::vector<std::size_t> begins_;
  codec::ByteVector memory_;
};

// One benchmark iteration of `ns`, which handled `items` and `octets`.
void report(benchmark::State& state, double ns, std::size_t items, double octets);

// "encode/fast/600/16"
template <class... Parts>
std::string join(std::string text, const Parts&... parts) {
  const auto append = [&text](const auto& part) {
    text += '/';
    if constexpr (requires { std::to_string(part); }) {
      text += std::to_string(part);
    } else {
      text += part;
    }
  };
  (append(parts), ...);
  return text;
}

void register_primitives();
void register_encode();
void register_decode();
void register_fan_out();
void register_naive();
void register_verify();

}  // namespace sdmp::bench
