#include "engine/shard/sender.h"

#include <set>

#include <gtest/gtest.h>

#include "tests/engine/shard/core_support.h"

namespace sdmp::shard {
namespace {

struct Sending : testing::CoreRig {
  Sender sender{*core};

  std::string receive(std::size_t size) {
    std::string octets(size, '\0');
    const ssize_t got = ::recv(pair.client.get(), octets.data(), size, MSG_WAITALL);
    octets.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return octets;
  }
  void end(Connection& connection) {
    core->timers.cancel(connection.timer);
    sender.discard(connection);
    core->connections.remove(connection);
  }
};

TEST(Sender, ATurnIsOneSend) {
  Sending s;
  Connection& c = s.connect(Phase::kHandshaking);
  s.sender.append(c, codec::as_bytes("one"));
  s.sender.append(c, codec::as_bytes("two"));
  s.sender.flush();
  EXPECT_EQ(c.operations, 1);
  EXPECT_FALSE(s.sender.has_room(c)) << "the kernel holds the buffer";
  const auto completion = s.next();
  EXPECT_EQ(completion.result, 6);
  EXPECT_EQ(s.sender.on_sent(c, completion), Sender::Outcome::kDone);
  EXPECT_FALSE(s.sender.busy(c)) << "an idle session holds no buffer";
  EXPECT_EQ(s.receive(6), "onetwo");
  s.end(c);
}

TEST(Sender, GrowsForALargeFrameAndKeepsTheOrder) {
  Sending s;
  Connection& c = s.connect(Phase::kHandshaking);
  const std::string large(300'000, 'x');
  s.sender.append(c, codec::as_bytes("first"));
  s.sender.append(c, codec::as_bytes(large));
  EXPECT_FALSE(s.sender.has_room(c)) << "a batch is full";
  std::string got;
  std::thread reader([&] { got = s.receive(5 + large.size()); });
  s.sender.flush();
  while (s.sender.on_sent(c, s.next()) == Sender::Outcome::kMore) s.sender.flush();
  reader.join();
  EXPECT_TRUE(got == "first" + large);
  s.end(c);
}

// What is left of a large buffer, of a turn before, moves to a smaller one.
TEST(Sender, CountsTheMemoryThatATurnTook) {
  Sending s;
  Connection& c = s.connect(Phase::kHandshaking);
  s.sender.append(c, codec::as_bytes(std::string(400'000, 'x')));
  EXPECT_GE(s.sender.queued_bytes(), 400'000u);
  c.send_in_flight = true;
  s.sender.flush();
  EXPECT_EQ(s.sender.queued_bytes(), 0u);
  c.send_in_flight = false;
  c.output->begin = c.output->end - 20'000;
  s.sender.append(c, codec::as_bytes(std::string(4'000, 'y')));
  EXPECT_LT(c.output->capacity, 400'000u);
  EXPECT_EQ(s.sender.queued_bytes(), c.output->capacity);
  s.end(c);
}

TEST(Sender, PartialSendsGoOnWhereTheyStopped) {
  Sending s;
  Connection& c = s.connect(Phase::kHandshaking);
  s.sender.append(c, codec::as_bytes("abcdef"));
  s.sender.flush();
  auto completion = s.next();
  completion.result = 2;  // as if the kernel had taken no more
  EXPECT_EQ(s.sender.on_sent(c, completion), Sender::Outcome::kMore);
  s.sender.flush();
  EXPECT_EQ(s.sender.on_sent(c, s.next()), Sender::Outcome::kDone);
  EXPECT_EQ(s.receive(10).substr(0, 10), "abcdefcdef");
  s.end(c);
}

TEST(Sender, DiscardedOutputIsNotSent) {
  Sending s;
  Connection& c = s.connect(Phase::kHandshaking);
  s.sender.append(c, codec::as_bytes("never"));
  s.sender.discard(c);
  s.sender.flush();
  EXPECT_EQ(c.operations, 0);
  s.end(c);
}

TEST(Sender, ABrokenConnectionIsReported) {
  Sending s;
  Connection& c = s.connect(Phase::kHandshaking);
  s.pair.client.reset();
  Sender::Outcome outcome = Sender::Outcome::kDone;
  while (outcome == Sender::Outcome::kDone) {
    s.sender.append(c, codec::as_bytes("x"));
    s.sender.flush();
    outcome = s.sender.on_sent(c, s.next());
  }
  EXPECT_EQ(outcome, Sender::Outcome::kFailed);
  EXPECT_FALSE(s.sender.busy(c));
  s.end(c);
}

TEST(Sender, AnEstablishedSessionsSendHasADeadlineThatItSharesWithOthers) {
  Sending s;
  const std::int64_t stall = s.core->config.send_stall_ms;
  Connection& c = s.connect(Phase::kEstablished);
  std::set<std::int64_t> deadlines;
  for (std::int64_t now = 1'000'000; now < 1'000'000 + stall / 64; ++now) {
    s.core->now.monotonic_ms = now;
    s.core->timers.cancel(c.timer);
    s.sender.append(c, codec::as_bytes("x"));
    s.sender.flush();
    ASSERT_TRUE(c.timer.armed());
    ASSERT_GE(c.timer.deadline_ms, now + stall);
    ASSERT_LE(c.timer.deadline_ms, now + stall + stall / 64);
    deadlines.insert(c.timer.deadline_ms);
    s.sender.on_sent(c, s.next());
  }
  EXPECT_LE(deadlines.size(), 2u);
  s.end(c);
}

}  // namespace
}  // namespace sdmp::shard
