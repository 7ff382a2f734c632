#include "codec/batch.h"

#include <gtest/gtest.h>

#include "allocation_probe.h"
#include "copy_probe.h"
#include "test_octets.h"

namespace sdmp::codec {
namespace {

constexpr FrameLimits kSmall{.blocks = 64, .inflated_bytes = 64 << 10};

class Batch : public ::testing::Test {
 protected:
  FrameKey key(std::size_t counter) const {
    FrameKey result{std::span<const std::uint8_t, kAeadKeyBytes>(key_), {}};
    result.nonce[10] = static_cast<std::uint8_t>(counter >> 8);
    result.nonce[11] = static_cast<std::uint8_t>(counter);
    return result;
  }
  ByteVector key_ = noise(32, 1);
};

// Texts, their frames and the items over them: what a loop's tick hands to the codec.
struct Load {
  std::vector<std::string> texts;
  std::vector<ByteVector> frames;
  std::vector<EncodeItem> encode;
  std::vector<ByteVector> arenas;
  std::vector<DecodeItem> decode;
};

TEST_F(Batch, TCP_8_TCP_9_RoundTripAtEveryLevel) {
  for (const int level : {kCompressFast, 0, 1, 6, 12}) {
    BatchEncoder encoder(level, kSmall);
    BatchDecoder decoder(kSmall);
    Load load;
    for (std::size_t i = 0; i < 16; ++i) {
      load.texts.push_back(container_like(14 + i * i * 40, static_cast<unsigned>(i)));
    }
    for (std::size_t i = 0; i < 16; ++i) {
      load.frames.emplace_back(encoder.frame_bound(load.texts[i].size()));
      load.encode.push_back({key(i), load.texts[i], load.frames[i]});
    }
    encoder.encode(load.encode);
    for (std::size_t i = 0; i < 16; ++i) {
      ASSERT_TRUE(load.encode[i].frame_bytes.has_value());
      load.arenas.emplace_back(kSmall.inflated_bytes + PaddedText::kPadding);
      load.decode.push_back({key(i),
                             MutableBytes(load.frames[i]).first(*load.encode[i].frame_bytes),
                             load.arenas[i]});
    }
    decoder.decode(load.decode);
    for (std::size_t i = 0; i < 16; ++i) {
      ASSERT_TRUE(load.decode[i].text.has_value()) << i;
      EXPECT_EQ(load.decode[i].text->view(), load.texts[i]);
    }
  }
}

TEST_F(Batch, EncodedAsTheSingleStagesWouldDo) {
  const std::string text = container_like(3000, 1);
  BatchEncoder encoder(1);
  ByteVector frame(encoder.frame_bound(text.size()));
  EncodeItem item{key(1), text, frame};
  encoder.encode({&item, 1});
  Deflater deflater(1);
  ByteVector packed(deflater.packed_bound(text.size()));
  packed.resize(deflater.pack(text, packed).value());
  ByteVector expected(frame_bytes(packed.size()));
  seal_frame(key(1), packed, expected.data());
  frame.resize(item.frame_bytes.value());
  EXPECT_EQ(frame, expected);
}

TEST_F(Batch, FanOutPacksOnceAndSealsForEach) {
  const std::string text = container_like(3000, 2);
  BatchEncoder encoder(1);
  BatchDecoder decoder(kSmall);
  ByteVector memory(encoder.frame_bound(text.size()));
  const Bytes packed = encoder.pack(text, memory).value();
  std::vector<ByteVector> frames(20, ByteVector(frame_bytes(packed.size())));
  std::vector<FanOutItem> items;
  for (std::size_t i = 0; i < frames.size(); ++i) items.push_back({key(i), frames[i]});
  BatchEncoder::seal_all(packed, items);
  ByteVector arena(kSmall.inflated_bytes + PaddedText::kPadding);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (i > 0) {
      EXPECT_NE(frames[i], frames[0]);
    }
    DecodeItem item{key(i), frames[i], arena};
    decoder.decode({&item, 1});
    ASSERT_TRUE(item.text.has_value());
    EXPECT_EQ(item.text->view(), text);
  }
}

TEST_F(Batch, OneFailureCostsOnlyItsItem) {
  BatchEncoder encoder(1, kSmall);
  const std::string good = container_like(1000, 3);
  const std::string large(kSmall.inflated_bytes + 1, 'a');
  ByteVector first(encoder.frame_bound(good.size()));
  ByteVector second(encoder.frame_bound(large.size()));
  ByteVector third(100);
  ByteVector fourth(encoder.frame_bound(good.size()));
  EncodeItem items[] = {{key(0), good, first},
                        {key(1), large, second},
                        {key(2), good, third},
                        {key(3), good, {}},
                        {key(4), good, fourth}};
  encoder.encode(items);
  EXPECT_TRUE(items[0].frame_bytes.has_value());
  EXPECT_EQ(items[1].frame_bytes.error(), Error::kFrameTooLarge);
  EXPECT_EQ(items[2].frame_bytes.error(), Error::kOutputTooSmall);
  EXPECT_EQ(items[3].frame_bytes.error(), Error::kOutputTooSmall);
  EXPECT_TRUE(items[4].frame_bytes.has_value());
}

TEST_F(Batch, NothingIsWrittenBehindTheOutput) {
  const std::string text = container_like(2000, 4);
  for (const int level : {kCompressFast, 1}) {
    BatchEncoder encoder(level, kSmall);
    const std::size_t bound = encoder.frame_bound(text.size());
    for (std::size_t size = 0; size <= bound; size += 13) {
      ByteVector memory(bound + 64, 0xee);
      EncodeItem item{key(0), text, MutableBytes(memory).first(size)};
      encoder.encode({&item, 1});
      for (std::size_t i = size; i < memory.size(); ++i) ASSERT_EQ(memory[i], 0xee) << size;
      if (item.frame_bytes) {
        EXPECT_LE(*item.frame_bytes, size);
      }
    }
  }
}

TEST_F(Batch, P_FRAME_NoSenderExceedsTheDefaultLimits) {
  BatchEncoder encoder(1);
  const std::string too_long = "{" + std::string(4u << 20, 'a') + "}";
  ByteVector out(encoder.frame_bound(too_long.size()));
  EXPECT_EQ(encoder.pack(too_long, out).error(), Error::kFrameTooLarge);
  // Within 4 MiB of text, but incompressible beyond 4096 blocks.
  const std::string too_many_blocks = container_like(2u << 20, 5);
  ByteVector frame(encoder.frame_bound(too_many_blocks.size()));
  EXPECT_EQ(frame.size(), frame_bytes(4096 * kBlockBytes));
  EncodeItem item{key(0), too_many_blocks, frame};
  encoder.encode({&item, 1});
  EXPECT_EQ(item.frame_bytes.error(), Error::kFrameTooLarge);
  ByteVector roomy(4u << 20);
  item.out = roomy;
  encoder.encode({&item, 1});
  EXPECT_EQ(item.frame_bytes.error(), Error::kFrameTooLarge);
  const std::string allowed = "{" + std::string((4u << 20) - 2, 'a') + "}";
  item = EncodeItem{key(0), allowed, frame};
  encoder.encode({&item, 1});
  EXPECT_TRUE(item.frame_bytes.has_value());
}

TEST_F(Batch, P_FRAME_StoredTextFillsTheLargestFrameExactly) {
  constexpr FrameLimits kFour{.blocks = 4, .inflated_bytes = 4096};
  BatchEncoder encoder(kCompressOff, kFour);
  for (std::size_t size = 1010; size < 1030; ++size) {
    const std::string text = container_like(size, 6);
    ByteVector frame(encoder.frame_bound(size));
    EncodeItem item{key(0), text, frame};
    encoder.encode({&item, 1});
    EXPECT_EQ(item.frame_bytes.has_value(), size + 5 <= 4 * kBlockBytes) << size;
    if (!item.frame_bytes) {
      EXPECT_EQ(item.frame_bytes.error(), Error::kFrameTooLarge);
    }
  }
}

TEST_F(Batch, P_FRAME_DecodeChecksTheHeaderFirst) {
  BatchEncoder encoder(1, kSmall);
  BatchDecoder decoder(kSmall);
  const std::string text = container_like(500, 7);
  ByteVector frame(encoder.frame_bound(text.size()));
  EncodeItem encode{key(0), text, frame};
  encoder.encode({&encode, 1});
  frame.resize(encode.frame_bytes.value());
  ByteVector arena(kSmall.inflated_bytes + PaddedText::kPadding);
  const auto decode = [&](ByteVector given) {
    DecodeItem item{key(0), given, arena};
    decoder.decode({&item, 1});
    return item.text ? Result<void>() : Result<void>(std::unexpected(item.text.error()));
  };
  EXPECT_TRUE(decode(frame).has_value());
  EXPECT_EQ(decode({}).error(), Error::kFrameHeader);
  EXPECT_EQ(decode(ByteVector(20)).error(), Error::kFrameHeader);
  ByteVector longer = frame;
  longer.push_back(0);
  EXPECT_EQ(decode(longer).error(), Error::kFrameHeader);
  ByteVector zero = frame;
  zero[3] = 0;
  EXPECT_EQ(decode(zero).error(), Error::kFrameHeader);
  ByteVector above = frame;
  above[3] = 65;
  EXPECT_EQ(decode(above).error(), Error::kFrameTooLarge);
  ByteVector tag = frame;
  tag.back() ^= 1;
  EXPECT_EQ(decode(tag).error(), Error::kFrameTag);
}

TEST_F(Batch, OneBadFrameCostsOnlyItsSession) {
  BatchEncoder encoder(kCompressDefault, kSmall);
  BatchDecoder decoder(kSmall);
  Load load;
  for (unsigned i = 0; i < 6; ++i) load.texts.push_back(container_like(300 + i * 900, i));
  for (std::size_t i = 0; i < 6; ++i) {
    load.frames.emplace_back(encoder.frame_bound(load.texts[i].size()));
    load.encode.push_back({key(i), load.texts[i], load.frames[i]});
  }
  encoder.encode(load.encode);
  for (std::size_t i = 0; i < 6; ++i) {
    load.frames[i].resize(load.encode[i].frame_bytes.value());
    load.arenas.emplace_back(kSmall.inflated_bytes + PaddedText::kPadding);
  }
  load.frames[1][20] ^= 1;
  load.frames[3].resize(10);
  for (std::size_t i = 0; i < 6; ++i) {
    load.decode.push_back({key(i == 4 ? 5 : i), load.frames[i], load.arenas[i]});
  }
  decoder.decode(load.decode);
  EXPECT_EQ(load.decode[1].text.error(), Error::kFrameTag);
  EXPECT_EQ(load.decode[3].text.error(), Error::kFrameHeader);
  EXPECT_EQ(load.decode[4].text.error(), Error::kFrameTag);
  for (const std::size_t i : {0u, 2u, 5u}) EXPECT_EQ(load.decode[i].text->view(), load.texts[i]);
}

class SteadyState : public Batch,
                    public testing::WithParamInterface<std::tuple<int, AeadChoice>> {};

TEST_P(SteadyState, AllocatesNothingAndCopiesNoPayload) {
  const auto [level, choice] = GetParam();
  const AeadBackend* backend = aead_backend(choice);
  if (backend == nullptr) return;  // not of this CPU or this build
  BatchEncoder encoder(level, kSmall);
  BatchDecoder decoder(kSmall);
  const std::string text = container_like(4096, 8);
  ByteVector frame(encoder.frame_bound(text.size()));
  ByteVector shared(encoder.frame_bound(text.size()));
  ByteVector arena(kSmall.inflated_bytes + PaddedText::kPadding);
  AeadKey expanded(*backend, key(0).key);
  const auto round = [&](std::size_t counter) {
    FrameKey key = this->key(counter);
    key.expanded = &expanded;
    EncodeItem encode{key, text, frame};
    encoder.encode({&encode, 1});
    DecodeItem decode{key, MutableBytes(frame).first(*encode.frame_bytes), arena};
    decoder.decode({&decode, 1});
    FanOutItem fan_out{key, frame};
    BatchEncoder::seal_all(*encoder.pack(text, shared), {&fan_out, 1});
    return decode.text.has_value();
  };
  ASSERT_TRUE(round(0));
  const std::size_t allocated = allocations_by_this_thread();
  for (const Bytes memory : {as_bytes(text), Bytes(frame), Bytes(shared), Bytes(arena)}) {
    watch_copies(memory);
  }
  const std::size_t copied = watched_octets_copied();
  for (std::size_t counter = 1; counter < 100; ++counter) ASSERT_TRUE(round(counter));
  EXPECT_EQ(allocations_by_this_thread(), allocated);
  // Each of the two frames per round may begin with the codes' own header, and its tag is copied.
  const std::size_t allowed = 99 * 2 * 80;
  EXPECT_LE(watched_octets_copied(), copied + allowed);
  // The probe would have seen it.
  const ByteVector another = shared;
  if (copy_probe_works()) {
    EXPECT_GE(watched_octets_copied(), copied + another.size());
  }
  forget_watched();
}
INSTANTIATE_TEST_SUITE_P(Levels, SteadyState,
                         testing::Combine(testing::Values(kCompressFast, 1, 6, 12),
                                          testing::ValuesIn(kAeadChoices)));

}  // namespace
}  // namespace sdmp::codec
