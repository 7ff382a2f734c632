// Reading a peer's journal: gaps, forks, probes, room.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/protocol/scripted_peer.h"

namespace sdmp::protocol::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A session whose peer has sent `count` lines that were asked for and read to their end.
class PeerSyncJournal : public ::testing::Test {
 protected:
  void read_lines(std::size_t count) {
    peer_.start();
    for (std::size_t i = 0; i < count; ++i) peer_.append("line " + std::to_string(i));
    peer_.journal_update(peer_.beginning(), peer_.lines);
    nothing_new();
  }
  void nothing_new() { peer_.journal_update(asked().back(), {}); }
  const std::vector<codec::LineNumber>& asked() { return peer_.link->sent_journal_requests; }

  ScriptedPeer peer_;
};

TEST_F(PeerSyncJournal, P_SYN_ASessionStartsWithARequestFromTheBeginning) {
  peer_.start();
  EXPECT_THAT(asked(), ElementsAre(peer_.beginning()));
}

TEST_F(PeerSyncJournal, P_SYN_ASessionStartsWithARequestFromLastKnown) {
  read_lines(3);
  peer_.connect();
  peer_.start();
  EXPECT_THAT(asked(), ElementsAre(peer_.lines[2].number));
}

TEST_F(PeerSyncJournal, SYN_2_AnUpdateMovesLastKnownAndIsFollowedByARequestUntilNothingIsNew) {
  peer_.start();
  peer_.append("a");
  peer_.append("b");
  peer_.journal_update(peer_.beginning(), peer_.lines);
  EXPECT_EQ(peer_.cursor(), (PeerCursor{peer_.lines[1], 2, false}));
  EXPECT_THAT(asked(), ElementsAre(peer_.beginning(), peer_.lines[1].number));
  EXPECT_FALSE(peer_.progress().peer_journal_read);
  nothing_new();
  EXPECT_TRUE(peer_.progress().peer_journal_read);
  EXPECT_EQ(asked().size(), 2u);
}

TEST_F(PeerSyncJournal, SYN_5_AnUnpromptedUpdateThatContinuesIsAppliedAndNothingIsAsked) {
  read_lines(1);
  const std::size_t before = asked().size();
  peer_.append("next");
  peer_.journal_update(peer_.lines[0].number, peer_.from(1));
  EXPECT_EQ(peer_.cursor().last, peer_.lines[1]);
  EXPECT_EQ(asked().size(), before);
}

TEST_F(PeerSyncJournal, P_SYN_WhatIsKnownAlreadyIsSkippedInAnOverlappingUpdate) {
  read_lines(3);
  peer_.append("new");
  peer_.journal_update(peer_.lines[0].number, peer_.from(1));
  EXPECT_EQ(peer_.cursor(), (PeerCursor{peer_.lines[3], 4, false}));
  peer_.journal_update(peer_.beginning(), peer_.lines);
  EXPECT_EQ(peer_.cursor().position, 4u);
  EXPECT_FALSE(peer_.cursor().forked);
}

TEST_F(PeerSyncJournal, P_SYN_AGapLeadsToOneRequestFromLastKnown) {
  read_lines(1);
  const std::size_t before = asked().size();
  for (int i = 0; i < 4; ++i) peer_.append("later " + std::to_string(i));
  peer_.journal_update(peer_.lines[2].number, peer_.from(3));
  EXPECT_EQ(peer_.cursor().last, peer_.lines[0]);
  peer_.journal_update(peer_.lines[3].number, peer_.from(4));
  EXPECT_EQ(peer_.counters().updates_gap, 2u);
  ASSERT_EQ(asked().size(), before + 1);
  EXPECT_EQ(asked().back(), peer_.lines[0].number);
  peer_.journal_update(peer_.lines[0].number, peer_.from(1));
  EXPECT_EQ(peer_.cursor().last, peer_.lines.back());
}

TEST_F(PeerSyncJournal, P_SYN_AChainBrokenInsideAnUpdateIsNotApplied) {
  read_lines(1);
  for (int i = 0; i < 3; ++i) peer_.append("more " + std::to_string(i));
  std::vector<codec::JournalEntry> broken(peer_.lines.begin() + 1, peer_.lines.end());
  broken[2].number.octets[0] ^= 1;
  peer_.journal_update(peer_.lines[0].number, broken);
  EXPECT_EQ(peer_.counters().updates_broken, 1u);
  EXPECT_EQ(peer_.cursor(), (PeerCursor{peer_.lines[0], 1, false}));
  peer_.journal_update(peer_.lines[0].number, peer_.from(1));
  EXPECT_EQ(peer_.cursor().position, 4u);
}

