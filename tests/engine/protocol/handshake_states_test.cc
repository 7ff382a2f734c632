// docs/handshake.md's table, cell by cell: each state x each event, for both roles.
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "engine/protocol/handshake.h"
#include "tests/engine/protocol/object_maker.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol {
namespace {

using testing::kNow;
using testing::make_seed;
using testing::TestNode;
using testing::TestSide;

enum class Event { kGoodObject, kOtherBytes, kNope, kCompute, kExpire, kRefuse, kEndOfStream };
constexpr Event kEvents[] = {Event::kGoodObject, Event::kOtherBytes, Event::kNope,
                             Event::kCompute,    Event::kExpire,     Event::kRefuse,
                             Event::kEndOfStream};

const char* name_of(Event event) {
  constexpr const char* kNames[] = {"good object", "other bytes", "nope",         "compute",
                                    "expire",      "refuse",      "end of stream"};
  return kNames[static_cast<int>(event)];
}

struct Cell {
  HandshakeState state;
  Event event;
  HandshakeState next;
  Cause cause = Cause::kNone;  // in kFailed
  bool nope = true;            // whether it is owed, in kFailed
};

class HandshakeStates : public ::testing::Test {
 protected:
  TestNode here_{1};
  TestNode there_{2};
  TestSide side_{here_, {&there_}};
  TestSide other_{there_, {&here_}};
};

constexpr auto kStart = HandshakeState::kExpectStart;
constexpr auto kObject = HandshakeState::kExpectObject;
constexpr auto kCompute = HandshakeState::kExpectCompute;
constexpr auto kFrames = HandshakeState::kExpectFrames;
constexpr auto kFailed = HandshakeState::kFailed;

constexpr Cell kResponderTable[] = {
    {kObject, Event::kGoodObject, kCompute},
    {kObject, Event::kOtherBytes, kFailed, Cause::kNotAnObject},
    {kObject, Event::kNope, kFailed, Cause::kNotAnObject},
    {kObject, Event::kExpire, kFailed, Cause::kHandshakeDeadline},
    {kObject, Event::kRefuse, kFailed, Cause::kTooManySessions},
    {kObject, Event::kEndOfStream, kFailed, Cause::kClosedByPeer},
    {kCompute, Event::kGoodObject, kFailed, Cause::kBytesBehindObject},
    {kCompute, Event::kOtherBytes, kFailed, Cause::kBytesBehindObject},
    {kCompute, Event::kNope, kFailed, Cause::kBytesBehindObject},
    {kCompute, Event::kCompute, kFrames},
    {kCompute, Event::kExpire, kFailed, Cause::kHandshakeDeadline},
    {kCompute, Event::kRefuse, kFailed, Cause::kTooManySessions},
    {kCompute, Event::kEndOfStream, kCompute},
    {kFrames, Event::kExpire, kFrames},
    {kFrames, Event::kRefuse, kFrames},
    {kFrames, Event::kEndOfStream, kFrames},
};

std::unique_ptr<Responder> responder_in(HandshakeState state, TestSide& side,
                                        const std::string& object) {
  auto responder = std::make_unique<Responder>();
  if (state == kFailed) responder->receive(codec::as_bytes("x"), side.context());
  if (state == kCompute || state == kFrames) {
    responder->receive(codec::as_bytes(object), side.context());
  }
  if (state == kFrames) {
    EXPECT_NE(responder->compute(side.context(), make_seed(3)), "");
  }
  EXPECT_EQ(responder->state(), state);
  return responder;
}

// What the responder sends upon the event.
std::string apply(Responder& responder, Event event, TestSide& side, const std::string& object) {
  switch (event) {
    case Event::kGoodObject:
      responder.receive(codec::as_bytes(object), side.context());
      return {};
    case Event::kOtherBytes:
      responder.receive(codec::as_bytes("x"), side.context());
      return {};
    case Event::kNope:
      responder.receive(codec::as_bytes("nope"), side.context());
      return {};
    case Event::kCompute:
      return responder.compute(side.context(), make_seed(3));
    case Event::kExpire:
      responder.expire();
      return {};
    case Event::kRefuse:
      responder.refuse(Cause::kTooManySessions);
      return {};
    case Event::kEndOfStream:
      responder.end_of_stream();
      return {};
  }
  return {};
}

void expect_cell(const Handshake& handshake, const Cell& cell) {
  const std::string where = std::string(name(cell.state)) + " x " + name_of(cell.event);
  EXPECT_EQ(name(handshake.state()), name(cell.next)) << where;
  EXPECT_EQ(name(handshake.failure().cause), name(cell.cause)) << where;
  EXPECT_EQ(handshake.owes_nope(), cell.next == kFailed && cell.nope) << where;
}

TEST_F(HandshakeStates, P_HS_ResponderTable) {
  const std::string object = testing::ObjectMaker(there_, kNow).object();
  for (const Cell& cell : kResponderTable) {
    TestSide side(here_, {&there_});
    const auto responder = responder_in(cell.state, side, object);
    const std::string sent = apply(*responder, cell.event, side, object);
    expect_cell(*responder, cell);
    const bool answers = cell.event == Event::kCompute && cell.next == kFrames;
    EXPECT_EQ(!sent.empty(), answers) << name_of(cell.event);
  }
}

TEST_F(HandshakeStates, P_HS_FailedResponderStaysFailed) {
  const std::string object = testing::ObjectMaker(there_, kNow).object();
  for (const Event event : kEvents) {
    const auto responder = responder_in(kFailed, side_, object);
    EXPECT_EQ(apply(*responder, event, side_, object), "") << name_of(event);
    expect_cell(*responder, {kFailed, event, kFailed, Cause::kNotAnObject});
  }
}

constexpr Cell kInitiatorTable[] = {
    {kStart, Event::kExpire, kFailed, Cause::kHandshakeDeadline},
    {kStart, Event::kRefuse, kFailed, Cause::kTooManySessions},
    {kStart, Event::kEndOfStream, kFailed, Cause::kClosedByPeer, false},
    {kObject, Event::kGoodObject, kCompute},
    {kObject, Event::kOtherBytes, kFailed, Cause::kNotAnObject},
    {kObject, Event::kNope, kFailed, Cause::kRefusedByPeer, false},
    {kObject, Event::kExpire, kFailed, Cause::kHandshakeDeadline},
    {kObject, Event::kRefuse, kFailed, Cause::kTooManySessions},
    {kObject, Event::kEndOfStream, kFailed, Cause::kClosedByPeer, false},
    {kCompute, Event::kGoodObject, kCompute},
    {kCompute, Event::kOtherBytes, kCompute},
    {kCompute, Event::kNope, kCompute},
    {kCompute, Event::kCompute, kFrames},
    {kCompute, Event::kExpire, kFailed, Cause::kHandshakeDeadline},
    {kCompute, Event::kRefuse, kFailed, Cause::kTooManySessions},
    {kCompute, Event::kEndOfStream, kCompute},
    {kFrames, Event::kGoodObject, kFrames},
    {kFrames, Event::kOtherBytes, kFrames},
    {kFrames, Event::kNope, kFrames},
    {kFrames, Event::kExpire, kFrames},
    {kFrames, Event::kRefuse, kFrames},
    {kFrames, Event::kEndOfStream, kFrames},
};

// An initiator in a state, with the answer that is good for it.
struct Dialled {
  std::unique_ptr<Initiator> initiator;
  std::string answer;
};

Dialled initiator_in(HandshakeState state, TestSide& side, TestSide& other) {
  Dialled dialled;
  dialled.initiator = std::make_unique<Initiator>(
      codec::Group::kX25519, std::vector<codec::Fingerprint>{other.node.fingerprint()});
  Initiator& initiator = *dialled.initiator;
  if (state == kStart) return dialled;
  const std::string hello = initiator.start(side.context(), make_seed(1));
  Responder responder;
  responder.receive(codec::as_bytes(hello), other.context());
  dialled.answer = responder.compute(other.context(), make_seed(2));
  EXPECT_NE(dialled.answer, "");
  if (state == kFailed) initiator.receive(codec::as_bytes("x"), side.context());
  if (state == kCompute || state == kFrames) {
    EXPECT_EQ(initiator.receive(codec::as_bytes(dialled.answer), side.context()),
              dialled.answer.size());
  }
  if (state == kFrames) initiator.compute(side.context());
  EXPECT_EQ(initiator.state(), state);
  return dialled;
}

// The number of bytes that were offered and not consumed.
std::size_t apply(Initiator& initiator, Event event, TestSide& side, const std::string& answer) {
  std::string bytes;
  if (event == Event::kGoodObject) bytes = answer;
  if (event == Event::kOtherBytes) bytes = "x";
  if (event == Event::kNope) bytes = "nope";
  if (!bytes.empty()) {
    return bytes.size() - initiator.receive(codec::as_bytes(bytes), side.context());
  }
  if (event == Event::kCompute) initiator.compute(side.context());
  if (event == Event::kExpire) initiator.expire();
  if (event == Event::kRefuse) initiator.refuse(Cause::kTooManySessions);
  if (event == Event::kEndOfStream) initiator.end_of_stream();
  return 0;
}

TEST_F(HandshakeStates, P_HS_InitiatorTable) {
  for (const Cell& cell : kInitiatorTable) {
    TestSide side(here_, {&there_});
    TestSide other(there_, {&here_});
    const Dialled dialled = initiator_in(cell.state, side, other);
    const std::size_t left = apply(*dialled.initiator, cell.event, side, dialled.answer);
    expect_cell(*dialled.initiator, cell);
    // Behind the responder's object everything is frames: left to the caller.
    const bool bytes = cell.event == Event::kGoodObject || cell.event == Event::kOtherBytes ||
                       cell.event == Event::kNope;
    const bool behind = cell.state == kCompute || cell.state == kFrames;
    EXPECT_EQ(left > 0, bytes && behind) << name_of(cell.event);
  }
}

TEST_F(HandshakeStates, P_HS_FailedInitiatorStaysFailed) {
  for (const Event event : kEvents) {
    TestSide side(here_, {&there_});
    TestSide other(there_, {&here_});
    const Dialled dialled = initiator_in(kFailed, side, other);
    EXPECT_EQ(apply(*dialled.initiator, event, side, dialled.answer), 0u) << name_of(event);
    expect_cell(*dialled.initiator, {kFailed, event, kFailed, Cause::kNotAnObject});
    EXPECT_EQ(dialled.initiator->start(side.context(), make_seed(9)), "");
  }
}

// SES-7: whatever the cause, the peer gets the same; only who has refused or gone gets nothing.
TEST_F(HandshakeStates, TCP_5_EveryCauseOwesTheSame) {
  for (int value = 1; value <= static_cast<int>(Cause::kLocalFailure); ++value) {
    const auto cause = static_cast<Cause>(value);
    Responder responder;
    EXPECT_FALSE(responder.owes_nope());
    responder.refuse(cause);
    EXPECT_EQ(responder.failure().cause, cause);
    EXPECT_EQ(responder.owes_nope(), cause != Cause::kRefusedByPeer) << name(cause);
    EXPECT_EQ(responder.compute(side_.context(), make_seed(1)), "");
    Initiator initiator(codec::Group::kX25519, {there_.fingerprint()});
    initiator.start(side_.context(), make_seed(1));
    initiator.refuse(cause);
    const bool gone = cause == Cause::kRefusedByPeer || cause == Cause::kClosedByPeer;
    EXPECT_EQ(initiator.owes_nope(), !gone) << name(cause);
  }
}

TEST_F(HandshakeStates, P_HS_StartSendsTheObjectOnceAndExpectsOne) {
  Initiator initiator(codec::Group::kX25519, {there_.fingerprint()});
  EXPECT_EQ(initiator.state(), kStart);
  EXPECT_FALSE(initiator.owes_nope());
  EXPECT_EQ(initiator.start(side_.context(), make_seed(1)).front(), '{');
  EXPECT_EQ(initiator.state(), kObject);
}

// The cells without a row are bugs of the caller, never something that a peer can bring about.
TEST_F(HandshakeStates, CallsOutOfTurnAreOurOwnBugs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const std::string object = testing::ObjectMaker(there_, kNow).object();
  EXPECT_DEATH({ (void)Responder().compute(side_.context(), make_seed(1)); }, "");
  EXPECT_DEATH(
      {
        Initiator initiator(codec::Group::kX25519, {there_.fingerprint()});
        initiator.receive(codec::as_bytes("{"), side_.context());
      },
      "");
  EXPECT_DEATH({ (void)Responder().take_result(); }, "");
  EXPECT_DEATH({ Initiator initiator(codec::Group::kX25519, {}); }, "");
  EXPECT_DEATH(
      {
        const auto responder = responder_in(kFrames, side_, object);
        responder->receive(codec::as_bytes("x"), side_.context());
      },
      "");
}

TEST(HandshakeState, NamesAreThoseOfTheEnum) {
  EXPECT_EQ(name(kStart), "expect_start");
  EXPECT_EQ(name(kObject), "expect_object");
  EXPECT_EQ(name(kCompute), "expect_compute");
  EXPECT_EQ(name(kFrames), "expect_frames");
  EXPECT_EQ(name(kFailed), "failed");
}

}  // namespace
}  // namespace sdmp::protocol
