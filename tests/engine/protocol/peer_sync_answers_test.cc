// Answering what a peer asks for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/protocol/scripted_peer.h"

namespace sdmp::protocol::testing {
namespace {

using codec::ResponseStatus;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PeerSyncAnswers : public ::testing::Test {
 protected:
  void publish(int count) {
    for (int i = 0; i < count; ++i) ids_.push_back(peer_.node.publish_post(std::to_string(i)));
  }
  std::string own() const { return peer_.us.fingerprint().text(); }
  std::string number(std::size_t line) const {
    return peer_.node.journal.at(line - 1).number.text();
  }
  void expect_update(std::string_view since, std::uint64_t first, std::uint64_t count) {
    ASSERT_FALSE(peer_.link->sent_updates.empty());
    const FakeLink::SentUpdate& update = peer_.link->sent_updates.back();
    EXPECT_EQ(update.since, since);
    EXPECT_EQ(update.count, count);
    if (count > 0) {
      EXPECT_EQ(update.first, first);
    }
  }
  const FakeLink::SentAnswer& ask(std::string_view request) {
    const auto failure = peer_.deliver("resource_request", request);
    EXPECT_FALSE(failure);
    return peer_.link->sent_answers.back();
  }
  std::string request_body(std::string_view identifier, const codec::Identifier& resource) const {
    return codec::resource_request_body(identifier, peer_.us.fingerprint(), resource);
  }

  ScriptedPeer peer_;
  std::vector<codec::Identifier> ids_;
};

TEST_F(PeerSyncAnswers, SYN_4_TheAnswerHoldsWhatFollowsSince) {
  publish(5);
  peer_.start();
  peer_.journal_request(own());
  expect_update(own(), 1, 5);
  peer_.journal_request(number(2));
  expect_update(number(2), 3, 3);
}

TEST_F(PeerSyncAnswers, P_SYN_NothingNewEchoesSince) {
  publish(3);
  peer_.start();
  peer_.journal_request(number(3));
  expect_update(number(3), 0, 0);
}

TEST_F(PeerSyncAnswers, P_SYN_ALineThatIsNotAnnouncedYetIsKnownAllTheSame) {
  publish(3);
  peer_.link->unannounced = 2;
  peer_.start();
  peer_.journal_request(number(3));
  expect_update(number(3), 0, 0);
  peer_.journal_request(own());
  expect_update(own(), 1, 1);
  peer_.link->unannounced = 0;
  peer_.link->sync.pump(peer_.link->now);
  expect_update(number(1), 2, 2);
}

TEST_F(PeerSyncAnswers, P_SYN_AnUnknownSinceIsAnsweredFromTheBeginning) {
  publish(3);
  peer_.start();
  for (const std::string& since : {peer_.them.fingerprint().text(), std::string("?"), std::string(),
                                   std::string(5'000, 'x')}) {
    peer_.link->sent_updates.clear();
    peer_.journal_request(since);
    expect_update(own(), 1, 3);
  }
}

TEST_F(PeerSyncAnswers, P_SYN_AnEmptyJournalAnswersNothingNew) {
  peer_.start();
  peer_.journal_request(own());
  expect_update(own(), 0, 0);
  peer_.journal_request("not a line");
  expect_update("not a line", 0, 0);
  peer_.journal_request(std::string(5'000, 'x'));
  expect_update(own(), 0, 0);
}

TEST_F(PeerSyncAnswers, SYN_3_LimitCapsTheAnswer) {
  publish(5);
  peer_.start();
  peer_.journal_request(own(), R"(,"limit":2)");
  expect_update(own(), 1, 2);
  peer_.journal_request(own(), R"(,"limit":18446744073709551617)");
  expect_update(own(), 1, 5);
}

TEST_F(PeerSyncAnswers, P_SYN_ALimitOfZeroGetsAnEmptyAnswer) {
  publish(2);
  peer_.start();
  peer_.journal_request(number(1), R"(,"limit":0)");
  expect_update(number(1), 0, 0);
  peer_.journal_request("unknown", R"(,"limit":0)");
  expect_update("unknown", 0, 0);
}

TEST_F(PeerSyncAnswers, P_SYN_ANegativeOrFractionalLimitIsMalformed) {
  publish(1);
  peer_.start();
  for (const char* limit : {"-1", "1.5", "1e0", "\"1\"", "null"}) {
    peer_.journal_request(own(), std::string(R"(,"limit":)") + limit);
  }
  EXPECT_EQ(peer_.counters().messages_malformed, 5u);
  EXPECT_THAT(peer_.link->sent_updates, IsEmpty());
}

TEST_F(PeerSyncAnswers, P_SYN_OurOwnCapIsLowerThanWhatIsAsked) {
  codec::LineNumber at = codec::number_after(peer_.us.fingerprint());
  for (std::uint64_t i = 0; i < kUpdateEntriesMax + 5; ++i) {
    codec::Identifier resource;
    resource.octets = codec::sha512(codec::as_bytes(std::to_string(i)));
    peer_.node.journal.push_back({at, peer_.us.fingerprint(), resource});
    at = codec::number_after(peer_.node.journal.back());
  }
  peer_.start();
  peer_.journal_request(own(), R"(,"limit":100000)");
  expect_update(own(), 1, kUpdateEntriesMax);
  peer_.journal_request(number(kUpdateEntriesMax));
  expect_update(number(kUpdateEntriesMax), kUpdateEntriesMax + 1, 5);
}

TEST_F(PeerSyncAnswers, SYN_7_ARequestIsAnsweredWithTheCompleteContainer) {
  publish(1);
  peer_.start();
  const FakeLink::SentAnswer& answer = ask(request_body("q", ids_[0]));
  EXPECT_EQ(answer.status, ResponseStatus::kOk);
  EXPECT_EQ(answer.request, "q");
  EXPECT_EQ(answer.content, ids_[0]);
  EXPECT_EQ(peer_.counters().requests_answered, 1u);
}

TEST_F(PeerSyncAnswers, SYN_8_WhatIsNotHereIsNotFound) {
  publish(1);
  peer_.start();
  codec::Identifier absent = ids_[0];
  absent.octets[5] ^= 1;
  EXPECT_EQ(ask(request_body("a", absent)).status, ResponseStatus::kNotFound);
  // Ours, but asked for as another's.
  EXPECT_EQ(ask(codec::resource_request_body("b", peer_.them.fingerprint(), ids_[0])).status,
            ResponseStatus::kNotFound);
  EXPECT_EQ(peer_.link->sent_answers.back().request, "b");
  EXPECT_EQ(peer_.counters().requests_not_found, 2u);
}

TEST_F(PeerSyncAnswers, P_SYN_AReplacedOrDeletedResourceIsNotFound) {
  publish(2);
  const codec::Identifier newer = peer_.node.publish(
      codec::build_post(peer_.us.key, kNow, "", "newer", std::span(ids_).first(1)));
  peer_.node.publish(codec::build_deletion(peer_.us.key, kNow, std::span(ids_).last(1)));
  peer_.start();
  EXPECT_EQ(ask(request_body("1", ids_[0])).status, ResponseStatus::kNotFound);
  EXPECT_EQ(ask(request_body("2", ids_[1])).status, ResponseStatus::kNotFound);
  EXPECT_EQ(ask(request_body("3", newer)).status, ResponseStatus::kOk);
}

TEST_F(PeerSyncAnswers, P_SYN_AnIdentifierThatCannotBeEchoedIsAnswered400WithoutIt) {
  publish(1);
  peer_.start();
  for (const std::string& identifier : {std::string(41, 'x'), std::string("\xc3\xa4")}) {
    const FakeLink::SentAnswer& answer = ask(request_body(identifier, ids_[0]));
    EXPECT_EQ(answer.status, ResponseStatus::kBadRequest);
    EXPECT_FALSE(answer.request.has_value());
  }
  EXPECT_EQ(peer_.counters().requests_bad, 2u);
  EXPECT_EQ(ask(request_body(std::string(40, 'x'), ids_[0])).status, ResponseStatus::kOk);
}

TEST_F(PeerSyncAnswers, P_SYN_TheEmptyIdentifierIsValid) {
  publish(1);
  peer_.start();
  const FakeLink::SentAnswer& answer = ask(request_body("", ids_[0]));
  EXPECT_EQ(answer.status, ResponseStatus::kOk);
  EXPECT_EQ(answer.request, "");
}

TEST_F(PeerSyncAnswers, P_FRAME_AMalformedRequestIsAnswered400WithItsIdentifier) {
  peer_.start();
  const auto expect_bad = [&](std::string_view body, std::optional<std::string> request) {
    const FakeLink::SentAnswer& answer = ask(body);
    EXPECT_EQ(answer.status, ResponseStatus::kBadRequest) << body;
    EXPECT_EQ(answer.request, request) << body;
    EXPECT_FALSE(answer.content.has_value());
  };
  expect_bad(R"("request":{"type":"resource","identifier":"i"})", "i");
  expect_bad(R"("request":{"type":"journal","identifier":"i"})", "i");
  expect_bad(R"("request":{"type":"resource","identifier":"i","author":"x","resource":"y"})", "i");
  expect_bad(R"("request":{"type":"resource","identifier":7})", std::nullopt);
  expect_bad(R"("request":[])", std::nullopt);
  expect_bad("", std::nullopt);
}

TEST_F(PeerSyncAnswers, NoMoreRequestsAreReadThanMayWait) {
  publish(1);
  peer_.start();
  peer_.link->room = 0;
  for (std::size_t i = 0; i < kPendingAnswersMax; ++i) {
    ASSERT_TRUE(peer_.link->sync.wants_input());
    ASSERT_FALSE(peer_.deliver("resource_request", request_body(std::to_string(i), ids_[0])));
  }
  EXPECT_FALSE(peer_.link->sync.wants_input());
  EXPECT_EQ(peer_.progress().pending_answers, kPendingAnswersMax);
  peer_.link->room = 10;
  peer_.link->sync.pump(peer_.link->now);
  EXPECT_THAT(peer_.link->sent_answers, SizeIs(10));
  EXPECT_EQ(peer_.link->sent_answers[9].request, "9");
  EXPECT_TRUE(peer_.link->sync.wants_input());
}

}  // namespace
}  // namespace sdmp::protocol::testing
