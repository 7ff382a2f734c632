// encode/<level>/<size>/<batch> and decode/<size>/<batch>: the batch codec beside its own
// primitives over the same containers, keys and memory.
#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "bench/bursts.h"
#include "bench/codec_load.h"

namespace sdmp::bench {
namespace {

using codec::Bytes;
using codec::ByteVector;
using codec::MutableBytes;

// Calls `call` with each batch of items[begin] ... items[end - 1].
template <class Item, class Call>
void in_batches(std::vector<Item>& items, std::size_t begin, std::size_t end, std::size_t batch,
                Call call) {
  for (std::size_t at = begin; at < end; at += batch) {
    call(std::span(items).subspan(at, std::min(batch, end - at)));
  }
}

// What both directions report: the whole beside the lesser of its primitives one by one in loops of
// their own, and of both by turns for each container.
void report_whole(benchmark::State& state, std::span<const Contender, 4> contenders, int passes,
                  const Texts& texts, std::size_t batch) {
  const double batches = static_cast<double>(texts.texts.size()) / static_cast<double>(batch);
  const double whole_ns = contenders[0].least_ns;
  const double primitives_ns =
      std::min(contenders[1].least_ns + contenders[2].least_ns, contenders[3].least_ns);
  report(state, whole_ns / batches, batch, static_cast<double>(texts.octets()) / batches);
  state.counters["of_primitives"] = primitives_ns / whole_ns;
  state.counters["passes"] = passes;
}

std::size_t padded(std::size_t stream) {
  return (stream + codec::kBlockBytes - 1) / codec::kBlockBytes * codec::kBlockBytes;
}

void bare_seal(const codec::FrameKey& key, std::uint8_t* frame, std::size_t packed) {
  std::uint8_t* const text = frame + codec::kFrameHeaderBytes;
  key.expanded->seal(
      key.nonce, {frame, codec::kFrameHeaderBytes}, {text, packed}, text,
      std::span<std::uint8_t, codec::kAeadTagBytes>(text + packed, codec::kAeadTagBytes));
}

class Encode {
 public:
  Encode(int level, std::size_t size, std::size_t batch)
      : texts_(size, batch),
        sessions_(*codec::aead_backend(codec::AeadChoice::kAuto), texts_.texts.size()),
        expected_(make_frames(texts_, sessions_, level)),
        encoder_(level),
        bare_(level),
        batch_(batch) {
    for (const std::string& text : texts_.texts) {
      memory_.emplace_back(encoder_.frame_bound(text.size()));
    }
    for (std::size_t i = 0; i < memory_.size(); ++i) {
      items_.push_back({sessions_.key(i), texts_.texts[i], memory_[i]});
    }
  }

  void run(benchmark::State& state) {
    verify_whole();
    std::array<Contender, 4> contenders{{{over(&Encode::whole)},
                                         {over(&Encode::deflate)},
                                         {over(&Encode::seal)},
                                         {over(&Encode::both)}}};
    const int passes = race(contenders, items_.size(), batch_);
    verify_whole();
    report_whole(state, contenders, passes, texts_, batch_);
    state.counters["blocks"] = average_blocks(expected_);
  }

 private:
  std::function<void(std::size_t, std::size_t)> over(void (Encode::*pass)(std::size_t,
                                                                          std::size_t)) {
    return [this, pass](std::size_t begin, std::size_t end) { (this->*pass)(begin, end); };
  }

  void verify_whole() {
    whole(0, items_.size());
    for (std::size_t i = 0; i < items_.size(); ++i) {
      verify(items_[i].frame_bytes == expected_[i].size() &&
                 std::ranges::equal(expected_[i], items_[i].out.first(expected_[i].size())),
             "encode");
    }
  }

  void whole(std::size_t begin, std::size_t end) {
    in_batches(items_, begin, end, batch_, [this](auto items) { encoder_.encode(items); });
    benchmark::ClobberMemory();
  }
  void deflate(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const codec::EncodeItem& item = items_[i];
      benchmark::DoNotOptimize(
          bare_.compress(item.text, item.out.subspan(codec::kFrameHeaderBytes)));
    }
  }
  void seal(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      bare_seal(items_[i].key, memory_[i].data(), expected_[i].size() - codec::kFrameOverheadBytes);
    }
    benchmark::ClobberMemory();
  }
  void both(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const codec::EncodeItem& item = items_[i];
      const std::size_t stream =
          bare_.compress(item.text, item.out.subspan(codec::kFrameHeaderBytes));
      bare_seal(item.key, item.out.data(), padded(stream));
    }
    benchmark::ClobberMemory();
  }

  Texts texts_;
  Sessions sessions_;
  std::vector<ByteVector> expected_;
  codec::BatchEncoder encoder_;
  BareDeflater bare_;
  std::size_t batch_;
  std::vector<ByteVector> memory_;
  std::vector<codec::EncodeItem> items_;
};

