// fanout/<size>/<sessions>: one container packed once and sealed for each session into its own send
// buffer with its own expanded key.
#include <algorithm>
#include <array>
#include <random>

#include "bench/bursts.h"
#include "bench/codec_load.h"

namespace sdmp::bench {
namespace {

using codec::ByteVector;

constexpr std::size_t kSessions[] = {1, 64, 1024, 10000};

class FanOut {
 public:
  FanOut(std::size_t size, std::size_t sessions)
      : text_(Texts(size).texts.front()),
        sessions_(*codec::aead_backend(codec::AeadChoice::kAuto), sessions),
        encoder_(codec::kCompressDefault),
        memory_(encoder_.frame_bound(text_.size())),
        packed_(encoder_.pack(text_, memory_).value()),
        frames_(sessions, ByteVector(codec::frame_bytes(packed_.size()))),
        hot_frame_(codec::frame_bytes(packed_.size())) {
    // AeadKeyPool hands keys out in the order of first service, so that sessions are served in the
    // order in which what they need lies in memory; what that is worth shows at random.
    for (std::size_t i = 0; i < sessions; ++i) items_.push_back({sessions_.key(i), frames_[i]});
    shuffled_ = items_;
    std::ranges::shuffle(shuffled_, std::mt19937(1));
  }

  void run(benchmark::State& state) {
    seal_all(0, items_.size());
    for (const codec::FanOutItem& item : items_) verify_frame(item.out, item.key, text_);
    using Pass = void (FanOut::*)(std::size_t, std::size_t);
    const auto over = [this](Pass pass) {
      return [this, pass](std::size_t begin, std::size_t end) { (this->*pass)(begin, end); };
    };
    std::array<Contender, 4> contenders{{{over(&FanOut::whole)},
                                         {over(&FanOut::seal_all)},
                                         {over(&FanOut::seal_shuffled)},
                                         {over(&FanOut::bare_seals)}}};
    const int passes = race(contenders, items_.size());
    const auto sessions = static_cast<double>(items_.size());
    report(state, contenders[0].least_ns, items_.size(),
           static_cast<double>(text_.size()) * sessions);
    state.counters["blocks"] = static_cast<double>(packed_.size() / codec::kBlockBytes);
    state.counters["seal_ns"] = contenders[1].least_ns / sessions;
    state.counters["at_random_ns"] = contenders[2].least_ns / sessions;
    state.counters["bare_seal_ns"] = contenders[3].least_ns / sessions;
    state.counters["of_primitives"] = contenders[3].least_ns / contenders[1].least_ns;
    state.counters["passes"] = passes;
  }

 private:
  void whole(std::size_t begin, std::size_t end) {
    if (begin == 0) benchmark::DoNotOptimize(encoder_.pack(text_, memory_));
    seal_all(begin, end);
  }
  void seal_all(std::size_t begin, std::size_t end) {
    codec::BatchEncoder::seal_all(packed_, std::span(items_).subspan(begin, end - begin));
    benchmark::ClobberMemory();
  }
  void seal_shuffled(std::size_t begin, std::size_t end) {
    codec::BatchEncoder::seal_all(packed_, std::span(shuffled_).subspan(begin, end - begin));
    benchmark::ClobberMemory();
  }
  // One session's key, one buffer: nothing is ever cold.
  void bare_seals(std::size_t begin, std::size_t end) {
    const codec::FrameKey& key = items_.front().key;
    std::uint8_t* const frame = hot_frame_.data();
    std::uint8_t* const text = frame + codec::kFrameHeaderBytes;
    const std::span<std::uint8_t, codec::kAeadTagBytes> tag(text + packed_.size(),
                                                            codec::kAeadTagBytes);
    for (std::size_t i = begin; i < end; ++i) {
      key.expanded->seal(key.nonce, {frame, codec::kFrameHeaderBytes}, packed_, text, tag);
      benchmark::ClobberMemory();
    }
  }

  std::string text_;
  Sessions sessions_;
  codec::BatchEncoder encoder_;
  ByteVector memory_;
  codec::Bytes packed_;
  std::vector<ByteVector> frames_;
  ByteVector hot_frame_;
  std::vector<codec::FanOutItem> items_;
  std::vector<codec::FanOutItem> shuffled_;
};

}  // namespace

void register_fan_out() {
  for (const std::size_t size : kSizes) {
    for (const std::size_t sessions : kSessions) {
      benchmark::RegisterBenchmark(
          join("fanout", size, sessions).c_str(),
          [=](benchmark::State& state) { FanOut(size, sessions).run(state); })
          ->UseManualTime();
    }
  }
}

}  // namespace sdmp::bench
