#include "engine/shard/receiver.h"

#include <cerrno>

#include <gtest/gtest.h>

#include "tests/engine/shard/core_support.h"

namespace sdmp::shard {
namespace {

struct Receiving : testing::CoreRig {
  Receiver receiver{*core};
  void end(Connection& connection) { core->connections.remove(connection); }
};

TEST(Receiver, BringsOctetsAndTheEnd) {
  Receiving r;
  Connection& c = r.connect(Phase::kHandshaking);
  r.receiver.arm(c);
  r.receiver.arm(c);
  EXPECT_EQ(c.operations, 1);
  ring::testing::write_all(r.pair.client.get(), "hello");
  auto completion = r.next();
  Received received = r.receiver.take(c, completion);
  ASSERT_EQ(received.kind, Received::Kind::kBytes);
  EXPECT_EQ(codec::as_text(received.bytes), "hello");
  r.receiver.recycle(completion);
  r.pair.client.reset();
  EXPECT_EQ(r.receiver.take(c, r.next()).kind, Received::Kind::kEnd);
  EXPECT_TRUE(c.end_of_input);
  EXPECT_EQ(c.operations, 0);
  r.receiver.arm(c);
  EXPECT_EQ(c.operations, 0) << "nothing to receive any more";
  EXPECT_EQ(r.core->counters.bytes_in, 5u);
  r.end(c);
}

TEST(Receiver, PausedItReceivesNothing) {
  Receiving r;
  Connection& c = r.connect(Phase::kHandshaking);
  r.receiver.arm(c);
  r.receiver.pause(c);
  r.receiver.pause(c);
  EXPECT_EQ(c.operations, 2) << "the receive and its cancellation";
  for (int i = 0; i < 2; ++i) {
    const auto completion = r.next();
    if (completion.data.op == ring::Op::kCancel) {
      --c.operations;
    } else {
      EXPECT_EQ(completion.result, -ECANCELED);
      EXPECT_EQ(r.receiver.take(c, completion).kind, Received::Kind::kNothing);
    }
  }
  EXPECT_EQ(c.operations, 0);
  r.receiver.arm(c);
  EXPECT_EQ(c.operations, 0);
  r.receiver.resume(c);
  ring::testing::write_all(r.pair.client.get(), "x");
  auto completion = r.next();
  EXPECT_EQ(r.receiver.take(c, completion).kind, Received::Kind::kBytes);
  r.receiver.recycle(completion);
  r.pair.client.reset();
  r.receiver.take(c, r.next());
  r.end(c);
}

TEST(Receiver, AnEmptyGroupIsCountedAndNoError) {
  Receiving r;
  Connection& c = r.connect(Phase::kHandshaking);
  r.receiver.arm(c);
  ring::testing::write_all(r.pair.client.get(), std::string(8 * 4096 + 1, 'x'));
  std::vector<ring::Completion> taken;
  for (;;) {
    const auto completion = r.next();
    const Received received = r.receiver.take(c, completion);
    if (received.kind == Received::Kind::kNothing) break;
    taken.push_back(completion);
  }
  EXPECT_EQ(r.core->counters.receive_buffers_exhausted, 1u);
  EXPECT_FALSE(c.receive_armed);
  for (const auto& completion : taken) r.receiver.recycle(completion);
  r.receiver.arm(c);
  const auto rest = r.next();
  EXPECT_EQ(r.receiver.take(c, rest).kind, Received::Kind::kBytes) << "nothing is lost";
  r.receiver.recycle(rest);
  r.pair.client.reset();
  r.receiver.take(c, r.next());
  r.end(c);
}

TEST(Receiver, HeldOctetsKeepTheirOrder) {
  Receiving r;
  Connection& c = r.connect(Phase::kEstablished);
  r.receiver.hold(c, codec::Bytes{});
  EXPECT_EQ(c.held, nullptr);
  r.receiver.hold(c, codec::as_bytes("abcdef"));
  c.held->begin = 4;
  r.receiver.hold(c, codec::as_bytes("gh"));
  EXPECT_EQ(codec::as_text(c.held->rest()), "efgh");
  r.end(c);
}

}  // namespace
}  // namespace sdmp::shard
