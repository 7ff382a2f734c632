#include "engine/protocol/handshake.h"

#include <string>

#include <gtest/gtest.h>

#include "engine/protocol/limits.h"
#include "tests/engine/protocol/object_maker.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol {
namespace {

using codec::Group;
using codec::KeyType;
using testing::establish;
using testing::kNow;
using testing::make_seed;
using testing::ObjectMaker;
using testing::PrintedRandom;
using testing::TestNode;
using testing::TestSession;
using testing::TestSide;

constexpr Group kGroups[] = {Group::kX25519, Group::kFfdhe2048, Group::kFfdhe3072,
                             Group::kFfdhe4096};

codec::ByteVector next_key(TrafficSecret& secret) {
  const codec::FrameKey frame = secret.next_frame();
  codec::ByteVector bytes(frame.key.begin(), frame.key.end());
  bytes.insert(bytes.end(), frame.nonce.begin(), frame.nonce.end());
  return bytes;
}

void expect_paired(TestSession& session) {
  const auto forth = next_key(session.initiator.keys.send);
  const auto back = next_key(session.initiator.keys.receive);
  EXPECT_EQ(forth, next_key(session.responder.keys.receive));
  EXPECT_EQ(back, next_key(session.responder.keys.send));
  EXPECT_NE(forth, back);
}

// TCP-1 ... TCP-4, SES-1, P-KEY: key types and groups combine freely.
TEST(Handshake, P_KEY_EveryGroupWithEveryPairOfKeyTypes) {
  for (const Group group : kGroups) {
    for (const KeyType first : {KeyType::kEd25519, KeyType::kRsa}) {
      for (const KeyType second : {KeyType::kEd25519, KeyType::kRsa}) {
        const TestNode a(1, first);
        const TestNode b(2, second);
        TestSide side_a(a, {&b});
        TestSide side_b(b, {&a});
        TestSession session = establish(side_a, side_b, group);
        EXPECT_EQ(session.initiator.peer, b.fingerprint());
        EXPECT_EQ(session.responder.peer, a.fingerprint());
        EXPECT_EQ(session.initiator.group, group);
        EXPECT_EQ(session.responder.group, group);
        expect_paired(session);
      }
    }
  }
}

class TwoNodes : public ::testing::Test {
 protected:
  std::string hello(Initiator& initiator, std::uint64_t seed = 1) {
    return initiator.start(a_.context(), make_seed(seed));
  }
  std::string answer_to(const std::string& object, std::uint64_t seed = 2) {
    Responder responder;
    responder.receive(codec::as_bytes(object), b_.context());
    EXPECT_EQ(responder.state(), HandshakeState::kExpectCompute) << describe(responder.failure());
    return responder.compute(b_.context(), make_seed(seed));
  }
  // The cause of one object's refusal by b_; kNone when it is answered.
  Cause refusal(const std::string& object, codec::UnixMillis now = kNow) {
    Responder responder;
    responder.receive(codec::as_bytes(object), b_.context(now));
    if (responder.state() == HandshakeState::kExpectCompute) {
      const std::string sent = responder.compute(b_.context(now), make_seed(5));
      EXPECT_EQ(sent.empty(), responder.state() == HandshakeState::kFailed);
    }
    EXPECT_EQ(responder.owes_nope(), responder.state() == HandshakeState::kFailed);
    return responder.failure().cause;
  }
  // The cause for which an initiator refuses `answer`.
  Cause refusal_of_answer(const std::string& answer, std::uint64_t seed = 1) {
    Initiator initiator(Group::kX25519, {node_b_.fingerprint()});
    hello(initiator, seed);
    initiator.receive(codec::as_bytes(answer), a_.context());
    if (initiator.state() == HandshakeState::kExpectCompute) initiator.compute(a_.context());
    EXPECT_EQ(initiator.owes_nope(), initiator.state() == HandshakeState::kFailed);
    return initiator.failure().cause;
  }

