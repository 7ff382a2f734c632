#include <set>
#include <string>

#include <gtest/gtest.h>

#include "engine/protocol/handshake.h"
#include "tests/engine/protocol/object_maker.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol {
namespace {

using testing::kNow;
using testing::make_seed;
using testing::MalformedObject;
using testing::ObjectMaker;
using testing::TestNode;
using testing::TestSide;

struct Outcome {
  HandshakeState state;
  bool owes_nope;
  Failure failure;
  std::string sent;  // by the responder
};

// The bytes in pieces of `step`; when the responder asks for it, compute() at the end.
Outcome answer_to(std::string_view bytes, TestSide& side, std::size_t step,
                  codec::UnixMillis now = kNow) {
  Responder responder;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    responder.receive(codec::as_bytes(bytes.substr(at, step)), side.context(now));
  }
  std::string sent;
  if (responder.state() == HandshakeState::kExpectCompute) {
    sent = responder.compute(side.context(now), make_seed(4));
  }
  return {responder.state(), responder.owes_nope(), responder.failure(), sent};
}

class MalformedObjects : public ::testing::Test {
 protected:
  TestNode self_{1};
  TestNode peer_{2};
  TestSide side_{self_, {&peer_}};
  ObjectMaker maker_{peer_, kNow};
  ObjectMaker classic_{peer_, kNow, codec::Group::kFfdhe2048};
};

TEST_F(MalformedObjects, TheMakersOwnObjectsAreGood) {
  EXPECT_EQ(answer_to(maker_.object(), side_, 100'000).state, HandshakeState::kExpectFrames);
  EXPECT_EQ(answer_to(classic_.object(), side_, 1).state, HandshakeState::kExpectFrames);
}

// TCP-2, TCP-5, SES-2 ... SES-7, P-HS, P-JWS: each row owes exactly `nope`, whatever is wrong.
TEST_F(MalformedObjects, P_HS_EachOwesNopeAndNothingElse) {
  const auto rows = testing::malformed_objects(maker_, classic_);
  EXPECT_GE(rows.size(), 150u);
  std::set<std::string> names;
  for (const MalformedObject& row : rows) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    for (const std::size_t step : {100'000u, 1u, 7u, 1'024u}) {
      TestSide side(self_, {&peer_});
      const Outcome outcome = answer_to(row.bytes, side, step);
      EXPECT_EQ(outcome.state, HandshakeState::kFailed) << row.name;
      EXPECT_TRUE(outcome.owes_nope) << row.name;
      EXPECT_EQ(outcome.sent, "") << row.name;
      EXPECT_EQ(outcome.failure.cause, row.cause) << row.name << ": " << describe(outcome.failure);
      if (row.detail) {
        EXPECT_EQ(outcome.failure.detail, row.detail)
            << row.name << ": " << describe(outcome.failure);
      }
      // Only a verified object is entered, and only the DH computation comes after that.
      if (row.cause != Cause::kPublicValueInvalid) {
        EXPECT_EQ(side.replay.size(), 0u) << row.name;
      }
    }
  }
}

// A truncated object is no object; the peer has closed its write side and still reads.
TEST_F(MalformedObjects, P_HS_TruncatedAtEveryByte) {
  const std::string good = maker_.object();
  for (std::size_t size = 0; size < good.size(); ++size) {
    Responder responder;
    responder.receive(codec::as_bytes(good).first(size), side_.context());
    ASSERT_EQ(responder.state(), HandshakeState::kExpectObject) << size;
    responder.end_of_stream();
    EXPECT_EQ(responder.state(), HandshakeState::kFailed) << size;
    EXPECT_TRUE(responder.owes_nope()) << size;
    EXPECT_EQ(responder.failure().cause, size == 0 ? Cause::kClosedByPeer : Cause::kObjectInvalid);
  }
}

// SES-5: no octet of the object can change without it being refused or staying the same container.
TEST_F(MalformedObjects, SES_5_NoChangedCharacterIsAccepted) {
  const std::string good = maker_.object();
  for (std::size_t at = 0; at < good.size(); ++at) {
    TestSide side(self_, {&peer_});
    std::string changed = good;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    Outcome outcome = answer_to(changed, side, 100'000);
    if (outcome.state == HandshakeState::kExpectObject) continue;  // the end is not there yet
    EXPECT_EQ(outcome.state, HandshakeState::kFailed) << at;
    EXPECT_TRUE(outcome.owes_nope) << at;
    EXPECT_EQ(outcome.sent, "") << at;
  }
}

// RSA keys: what only they can get wrong.
TEST_F(MalformedObjects, P_KEY_RsaSignersAreHeldToRs512) {
  const TestNode rsa(3, codec::KeyType::kRsa);
  const ObjectMaker maker(rsa, kNow, codec::Group::kFfdhe2048);
  const auto outcome_of = [&](const std::string& bytes) {
    TestSide side(self_, {&rsa});
    return answer_to(bytes, side, 100'000);
  };
  EXPECT_EQ(outcome_of(maker.object()).state, HandshakeState::kExpectFrames);
  for (const char* algorithm : {"EdDSA", "RS256", "PS512", "none"}) {
    const std::string header = testing::replaced(maker.header(), "RS512", algorithm);
    const Outcome outcome = outcome_of(maker.with_header(header));
    EXPECT_EQ(outcome.failure.cause, Cause::kSignatureInvalid) << algorithm;
    EXPECT_EQ(outcome.failure.detail, codec::Error::kJwsAlgorithm) << algorithm;
    EXPECT_TRUE(outcome.owes_nope);
  }
  ObjectMaker::Parts parts = maker.good();
  parts.signature =
      testing::signature_over(parts.header + "." + parts.payload, testing::make_rsa_key(12'345));
  EXPECT_EQ(outcome_of(parts.general()).failure.cause, Cause::kSignatureInvalid);
}

}  // namespace
}  // namespace sdmp::protocol
