// Cutting a stream into frames (engine/protocol/session.h, FrameAssembler).
#include <gtest/gtest.h>

#include "engine/protocol/session.h"
#include "tests/engine/protocol/frame_shapes.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol::testing {
namespace {

using codec::ByteVector;
using codec::Error;

TEST(FrameAssembler, P_FRAME_AnySplitGivesTheSameFrames) {
  PrintedRandom random;
  for (int round = 0; round < 200; ++round) {
    ByteVector stream;
    std::vector<ByteVector> expected;
    for (std::uint64_t i = 0, count = 1 + random.below(8); i < count; ++i) {
      expected.push_back(shaped_frame(static_cast<std::uint32_t>(1 + random.below(5)),
                                      static_cast<std::uint8_t>(random.below(256))));
      stream = std::move(stream) + expected.back();
    }
    FrameAssembler assembler;
    std::vector<ByteVector> frames;
    const std::uint64_t step = 1 + random.below(random.below(2) == 0 ? 8 : 3'000);
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t count = std::min<std::size_t>(1 + random.below(step), stream.size() - at);
      codec::MutableBytes piece(stream.data() + at, count);
      at += count;
      for (;;) {
        const auto frame = assembler.next(piece, {});
        ASSERT_TRUE(frame.has_value());
        if (!*frame) break;
        frames.emplace_back((*frame)->begin(), (*frame)->end());
      }
      ASSERT_TRUE(piece.empty());
    }
    ASSERT_EQ(frames, expected);
    EXPECT_EQ(assembler.held_bytes(), 0u);
  }
}

TEST(FrameAssembler, AWholeFrameIsNotCopied) {
  ByteVector stream = shaped_frame(2, 7) + shaped_frame(1, 8);
  codec::MutableBytes rest(stream);
  FrameAssembler assembler;
  const auto first = assembler.next(rest, {});
  ASSERT_TRUE(first.has_value() && first->has_value());
  EXPECT_EQ((*first)->data(), stream.data());
  const auto second = assembler.next(rest, {});
  ASSERT_TRUE(second.has_value() && second->has_value());
  EXPECT_EQ((*second)->data(), stream.data() + codec::frame_bytes(512));
  EXPECT_EQ(assembler.held_bytes(), 0u);
}

TEST(FrameAssembler, HoldsNoMoreThanWhatHasArrivedAndNothingAfterTheFrame) {
  ByteVector frame = shaped_frame(4'096, 1);
  FrameAssembler assembler;
  codec::MutableBytes piece(frame.data(), 5);
  ASSERT_FALSE(assembler.next(piece, {})->has_value());
  EXPECT_EQ(assembler.held_bytes(), 5u);
  piece = codec::MutableBytes(frame).subspan(5, 1'000);
  ASSERT_FALSE(assembler.next(piece, {})->has_value());
  EXPECT_EQ(assembler.held_bytes(), 1'005u);
  piece = codec::MutableBytes(frame).subspan(1'005);
  ASSERT_TRUE(assembler.next(piece, {})->has_value());
  ASSERT_FALSE(assembler.next(piece, {})->has_value());
  EXPECT_EQ(assembler.held_bytes(), 0u);
}

TEST(FrameAssembler, P_FRAME_AHeaderAboveTheLimitIsRefusedBeforeItsBodyArrives) {
  for (const auto& [blocks, error] :
       {std::pair{0u, Error::kFrameHeader}, std::pair{65'537u, Error::kFrameHeader},
        std::pair{4'097u, Error::kFrameTooLarge}}) {
    for (const std::size_t split : {1u, 3u, 4u}) {
      ByteVector frame = header(blocks);
      FrameAssembler assembler;
      codec::MutableBytes head(frame.data(), split);
      codec::MutableBytes tail(frame.data() + split, frame.size() - split);
      auto result = assembler.next(head, {});
      if (result) {
        ASSERT_FALSE(result->has_value());
        result = assembler.next(tail, {});
      }
      ASSERT_FALSE(result.has_value()) << blocks << " split at " << split;
      EXPECT_EQ(result.error(), error);
    }
  }
}

}  // namespace
}  // namespace sdmp::protocol::testing