class Decode {
 public:
  Decode(std::size_t size, std::size_t batch)
      : texts_(size, batch),
        sessions_(*codec::aead_backend(codec::AeadChoice::kAuto), texts_.texts.size()),
        sealed_(make_frames(texts_, sessions_)),
        frames_(sealed_),
        arena_(texts_),
        batch_(batch) {
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      items_.push_back({sessions_.key(i), frames_[i], arena_.at(i)});
      open_one(items_.back());
    }
    opened_ = frames_;
  }

  // Opening overwrites the frames: they are put back before each pass.
  void run(benchmark::State& state) {
    verify_whole();
    const auto sealed = [this] { restore(sealed_); };
    const auto opened = [this] { restore(opened_); };
    std::array<Contender, 4> contenders{{{over(&Decode::whole), sealed},
                                         {over(&Decode::open), sealed},
                                         {over(&Decode::inflate), opened},
                                         {over(&Decode::both), sealed}}};
    const int passes = race(contenders, items_.size(), batch_);
    verify_whole();
    report_whole(state, contenders, passes, texts_, batch_);
    state.counters["blocks"] = average_blocks(sealed_);
  }

 private:
  std::function<void(std::size_t, std::size_t)> over(void (Decode::*pass)(std::size_t,
                                                                          std::size_t)) {
    return [this, pass](std::size_t begin, std::size_t end) { (this->*pass)(begin, end); };
  }

  void verify_whole() {
    restore(sealed_);
    whole(0, items_.size());
    for (std::size_t i = 0; i < items_.size(); ++i) {
      verify(items_[i].text && items_[i].text->view() == texts_.texts[i], "decode");
    }
  }

  void restore(const std::vector<ByteVector>& from) {
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      std::memcpy(frames_[i].data(), from[i].data(), from[i].size());
    }
  }
  void whole(std::size_t begin, std::size_t end) {
    in_batches(items_, begin, end, batch_, [this](auto items) { decoder_.decode(items); });
    benchmark::ClobberMemory();
  }
  static MutableBytes packed(const codec::DecodeItem& item) {
    return item.frame.subspan(codec::kFrameHeaderBytes,
                              item.frame.size() - codec::kFrameOverheadBytes);
  }
  static void open_one(const codec::DecodeItem& item) {
    verify(item.key.expanded->open(item.key.nonce, item.frame.first(codec::kFrameHeaderBytes),
                                   packed(item), item.frame.last<codec::kAeadTagBytes>()),
           "open");
  }
  void open(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) open_one(items_[i]);
  }
  void inflate(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) bare_.inflate(packed(items_[i]), items_[i].arena);
    benchmark::ClobberMemory();
  }
  void both(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      open_one(items_[i]);
      bare_.inflate(packed(items_[i]), items_[i].arena);
    }
    benchmark::ClobberMemory();
  }

  Texts texts_;
  Sessions sessions_;
  std::vector<ByteVector> sealed_;
  std::vector<ByteVector> opened_;
  std::vector<ByteVector> frames_;
  Arena arena_;
  std::size_t batch_;
  codec::BatchDecoder decoder_;
  BareInflater bare_;
  std::vector<codec::DecodeItem> items_;
};

}  // namespace

void register_encode() {
  for (const Level level : kLevels) {
    for (const std::size_t size : kSizes) {
      for (const std::size_t batch : kBatches) {
        benchmark::RegisterBenchmark(
            join("encode", level.name, size, batch).c_str(),
            [=](benchmark::State& state) { Encode(level.level, size, batch).run(state); })
            ->UseManualTime();
      }
    }
  }
}

void register_decode() {
  for (const std::size_t size : kSizes) {
    for (const std::size_t batch : kBatches) {
      benchmark::RegisterBenchmark(join("decode", size, batch).c_str(),
                                   [=](benchmark::State& state) { Decode(size, batch).run(state); })
          ->UseManualTime();
    }
  }
}

}  // namespace sdmp::bench
