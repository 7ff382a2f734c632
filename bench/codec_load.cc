#include "bench/codec_load.h"

#include <algorithm>
#include <random>

#include "bench/corpus.h"

namespace sdmp::bench {
namespace {

constexpr std::uint64_t kSeed = 3;
constexpr std::size_t kCountMax = 256;
// More containers than this in octets leave every cache and only make bursts long.
constexpr std::size_t kOctetsMax = 1 << 20;

}  // namespace

Texts::Texts(std::size_t size, std::size_t count)
    : texts(make_containers(measured_text(), size,
                            std::max(count, std::min(kCountMax, kOctetsMax / size)), kSeed)) {}

std::size_t Texts::octets() const {
  std::size_t sum = 0;
  for (const std::string& text : texts) sum += text.size();
  return sum;
}

Sessions::Sessions(const codec::AeadBackend& backend, std::size_t count) : keys_(count) {
  std::mt19937_64 generator(kSeed);
  expanded_.reserve(count);
  for (auto& key : keys_) {
    for (std::uint8_t& octet : key) octet = static_cast<std::uint8_t>(generator());
    expanded_.emplace_back(backend, key);
  }
}

codec::FrameKey Sessions::key(std::size_t i) {
  codec::FrameKey result{keys_[i], {}, &expanded_[i]};
  result.nonce[10] = static_cast<std::uint8_t>(i >> 8);
  result.nonce[11] = static_cast<std::uint8_t>(i);
  return result;
}

std::vector<codec::ByteVector> make_frames(const Texts& texts, Sessions& sessions, int level) {
  codec::BatchEncoder encoder(level);
  std::vector<codec::ByteVector> frames;
  for (std::size_t i = 0; i < texts.texts.size(); ++i) {
    const std::string& text = texts.texts[i];
    codec::ByteVector frame(encoder.frame_bound(text.size()));
    codec::EncodeItem item{sessions.key(i), text, frame};
    encoder.encode({&item, 1});
    verify(item.frame_bytes.has_value(), "encode");
    frame.resize(*item.frame_bytes);
    verify_frame(frame, item.key, text);
    frames.push_back(std::move(frame));
  }
  return frames;
}

void verify_frame(codec::Bytes frame, const codec::FrameKey& key, std::string_view text) {
  static codec::BatchDecoder decoder;
  static codec::ByteVector arena(codec::FrameLimits{}.inflated_bytes + codec::PaddedText::kPadding);
  codec::ByteVector copy(frame.begin(), frame.end());
  codec::AeadKey other(*codec::aead_backend(codec::AeadChoice::kOpenssl), key.key);
  codec::DecodeItem item{{key.key, key.nonce, &other}, copy, arena};
  decoder.decode({&item, 1});
  verify(item.text && item.text->view() == text, "a frame does not decode to its text");
}

double average_blocks(const std::vector<codec::ByteVector>& frames) {
  std::size_t blocks = 0;
  for (const codec::ByteVector& frame : frames) blocks += frame.size() / codec::kBlockBytes;
  return static_cast<double>(blocks) / static_cast<double>(frames.size());
}

Arena::Arena(const Texts& texts, const codec::FrameLimits& limits)
    : reserved_(limits.inflated_bytes + codec::PaddedText::kPadding) {
  std::size_t end = 0;
  for (const std::string& text : texts.texts) {
    begins_.push_back(end);
    end += text.size() + codec::PaddedText::kPadding;
  }
  memory_.resize(end + reserved_);
}

void report(benchmark::State& state, double ns, std::size_t items, double octets) {
  for ([[maybe_unused]] auto iteration : state) state.SetIterationTime(ns * 1e-9);
  state.SetItemsProcessed(static_cast<std::int64_t>(items) * state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(octets) * state.iterations());
}

}  // namespace sdmp::bench
