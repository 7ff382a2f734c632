#include "engine/shard/receiver.h"

#include <cerrno>

#include <gtest/gtest.h>

#include "tests/engine/shard/core_support.h"

namespace sdmp::shard {
namespace {

struct Receiving : testing::CoreRig {
  explicit Receiving(const ShardConfig& config = {}) : CoreRig(config) {}
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
  r.core->rings.recycle(completion);
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
  r.core->rings.recycle(completion);
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
  r.receiver.arm(c);
  EXPECT_FALSE(c.receive_armed) << "not before there are buffers again";
  for (const auto& completion : taken) r.core->rings.recycle(completion);
  EXPECT_TRUE(r.receiver.has_work());
  r.receiver.work_some();
  EXPECT_FALSE(r.receiver.has_work());
  const auto rest = r.next();
  EXPECT_EQ(r.receiver.take(c, rest).kind, Received::Kind::kBytes) << "nothing is lost";
  r.core->rings.recycle(rest);
  r.pair.client.reset();
  r.receiver.take(c, r.next());
  r.end(c);
}

// Five seconds later, and the turn that follows.
void let_time_pass(Receiving& r) {
  r.core->now.monotonic_ms += 5'000;
  while (const TimerNode* node = r.core->timers.expire(r.core->now.monotonic_ms)) {
    ASSERT_EQ(node->kind, static_cast<std::uint8_t>(TimerKind::kIdle));
    r.receiver.on_idle_timer();
  }
  r.receiver.work_some();
}

// Takes the completion of the cancellation and that of what was cancelled.
void take_cancellation(Receiving& r, Connection& c) {
  for (int i = 0; i < 2; ++i) {
    const auto completion = r.next();
    if (completion.data.op == ring::Op::kCancel) {
      EXPECT_EQ(completion.result, 0);
      --c.operations;
    } else {
      EXPECT_EQ(completion.result, -ECANCELED);
      EXPECT_EQ(r.receiver.take(c, completion).kind, Received::Kind::kNothing);
    }
  }
  EXPECT_EQ(c.operations, 0);
}

TEST(Receiver, AnIdleSessionWaitsByAPoll) {
  Receiving r;
  Connection& c = r.connect(Phase::kEstablished);
  r.receiver.arm(c);
  let_time_pass(r);
  EXPECT_FALSE(c.receive_cancelled) << "not idle for long enough";
  let_time_pass(r);
  EXPECT_TRUE(c.receive_cancelled);
  take_cancellation(r, c);
  r.receiver.arm(c);
  EXPECT_EQ(r.core->counters.idle_sockets, 1u);
  EXPECT_EQ(r.core->timers.next_ms(), std::nullopt) << "nothing is left to look at";
  // What arrives is received as ever.
  ring::testing::write_all(r.pair.client.get(), "hello");
  EXPECT_EQ(r.receiver.take(c, r.next()).kind, Received::Kind::kNothing);
  EXPECT_EQ(r.core->counters.idle_sockets, 0u);
  EXPECT_EQ(c.operations, 0);
  r.receiver.arm(c);
  auto completion = r.next();
  Received received = r.receiver.take(c, completion);
  ASSERT_EQ(received.kind, Received::Kind::kBytes);
  EXPECT_EQ(codec::as_text(received.bytes), "hello");
  r.core->rings.recycle(completion);
  EXPECT_TRUE(completion.more) << "it is busy again";
  r.pair.client.reset();
  EXPECT_EQ(r.receiver.take(c, r.next()).kind, Received::Kind::kEnd);
  r.end(c);
}

TEST(Receiver, ABusySessionKeepsItsReceive) {
  Receiving r;
  Connection& c = r.connect(Phase::kEstablished);
  r.receiver.arm(c);
  for (int i = 0; i < 4; ++i) {
    let_time_pass(r);
    ring::testing::write_all(r.pair.client.get(), "x");
    const auto completion = r.next();
    EXPECT_EQ(r.receiver.take(c, completion).kind, Received::Kind::kBytes);
    EXPECT_TRUE(completion.more);
    r.core->rings.recycle(completion);
  }
  EXPECT_EQ(c.operations, 1);
  r.pair.client.reset();
  r.receiver.take(c, r.next());
  r.end(c);
}

// Whichever the kernel looks at first.
TEST(Receiver, OctetsThatMeetTheCancellationArrive) {
  Receiving r;
  Connection& c = r.connect(Phase::kEstablished);
  r.receiver.arm(c);
  r.core->rings.wait(0);
  let_time_pass(r);
  ring::testing::write_all(r.pair.client.get(), "x");
  let_time_pass(r);
  std::string got;
  while (got.empty() || c.receive_cancelled) {
    const auto completion = r.next();
    if (completion.data.op == ring::Op::kCancel) {
      --c.operations;
      continue;
    }
    got += codec::as_text(r.receiver.take(c, completion).bytes);
    r.core->rings.recycle(completion);
    r.receiver.arm(c);
  }
  EXPECT_EQ(got, "x");
  r.pair.client.reset();
  while (!c.end_of_input) {
    const auto completion = r.next();
    if (completion.data.op == ring::Op::kReceive) r.receiver.take(c, completion);
    r.receiver.arm(c);
  }
  r.end(c);
}

TEST(Receiver, APausedSessionIsNotAwaited) {
  Receiving r;
  Connection& c = r.connect(Phase::kEstablished);
  r.receiver.arm(c);
  r.receiver.pause(c);
  take_cancellation(r, c);
  let_time_pass(r);
  EXPECT_EQ(c.operations, 0);
  EXPECT_EQ(r.core->timers.next_ms(), std::nullopt);
  r.receiver.resume(c);
  EXPECT_EQ(c.operations, 1);
  EXPECT_EQ(r.core->counters.idle_sockets, 0u);
  let_time_pass(r);
  let_time_pass(r);
  take_cancellation(r, c);
  r.receiver.arm(c);
  EXPECT_EQ(r.core->counters.idle_sockets, 1u);
  // Nor is one that is paused while it waits by a poll.
  r.receiver.pause(c);
  take_cancellation(r, c);
  r.receiver.arm(c);
  EXPECT_EQ(c.operations, 0);
  EXPECT_EQ(r.core->counters.idle_sockets, 0u);
  r.end(c);
}

TEST(Receiver, WithoutATimeNothingBecomesIdle) {
  ShardConfig config;
  config.idle_after_ms = 0;
  Receiving r(config);
  Connection& c = r.connect(Phase::kEstablished);
  r.receiver.arm(c);
  EXPECT_EQ(r.core->timers.next_ms(), std::nullopt);
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
