// Clauses that belong to no single part: they hold for two nodes together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/batch.h"
#include "codec/sync_message.h"
#include "engine/protocol/session.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol::testing {
namespace {

struct Pair {
  TestNode left{11};
  TestNode right{12};
  TestSide left_side{left, {&right}};
  TestSide right_side{right, {&left}};
  TestSession session = establish(left_side, right_side);
  SessionScratch scratch{codec::FrameLimits{}};
};

codec::ByteVector seal(TrafficSecret& secret, std::string_view text) {
  codec::BatchEncoder encoder(codec::kCompressOff);
  codec::ByteVector frame(encoder.frame_bound(text.size()));
  codec::EncodeItem item{.key = secret.next_frame(), .text = text, .out = frame};
  encoder.encode({&item, 1});
  frame.resize(item.frame_bytes.value());
  return frame;
}

std::string message(const TestNode& from, std::span<const std::string_view> schemas,
                    const std::string& body) {
  return codec::build_container(from.key, kNow, schemas, body);
}

std::string journal_request(const TestNode& from, const TestNode& to) {
  static constexpr std::string_view kSchemas[] = {"journal_request"};
  return message(from, kSchemas,
                 codec::journal_request_body(codec::since_beginning(to.fingerprint()), {}));
}

TEST(Clauses, TCP_2_TheResponderVerifiesAndDropsOnAnyError) {
  Pair pair;
  const TestNode stranger(13);
  TestSide stranger_side(stranger, {&pair.right});
  Initiator initiator(codec::Group::kX25519, {pair.right.fingerprint()});
  const std::string hello = initiator.start(stranger_side.context(), make_seed(70));
  Responder responder;
  responder.receive(codec::as_bytes(hello), pair.right_side.context());
  EXPECT_EQ(responder.state(), HandshakeState::kFailed);
  EXPECT_TRUE(responder.owes_nope());
}

TEST(Clauses, TCP_4_SES_8_BothComputeTheSameKeysAndAllTrafficIsProtectedWithThem) {
  Pair pair;
  Session right(pair.left.fingerprint(), std::move(pair.session.responder.keys));
  auto frame = seal(pair.session.initiator.keys.send, journal_request(pair.left, pair.right));
  codec::MutableBytes stream(frame);
  const auto received = right.receive(stream, *pair.right_side.trust, kNow, pair.scratch);
  ASSERT_TRUE(received && *received);
  EXPECT_EQ((*received)->kind, MessageKind::kSync);

  std::string plain = journal_request(pair.left, pair.right);
  codec::MutableBytes unprotected(reinterpret_cast<std::uint8_t*>(plain.data()), plain.size());
  EXPECT_FALSE(right.receive(unprotected, *pair.right_side.trust, kNow, pair.scratch));
}

TEST(Clauses, CRY_4_TheSessionKeyIsAnAesKeyOf256Bits) {
  Pair pair;
  EXPECT_EQ(pair.session.initiator.keys.send.next_frame().key.size() * 8, 256u);
}

TEST(Clauses, TCP_7_WhatIsNoContainerEndsTheSession) {
  Pair pair;
  Session right(pair.left.fingerprint(), std::move(pair.session.responder.keys));
  auto frame = seal(pair.session.initiator.keys.send, R"({"hello":"world"})");
  codec::MutableBytes stream(frame);
  const auto received = right.receive(stream, *pair.right_side.trust, kNow, pair.scratch);
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().cause, Cause::kContainerInvalid);
}

TEST(Clauses, SES_7_ARejectionHasOneFormWhateverItsCause) {
  Pair pair;
  for (const char* object : {"x", "{}", R"({"payload":"","signatures":[]})", "{\"a\":\xff}"}) {
    Responder responder;
    responder.receive(codec::as_bytes(object), pair.right_side.context());
    EXPECT_EQ(responder.state(), HandshakeState::kFailed) << object;
    EXPECT_TRUE(responder.owes_nope()) << object;
  }
}

TEST(Clauses, SYN_1_OnlyTheFirstSchemaMakesASyncMessage) {
  Pair pair;
  Session right(pair.left.fingerprint(), std::move(pair.session.responder.keys));
  static constexpr std::string_view kSchemas[] = {"https://example.org/schema", "journal_request"};
  auto frame = seal(
      pair.session.initiator.keys.send,
      message(pair.left, kSchemas,
              codec::journal_request_body(codec::since_beginning(pair.right.fingerprint()), {})));
  codec::MutableBytes stream(frame);
  const auto received = right.receive(stream, *pair.right_side.trust, kNow, pair.scratch);
  ASSERT_TRUE(received && *received);
  EXPECT_EQ((*received)->kind, MessageKind::kIgnored);
}

TEST(Clauses, SYN_10_ResourceDataIsNotToBeSeenOnTheWire) {
  Pair pair;
  const std::string post = pair.left.post("a sentence that must not be readable");
  static constexpr std::string_view kSchemas[] = {"resource_response"};
  const std::string text =
      message(pair.left, kSchemas, codec::resource_response_body({}, {}, post));
  const auto frame = seal(pair.session.initiator.keys.send, text);
  const std::string wire(codec::as_text(frame));
  // Stored blocks: without encryption any piece of the container would stand in the frame.
  for (std::size_t at = 0; at + 16 <= text.size(); at += 16) {
    EXPECT_EQ(wire.find(text.substr(at, 16)), std::string::npos);
  }
}

}  // namespace
}  // namespace sdmp::protocol::testing