  TestNode node_a_{1};
  TestNode node_b_{2};
  TestSide a_{node_a_, {&node_b_}};
  TestSide b_{node_b_, {&node_a_}};
  ObjectMaker maker_{node_a_, kNow};
};

TEST_F(TwoNodes, P_HS_AnySplitOfBothStreamsGivesTheSameKeys) {
  PrintedRandom random;
  for (int round = 0; round < 40; ++round) {
    const std::size_t piece_max = round == 0 ? 1 : 1 + random.below(400);
    TestSide a(node_a_, {&node_b_});
    TestSide b(node_b_, {&node_a_});
    Initiator initiator(Group::kX25519, {node_b_.fingerprint()});
    const std::string object = initiator.start(a.context(), make_seed(1));
    Responder responder;
    for (std::size_t at = 0; at < object.size();) {
      const std::string piece = object.substr(at, 1 + random.below(piece_max));
      responder.receive(codec::as_bytes(piece), b.context());
      at += piece.size();
      EXPECT_EQ(responder.state() == HandshakeState::kExpectCompute, at == object.size());
    }
    const std::string frames = "\1\2\3 first frames";
    const std::string stream = responder.compute(b.context(), make_seed(2)) + frames;
    std::string left;
    for (std::size_t at = 0; at < stream.size();) {
      const std::string piece = stream.substr(at, 1 + random.below(piece_max));
      const std::size_t consumed = initiator.receive(codec::as_bytes(piece), a.context());
      left += piece.substr(consumed);
      at += piece.size();
    }
    initiator.compute(a.context());
    EXPECT_EQ(left, frames);
    ASSERT_EQ(initiator.state(), HandshakeState::kExpectFrames);
    TestSession session{initiator.take_result(), responder.take_result()};
    expect_paired(session);
  }
}

TEST_F(TwoNodes, P_HS_NopeInAnySplitIsARefusal) {
  const std::string nope = "nope";
  for (unsigned cuts = 0; cuts < 8; ++cuts) {
    Initiator initiator(Group::kX25519, {node_b_.fingerprint()});
    hello(initiator);
    std::string piece;
    for (std::size_t i = 0; i < 4; ++i) {
      piece += nope[i];
      if (i == 3 || (cuts >> i & 1) != 0) {
        EXPECT_EQ(initiator.state(), HandshakeState::kExpectObject);
        EXPECT_EQ(initiator.receive(codec::as_bytes(piece), a_.context()), piece.size());
        piece.clear();
      }
    }
    EXPECT_EQ(initiator.failure().cause, Cause::kRefusedByPeer) << cuts;
    EXPECT_FALSE(initiator.owes_nope());
  }
}

TEST_F(TwoNodes, P_HS_WhatOnlyBeginsLikeNopeIsNot) {
  for (const std::string text : {"no", "n", "nop"}) {
    Initiator initiator(Group::kX25519, {node_b_.fingerprint()});
    hello(initiator);
    initiator.receive(codec::as_bytes(text), a_.context());
    initiator.receive({}, a_.context());
    EXPECT_EQ(initiator.state(), HandshakeState::kExpectObject);
    initiator.end_of_stream();
    EXPECT_EQ(initiator.failure().cause, Cause::kClosedByPeer);
    EXPECT_FALSE(initiator.owes_nope());
  }
  for (const std::string text : {"no!", "Nope", "nopE", "n{", " {", "x", "\n"}) {
    EXPECT_EQ(refusal_of_answer(text), Cause::kNotAnObject) << text;
  }
}

TEST_F(TwoNodes, P_HS_LegalVariationsAreAccepted) {
  const auto accepted = [&](const std::string& object) {
    TestSide fresh(node_b_, {&node_a_});
    Responder responder;
    responder.receive(codec::as_bytes(object), fresh.context());
    if (responder.state() == HandshakeState::kExpectCompute) {
      responder.compute(fresh.context(), make_seed(5));
    }
    EXPECT_EQ(responder.state(), HandshakeState::kExpectFrames) << describe(responder.failure());
  };
  const std::string header = R"({"alg":"EdDSA"})";
  accepted(maker_.good().flattened());
  accepted(maker_.with_header(header));
  accepted(maker_.with_header(" { \"kid\" : \"" + maker_.fingerprint() +
                              "\" ,\n\"a\\u006cg\":\"EdDSA\"}"));
  accepted(maker_.edited_text("{\"payload\":", "{\r\n\t \"payl\\u006fad\" : "));
  accepted(maker_.edited_payload("{\"g\":9", "{ \"\\u0067\" : 9 "));
  accepted(maker_.edited_payload("0.10.4", "0.10.4711-beta.1+build"));
  accepted(maker_.edited_payload("\"connection\"]", "\"conn\\u0065ction\"]"));
  accepted(maker_.of_size(kConnectionObjectBytesMax));
  accepted(ObjectMaker(node_a_, kNow - kClockSkewMaxMs).object());
  accepted(ObjectMaker(node_a_, kNow + kClockSkewMaxMs).object());
}

TEST_F(TwoNodes, P_HS_ReplayIsTheSigningInputWhateverItsForm) {
  const ObjectMaker::Parts parts = maker_.good();
  EXPECT_EQ(refusal(parts.general()), Cause::kNone);
  EXPECT_EQ(refusal(parts.general()), Cause::kReplayed);
  EXPECT_EQ(refusal(parts.flattened()), Cause::kReplayed);
  EXPECT_EQ(refusal(maker_.edited_text("{", "{  ")), Cause::kReplayed);
  EXPECT_EQ(refusal(maker_.edited_text("payload", "p\\u0061yload")), Cause::kReplayed);
  const std::string escaped = "\\u0065" + parts.payload.substr(1);
  ASSERT_EQ(parts.payload.front(), 'e');
  EXPECT_EQ(refusal(testing::replaced(parts.general(), parts.payload, escaped)), Cause::kReplayed);
  // Looked up before the signature is verified: no work for a replay with a broken one.
  ObjectMaker::Parts broken = parts;
  broken.signature = std::string(86, 'A');
  EXPECT_EQ(refusal(broken.general()), Cause::kReplayed);
  EXPECT_EQ(b_.replay.size(), 1u);
  // As long as the clock lets it through, and no longer.
  EXPECT_EQ(refusal(parts.general(), kNow + 300'000), Cause::kReplayed);
  EXPECT_EQ(refusal(parts.general(), kNow + 300'001), Cause::kClockSkew);
}

TEST_F(TwoNodes, P_HS_OnlyVerifiedObjectsEnterTheReplayCache) {
  ObjectMaker::Parts broken = maker_.good();
  broken.signature = std::string(86, 'A');
  EXPECT_EQ(refusal(broken.general()), Cause::kSignatureInvalid);
  EXPECT_EQ(b_.replay.size(), 0u);
  EXPECT_EQ(refusal(maker_.object()), Cause::kNone);
  EXPECT_EQ(b_.replay.size(), 1u);
}

TEST_F(TwoNodes, P_HS_OneObjectOnTwoConnectionsAtOnceWinsOnce) {
  const std::string object = maker_.object();
  Responder first;
  Responder second;
  first.receive(codec::as_bytes(object), b_.context());
  second.receive(codec::as_bytes(object), b_.context());
  EXPECT_EQ(second.state(), HandshakeState::kExpectCompute);
  EXPECT_NE(first.compute(b_.context(), make_seed(2)), "");
  EXPECT_EQ(second.compute(b_.context(), make_seed(3)), "");
  EXPECT_EQ(second.failure().cause, Cause::kReplayed);
}

TEST_F(TwoNodes, P_HS_PublisherMustBeATrustedNodeAndNotTheReceiver) {
  const TestNode stranger(3);
  EXPECT_EQ(refusal(ObjectMaker(stranger, kNow).object()), Cause::kPublisherUnknown);
  EXPECT_EQ(refusal(ObjectMaker(stranger.user, kNow).object()), Cause::kPublisherUnknown);
  EXPECT_EQ(refusal(ObjectMaker(node_a_.user, kNow).object()), Cause::kPublisherNotANode);
  EXPECT_EQ(refusal(ObjectMaker(node_b_.user, kNow).object()), Cause::kPublisherNotANode);
  EXPECT_EQ(refusal(ObjectMaker(node_b_, kNow).object()), Cause::kPublisherIsSelf);
}

TEST_F(TwoNodes, P_HS_ExpiredAndHostOnlyNodes) {
  const TestNode expired(3, KeyType::kEd25519, codec::RelationshipType::kPublisher, kNow);
  const TestNode lasting(4, KeyType::kEd25519, codec::RelationshipType::kHost, kNow + 1);
  TestSide side(node_b_, {&expired, &lasting});
  const auto cause_of = [&side](const TestNode& node) {
    Responder responder;
    const std::string object = ObjectMaker(node, kNow).object();
    responder.receive(codec::as_bytes(object), side.context());
    return responder.failure().cause;
  };
  EXPECT_EQ(cause_of(expired), Cause::kPublisherUnknown);
  EXPECT_EQ(cause_of(lasting), Cause::kNone);
}

TEST_F(TwoNodes, P_HS_TrustLostBeforeComputeIsRefused) {
  Responder responder;
  const std::string object = maker_.object();
  responder.receive(codec::as_bytes(object), b_.context());
  ASSERT_EQ(responder.state(), HandshakeState::kExpectCompute);
  EXPECT_EQ(responder.claimed_peer(), node_a_.fingerprint());
  b_.trust = testing::make_trust(node_b_, {});
  EXPECT_EQ(responder.compute(b_.context(), make_seed(1)), "");
  EXPECT_EQ(responder.failure().cause, Cause::kPublisherUnknown);
  EXPECT_TRUE(responder.owes_nope());
}

// TCP-3: the initiator verifies in the same way, and knows more of what it must find.
TEST_F(TwoNodes, P_HS_InitiatorHoldsTheAnswerToTheSameChecks) {
  const ObjectMaker answer(node_b_, kNow);
  EXPECT_EQ(refusal_of_answer(answer.object()), Cause::kNone);
  EXPECT_EQ(refusal_of_answer(answer.object()), Cause::kReplayed);
  EXPECT_EQ(refusal_of_answer("{}"), Cause::kObjectInvalid);
  EXPECT_EQ(refusal_of_answer(answer.of_size(16'385)), Cause::kObjectTooLong);
  EXPECT_EQ(refusal_of_answer(ObjectMaker(node_b_, kNow - 300'001).object()), Cause::kClockSkew);
  EXPECT_EQ(refusal_of_answer(ObjectMaker(node_b_, kNow + 300'001).object()), Cause::kClockSkew);
  const ObjectMaker later(node_b_, kNow + 1);
  ObjectMaker::Parts broken = later.good();
  broken.signature = std::string(86, 'A');
  EXPECT_EQ(refusal_of_answer(broken.general()), Cause::kSignatureInvalid);
  const std::string zero(43, 'A');
  EXPECT_EQ(refusal_of_answer(later.edited_payload(later.value(), zero)),
            Cause::kPublicValueInvalid);
  // Its own object sent back.
  EXPECT_EQ(refusal_of_answer(maker_.object()), Cause::kPublisherIsSelf);
}

TEST_F(TwoNodes, P_HS_AnswerMustUseTheGroupOffered) {
  for (const Group offered : kGroups) {
    for (const Group answered : kGroups) {
      TestSide side(node_a_, {&node_b_});
      Initiator initiator(offered, {node_b_.fingerprint()});
      initiator.start(side.context(), make_seed(1));
      const std::string answer = ObjectMaker(node_b_, kNow, answered).object();
      initiator.receive(codec::as_bytes(answer), side.context());
      EXPECT_EQ(initiator.failure().cause,
                offered == answered ? Cause::kNone : Cause::kGroupNotAccepted);
    }
  }
}

TEST_F(TwoNodes, P_HS_DiallerRefusesAnyOtherFingerprint) {
  const TestNode other(3);
  a_.trust = testing::make_trust(node_a_, {&node_b_, &other});
  const std::string answer = ObjectMaker(other, kNow).object();
  EXPECT_EQ(refusal_of_answer(answer), Cause::kPublisherUnexpected);
  Initiator either(Group::kX25519, {node_b_.fingerprint(), other.fingerprint()});
  hello(either);
  either.receive(codec::as_bytes(answer), a_.context());
  EXPECT_EQ(either.state(), HandshakeState::kExpectCompute);
}

// An object made for one role is none for the other when it was seen: one cache serves both.
TEST_F(TwoNodes, P_HS_AnswersOfOthersCannotBeReplayedAsDials) {
  Initiator initiator(Group::kX25519, {node_b_.fingerprint()});
  const std::string answer = answer_to(hello(initiator));
  initiator.receive(codec::as_bytes(answer), a_.context());
  initiator.compute(a_.context());
  ASSERT_EQ(initiator.state(), HandshakeState::kExpectFrames);
  Responder responder;
  responder.receive(codec::as_bytes(answer), a_.context());
  EXPECT_EQ(responder.failure().cause, Cause::kReplayed);
}

// P-SEC: both exact texts are bound. A form that means the same but is spelled otherwise on the way
// gives other keys on the two sides.
TEST_F(TwoNodes, P_SEC_RespellingAnObjectOnTheWayChangesBothKeys) {
  Initiator initiator(Group::kX25519, {node_b_.fingerprint()});
  const std::string object = hello(initiator);
  Responder responder;
  const std::string respelled = testing::replaced(object, "{", "{ ");
  responder.receive(codec::as_bytes(respelled), b_.context());
  const std::string answer = responder.compute(b_.context(), make_seed(2));
  ASSERT_NE(answer, "");
  initiator.receive(codec::as_bytes(answer), a_.context());
  initiator.compute(a_.context());
  HandshakeResult ours = initiator.take_result();
  HandshakeResult theirs = responder.take_result();
  EXPECT_NE(next_key(ours.keys.send), next_key(theirs.keys.receive));
  EXPECT_NE(next_key(ours.keys.receive), next_key(theirs.keys.send));
}

TEST_F(TwoNodes, SES_1_FreshSeedsGiveFreshObjectsAndKeys) {
  TestSession first = establish(a_, b_, Group::kX25519, 1);
  TestSession second = establish(a_, b_, Group::kX25519, 2);
  EXPECT_NE(next_key(first.initiator.keys.send), next_key(second.initiator.keys.send));
  EXPECT_NE(next_key(first.initiator.keys.receive), next_key(second.initiator.keys.receive));
}

// P-HS: the object is bare JSON text within the limit, and what we send says nothing more.
TEST_F(TwoNodes, SES_3_WhatIsSentIsAMinimalConnectionObject) {
  for (const Group group : kGroups) {
    Initiator initiator(group, {node_b_.fingerprint()});
    const std::string object = initiator.start(a_.context(), make_seed(1));
    EXPECT_EQ(object.front(), '{');
    EXPECT_EQ(object.back(), '}');
    EXPECT_LE(object.size(), kConnectionObjectBytesMax);
    const auto container = b_.reader.parse_copy(object);
    ASSERT_TRUE(container);
    EXPECT_TRUE(codec::check_connection_shape(*container));
    EXPECT_EQ(container->created, kNow);
    EXPECT_EQ(container->publisher, node_a_.fingerprint());
    EXPECT_EQ(codec::read_connection(*container)->group, group);
    EXPECT_TRUE(container->verify(node_a_.key.public_key()));
  }
}

}  // namespace
}  // namespace sdmp::protocol