TEST_F(PeerSyncJournal, P_SYN_AMissingLineInsideAnUpdateBreaksItsChain) {
  peer_.start();
  for (int i = 0; i < 3; ++i) peer_.append("line " + std::to_string(i));
  peer_.journal_update(peer_.beginning(), std::array{peer_.lines[0], peer_.lines[2]});
  EXPECT_EQ(peer_.counters().updates_broken, 1u);
  EXPECT_EQ(peer_.cursor().position, 0u);
}

TEST_F(PeerSyncJournal, P_SYN_ALineThatDoesNotFollowLastKnownIsAFork) {
  read_lines(2);
  ScriptedPeer other;  // the same keys, another history
  for (int i = 0; i < 4; ++i) other.append("other " + std::to_string(i));
  peer_.journal_update(peer_.lines[1].number, other.from(2));
  EXPECT_EQ(peer_.cursor(), (PeerCursor{peer_.lines[1], 2, true}));
  EXPECT_EQ(peer_.counters().journals_forked, 1u);
  EXPECT_TRUE(peer_.progress().forked);
}

TEST_F(PeerSyncJournal, P_SYN_AnotherTextUnderTheNumberOfLastKnownIsAFork) {
  read_lines(1);
  codec::JournalEntry twisted = peer_.lines[0];
  twisted.resource.octets[0] ^= 1;
  peer_.journal_update(peer_.beginning(), std::array{twisted});
  EXPECT_TRUE(peer_.cursor().forked);
}

TEST_F(PeerSyncJournal, P_SYN_AFirstLineThatDoesNotFollowTheFingerprintIsAFork) {
  peer_.start();
  peer_.append("a");
  peer_.append("b");
  peer_.journal_update(peer_.beginning(), peer_.from(1));
  EXPECT_TRUE(peer_.cursor().forked);
  EXPECT_EQ(peer_.cursor().position, 0u);
}

TEST_F(PeerSyncJournal, P_SYN_AForkSurvivesARestartAndStillAnswersAndTakesPushes) {
  read_lines(2);
  ScriptedPeer other;
  for (int i = 0; i < 3; ++i) other.append("other " + std::to_string(i));
  peer_.journal_update(peer_.lines[1].number, other.from(2));
  peer_.connect();
  peer_.start();
  EXPECT_TRUE(peer_.progress().forked);
  EXPECT_THAT(asked(), ElementsAre(peer_.lines[1].number));

  peer_.append("rightful");
  peer_.journal_update(peer_.lines[1].number, peer_.from(2));
  EXPECT_EQ(peer_.cursor(), (PeerCursor{peer_.lines[1], 2, true}));
  EXPECT_EQ(peer_.counters().messages_ignored, 1u);
  EXPECT_EQ(peer_.counters().journals_forked, 0u);  // counted when it was found

  const std::string post = peer_.them.post("pushed");
  EXPECT_FALSE(peer_.push(post));
  EXPECT_EQ(peer_.node.journal.size(), 1u);
  peer_.journal_request(peer_.us.fingerprint().text());
  EXPECT_EQ(peer_.link->sent_updates.back().count, 1u);
}

TEST_F(PeerSyncJournal, P_SYN_APeerThatDoesNotKnowOurLineButHasItFurtherOnIsNoFork) {
  read_lines(2);
  for (int i = 0; i < 4; ++i) peer_.append("more " + std::to_string(i));
  peer_.connect();
  peer_.start();
  // It answers from its beginning, one line at a time.
  peer_.journal_update(peer_.beginning(), peer_.from(0).first(1));
  EXPECT_EQ(asked().back(), peer_.lines[0].number);
  EXPECT_FALSE(peer_.cursor().forked);
  peer_.journal_update(peer_.lines[0].number, peer_.from(1).first(2));
  EXPECT_EQ(peer_.cursor().last, peer_.lines[2]);
  EXPECT_EQ(asked().back(), peer_.lines[2].number);
  peer_.journal_update(peer_.lines[2].number, peer_.from(3));
  EXPECT_EQ(peer_.cursor(), (PeerCursor{peer_.lines[5], 6, false}));
}

TEST_F(PeerSyncJournal, P_SYN_AJournalThatWasCutBehindOurBackIsAFork) {
  read_lines(3);
  peer_.connect();
  peer_.start();
  peer_.journal_update(peer_.beginning(), peer_.from(0).first(2));
  EXPECT_EQ(asked().back(), peer_.lines[1].number);
  EXPECT_FALSE(peer_.cursor().forked);
  peer_.journal_update(peer_.lines[1].number, {});
  EXPECT_EQ(peer_.cursor(), (PeerCursor{peer_.lines[2], 3, true}));
}

TEST_F(PeerSyncJournal, P_SYN_AJournalThatWasBegunAnewIsAFork) {
  read_lines(2);
  peer_.connect();
  peer_.start();
  ScriptedPeer other;
  other.append("anew");
  peer_.journal_update(peer_.beginning(), other.lines);
  EXPECT_FALSE(peer_.cursor().forked);
  peer_.journal_update(other.lines[0].number, {});
  EXPECT_TRUE(peer_.cursor().forked);
  EXPECT_EQ(peer_.counters().journals_forked, 1u);
}

