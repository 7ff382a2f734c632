#include "engine/relay/sync_round.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sdmp::relay {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kTimeoutMs = 3'000;
const std::string kAddress = "192.0.2.1:7367";

std::string why(const SyncRound& round, std::int64_t timeout_ms = kTimeoutMs) {
  const auto conclusion = round.conclusion(kAddress, timeout_ms);
  return conclusion ? "" : conclusion.error();
}

SyncRound established() {
  SyncRound round;
  round.peer.emplace();
  return round;
}

TEST(SyncRound, WithoutASessionItSaysWhyThereIsNone) {
  SyncRound round;
  EXPECT_FALSE(round.over());
  EXPECT_EQ(why(round), "no session with 192.0.2.1:7367: no answer within 3 s");
  EXPECT_EQ(why(round, 1'500), "no session with 192.0.2.1:7367: no answer within 1500 ms");
  round.ended = "connection refused";
  EXPECT_TRUE(round.over());
  EXPECT_EQ(why(round), "no session with 192.0.2.1:7367: connection refused");
}

TEST(SyncRound, ACompleteOneIsOverAndNeedsNoWords) {
  SyncRound round = established();
  round.progress.peer_journal_read = true;
  round.progress.barrier_passed = true;
  EXPECT_TRUE(round.over());
  EXPECT_EQ(why(round), "");
  round.ended = "closed by the peer";
  EXPECT_EQ(why(round), "") << "what comes after its completion does not matter";
}

TEST(SyncRound, AnUnfinishedOneNamesItsCause) {
  SyncRound round = established();
  EXPECT_EQ(why(round), "the round did not finish: the peer stopped answering for 3 s");
  round.progress.delivered = 5;
  round.progress.acknowledged = 2;
  EXPECT_EQ(why(round),
            "the peer has not confirmed 3 delivered resources: does it trust their publishers?");
  round.ended = "closed by the peer";
  EXPECT_EQ(why(round), "the session with 192.0.2.1:7367 ended early: closed by the peer");
}

TEST(SyncRound, AForkIsAFailureEvenWhenNothingIsMissing) {
  SyncRound round = established();
  round.progress.peer_journal_read = true;
  round.progress.barrier_passed = true;
  round.progress.forked = true;
  EXPECT_THAT(why(round), HasSubstr("`sdmp reset-peer " + round.peer->text() + "`"));
}

TEST(SyncRound, AForkedOneIsNotWaitedForLong) {
  SyncRound round = established();
  EXPECT_EQ(round.patience_ms(kTimeoutMs), kTimeoutMs);
  round.progress.forked = true;
  EXPECT_EQ(round.patience_ms(kTimeoutMs), kForkedQuietMs);
  EXPECT_EQ(round.patience_ms(500), 500);
}

}  // namespace
}  // namespace sdmp::relay