TEST_F(PeerSyncJournal, P_SYN_AProbeThatContradictsItselfIsAFork) {
  read_lines(3);
  peer_.connect();
  peer_.start();
  peer_.journal_update(peer_.beginning(), peer_.from(0).first(1));
  ScriptedPeer other;
  for (int i = 0; i < 2; ++i) other.append("other " + std::to_string(i));
  peer_.journal_update(peer_.lines[0].number, other.from(1));
  EXPECT_TRUE(peer_.cursor().forked);
}

TEST_F(PeerSyncJournal, P_SYN_AnUpdateFromLastKnownEndsAProbe) {
  read_lines(2);
  peer_.append("next");
  peer_.connect();
  peer_.start();
  peer_.journal_update(peer_.beginning(), peer_.from(0).first(1));
  peer_.journal_update(peer_.lines[1].number, peer_.from(2));
  EXPECT_EQ(peer_.cursor(), (PeerCursor{peer_.lines[2], 3, false}));
  EXPECT_EQ(asked().back(), peer_.lines[2].number);
  nothing_new();
  EXPECT_FALSE(peer_.cursor().forked);
}

TEST_F(PeerSyncJournal, P_FRAME_MalformedUpdatesAreIgnoredAndCounted) {
  peer_.start();
  const std::string since = peer_.beginning().text();
  for (const std::string& body :
       {std::string(), std::string(R"("data":{"type":"journal"})"),
        R"("data":{"type":"resource","since":")" + since + R"(","entries":[]})",
        R"("data":{"type":"journal","since":")" + since + R"("})",
        R"("data":{"type":"journal","since":")" + since + R"(","entries":["x"]})",
        R"("data":{"type":"journal","since":")" + since + R"(","entries":[1]})",
        std::string(R"("data":{"type":"journal","since":"?","entries":[]})")}) {
    EXPECT_FALSE(peer_.deliver("journal_update", body)) << body;
  }
  EXPECT_EQ(peer_.counters().messages_malformed, 7u);
  EXPECT_EQ(peer_.cursor(), PeerCursor{});
}

TEST_F(PeerSyncJournal, AnUnansweredRequestIsSentAgainAndGivenUp) {
  peer_.start();
  for (int i = 0; i < 2 * kJournalRequestAttemptsMax; ++i) peer_.link->advance(kRequestTimeoutMs);
  EXPECT_EQ(asked().size(), static_cast<std::size_t>(kJournalRequestAttemptsMax));
  EXPECT_FALSE(peer_.link->sync.deadline_ms());
}

TEST_F(PeerSyncJournal, NothingIsAppliedBeyondTheRoomForWantedResources) {
  peer_.start();
  for (std::size_t i = 0; i < kWantedMax + 100; ++i) peer_.append("line " + std::to_string(i));
  peer_.journal_update(peer_.beginning(), peer_.lines);
  EXPECT_EQ(peer_.cursor().position, kWantedMax);
  EXPECT_EQ(peer_.wanted().size(), kWantedMax);
  EXPECT_EQ(asked().size(), 1u);
  // A broadcast finds no room either, and does not make us ask.
  peer_.journal_update(peer_.lines[kWantedMax - 1].number, peer_.from(kWantedMax));
  EXPECT_EQ(peer_.cursor().position, kWantedMax);
  EXPECT_EQ(asked().size(), 1u);
  // Half of them turn out to be nowhere: there is room again.
  for (std::size_t i = 0; i < kWantedMax / 2; ++i) {
    ASSERT_FALSE(peer_.respond(codec::ResponseStatus::kNotFound,
                               peer_.link->sent_requests.at(i).identifier));
  }
  ASSERT_EQ(asked().size(), 2u);
  EXPECT_EQ(asked().back(), peer_.lines[kWantedMax - 1].number);
  peer_.journal_update(asked().back(), peer_.from(kWantedMax));
  EXPECT_EQ(peer_.cursor().position, kWantedMax + 100);
}

TEST_F(PeerSyncJournal, OurOwnPublicationsAndWhatWeHoldAreNotWanted) {
  peer_.start();
  const std::string held = peer_.them.post("held");
  peer_.node.publish(held);
  peer_.append_post(peer_.them, held);
  peer_.append_post(peer_.us, peer_.us.post("ours, lost"));
  peer_.journal_update(peer_.beginning(), peer_.lines);
  EXPECT_EQ(peer_.cursor().position, 2u);
  EXPECT_THAT(peer_.wanted(), IsEmpty());
  EXPECT_THAT(peer_.link->sent_requests, IsEmpty());
}

}  // namespace
}  // namespace sdmp::protocol::testing
