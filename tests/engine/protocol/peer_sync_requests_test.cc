// Fetching what a peer's journal announced.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/protocol/scripted_peer.h"

namespace sdmp::protocol::testing {
namespace {

using codec::ResponseStatus;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PeerSyncRequests : public ::testing::Test {
 protected:
  // The peer announces these resources of its own.
  void announce(const std::vector<std::string>& posts) {
    const std::size_t before = peer_.lines.size();
    const codec::LineNumber since =
        before == 0 ? peer_.beginning() : peer_.lines[before - 1].number;
    for (const std::string& post : posts) peer_.append_post(peer_.them, post);
    peer_.journal_update(since, peer_.from(before));
  }
  std::vector<FakeLink::SentRequest>& sent() { return peer_.link->sent_requests; }

  ScriptedPeer peer_;
};

TEST_F(PeerSyncRequests, SYN_9_WhatIsUnknownIsRequestedAndJournalledInOrder) {
  peer_.start();
  const std::vector<std::string> posts = {peer_.them.post("1"), peer_.them.post("2")};
  announce(posts);
  ASSERT_THAT(sent(), SizeIs(2));
  EXPECT_EQ(sent()[0].wanted, (Wanted{peer_.them.fingerprint(), peer_.lines[0].resource}));
  EXPECT_NE(sent()[0].identifier, sent()[1].identifier);
  EXPECT_LE(sent()[0].identifier.size(), codec::kRequestIdentifierMax);
  EXPECT_EQ(peer_.progress().wanted, 2u);
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, sent()[0].identifier, posts[0]));
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, sent()[1].identifier, posts[1]));
  ASSERT_THAT(peer_.node.journal, SizeIs(2));
  EXPECT_EQ(peer_.node.journal[0].resource, peer_.lines[0].resource);
  EXPECT_EQ(peer_.node.resources.at(peer_.lines[1].resource).text, posts[1]);
  EXPECT_THAT(peer_.wanted(), IsEmpty());
  EXPECT_EQ(peer_.progress().wanted, 0u);
  EXPECT_EQ(peer_.progress().received, 2u);
  EXPECT_THAT(peer_.node.claims, IsEmpty());
}

TEST_F(PeerSyncRequests, NoMoreThanTheLimitIsInFlight) {
  peer_.start();
  std::vector<std::string> posts;
  for (std::size_t i = 0; i < kRequestsInFlightMax + 3; ++i) {
    posts.push_back(peer_.them.post(std::to_string(i)));
  }
  announce(posts);
  ASSERT_THAT(sent(), SizeIs(kRequestsInFlightMax));
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, sent()[0].identifier, posts[0]));
  EXPECT_THAT(sent(), SizeIs(kRequestsInFlightMax + 1));
}

TEST_F(PeerSyncRequests, P_SYN_WantedResourcesSurviveARestart) {
  peer_.start();
  const std::string post = peer_.them.post("wanted");
  announce({post});
  EXPECT_THAT(peer_.wanted(), SizeIs(1));
  peer_.connect();
  peer_.start();
  ASSERT_THAT(sent(), SizeIs(1));
  EXPECT_EQ(sent()[0].wanted.resource, peer_.lines[0].resource);
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, sent()[0].identifier, post));
  EXPECT_TRUE(peer_.node.holds(peer_.lines[0].resource));
}

TEST_F(PeerSyncRequests, ACrashBeforeTheCursorIsDurableLosesNothing) {
  peer_.start();
  peer_.commit = false;
  announce({peer_.them.post("x")});
  peer_.connect();  // posts are gone
  EXPECT_EQ(peer_.cursor(), PeerCursor{});
  EXPECT_THAT(peer_.wanted(), IsEmpty());
  peer_.start();
  EXPECT_EQ(peer_.link->sent_journal_requests.back(), peer_.beginning());
}

TEST_F(PeerSyncRequests, WhatCameFromElsewhereMeanwhileIsForgotten) {
  peer_.start();
  const std::string post = peer_.them.post("x");
  announce({post});
  peer_.connect();
  peer_.node.publish(post);
  peer_.start();
  peer_.node.commit();
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_THAT(peer_.wanted(), IsEmpty());
}

TEST_F(PeerSyncRequests, SYN_8_What404SaysIsNotAskedForAgain) {
  for (const ResponseStatus status : {ResponseStatus::kNotFound, ResponseStatus::kBadRequest}) {
    ScriptedPeer peer;
    peer.start();
    peer.append("nowhere");
    peer.journal_update(peer.beginning(), peer.lines);
    ASSERT_THAT(peer.link->sent_requests, SizeIs(1));
    ASSERT_FALSE(peer.respond(status, peer.link->sent_requests[0].identifier));
    EXPECT_THAT(peer.wanted(), IsEmpty());
    EXPECT_THAT(peer.node.claims, IsEmpty());
    EXPECT_EQ(peer.progress().refused, 1u);
    peer.connect();
    peer.start();
    EXPECT_THAT(peer.link->sent_requests, IsEmpty());
  }
}

TEST_F(PeerSyncRequests, AnAnswerThatDoesNotComeIsAskedForAgainAfterTheOthers) {
  peer_.start();
  announce({peer_.them.post("slow")});
  ASSERT_THAT(sent(), SizeIs(1));
  ASSERT_TRUE(peer_.link->sync.deadline_ms().has_value());
  peer_.link->advance(kRequestTimeoutMs - 1);
  EXPECT_THAT(sent(), SizeIs(1));
  peer_.link->advance(1);
  EXPECT_THAT(sent(), SizeIs(1));
  EXPECT_THAT(peer_.node.claims, IsEmpty()) << "another peer that announced it may be asked first";
  peer_.link->advance(kClaimRetryMs);
  ASSERT_THAT(sent(), SizeIs(2));
  EXPECT_EQ(sent()[1].wanted, sent()[0].wanted);
  EXPECT_NE(sent()[1].identifier, sent()[0].identifier);
  // The first answer comes after all: it is as good as a push; the second is a duplicate.
  const std::string post = peer_.them.post("slow");
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, sent()[0].identifier, post));
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, sent()[1].identifier, post));
  EXPECT_THAT(peer_.node.journal, SizeIs(1));
  EXPECT_EQ(peer_.counters().resources_duplicate, 1u);
  EXPECT_THAT(peer_.node.claims, IsEmpty());
}

TEST_F(PeerSyncRequests, OneRequestAtATimeWhateverNumberOfPeersAnnouncedIt) {
  peer_.start();
  const std::string post = peer_.them.post("claimed");
  const codec::Identifier id = peer_.node.reader.parse_copy(post)->identifier();
  peer_.node.claims.insert(id);  // another session is fetching it
  announce({post, peer_.them.post("free")});
  ASSERT_THAT(sent(), SizeIs(1));
  EXPECT_EQ(sent()[0].wanted.resource, peer_.lines[1].resource);
  EXPECT_TRUE(peer_.link->sync.has_output());
  peer_.node.claims.erase(id);
  peer_.link->advance(kClaimRetryMs);
  ASSERT_THAT(sent(), SizeIs(2));
  EXPECT_EQ(sent()[1].wanted.resource, id);
}

TEST_F(PeerSyncRequests, StopReleasesItsClaims) {
  peer_.start();
  announce({peer_.them.post("1"), peer_.them.post("2")});
  peer_.commit = false;
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, sent()[0].identifier, peer_.them.post("1")));
  EXPECT_THAT(peer_.node.claims, SizeIs(2));
  peer_.link->sync.stop();
  EXPECT_THAT(peer_.node.claims, IsEmpty());
}

TEST_F(PeerSyncRequests, P_SYN_WhatWasRefusedIsAskedForAgainWhenTrustChanges) {
  peer_.start();
  const std::string post = peer_.stranger.post("of a stranger");
  peer_.append_post(peer_.stranger, post);
  peer_.journal_update(peer_.beginning(), peer_.lines);
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(peer_.progress().refused, 1u);
  EXPECT_THAT(peer_.wanted(), SizeIs(1));
  peer_.node.set_trust(make_trust(peer_.us, {&peer_.them, &peer_.stranger}));
  ASSERT_THAT(sent(), SizeIs(1));
  EXPECT_EQ(peer_.progress().refused, 0u);
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, sent()[0].identifier, post));
  EXPECT_TRUE(peer_.node.holds(peer_.lines[0].resource));
}

TEST_F(PeerSyncRequests, P_SYN_TrustThatChangesWhileProgressIsUnderWayIsNotMissed) {
  peer_.start();
  peer_.commit = false;
  peer_.append_post(peer_.stranger, peer_.stranger.post("of a stranger"));
  peer_.journal_update(peer_.beginning(), peer_.lines);
  peer_.node.set_trust(make_trust(peer_.us, {&peer_.them, &peer_.stranger}));
  EXPECT_THAT(sent(), IsEmpty());
  peer_.node.commit();
  EXPECT_THAT(sent(), SizeIs(1));
}

TEST_F(PeerSyncRequests, P_SYN_ContentRefusedOnArrivalIsAskedForAgainWhenTrustChanges) {
  // Reached, but with `host` only: a post is refused when it is here.
  TestNode host(40, codec::KeyType::kEd25519, codec::RelationshipType::kHost);
  peer_.node.trust = make_trust(peer_.us, {&peer_.them, &host});
  peer_.start();
  const std::string post = host.post("not allowed");
  peer_.append_post(host, post);
  peer_.journal_update(peer_.beginning(), peer_.lines);
  ASSERT_THAT(sent(), SizeIs(1));
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, sent()[0].identifier, post));
  EXPECT_EQ(peer_.counters().resources_untrusted, 1u);
  EXPECT_EQ(peer_.progress().refused, 1u);
  EXPECT_THAT(peer_.node.claims, IsEmpty());
  host.link = codec::RelationshipType::kPublisher;
  peer_.node.set_trust(make_trust(peer_.us, {&peer_.them, &host}));
  ASSERT_THAT(sent(), SizeIs(2));
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, sent()[1].identifier, post));
  EXPECT_TRUE(peer_.node.holds(peer_.lines[0].resource));
}

TEST_F(PeerSyncRequests, RefusedResourcesDoNotStandInTheWayOfOthers) {
  for (std::size_t i = 0; i < kWantedMax + 10; ++i) {
    codec::Identifier resource;
    resource.octets = codec::sha512(codec::as_bytes("refused " + std::to_string(i)));
    peer_.node.wanted[peer_.them.fingerprint()].push_back({peer_.stranger.fingerprint(), resource});
  }
  const std::string post = peer_.them.post("behind them");
  const codec::Identifier id = peer_.node.reader.parse_copy(post)->identifier();
  peer_.node.wanted[peer_.them.fingerprint()].push_back({peer_.them.fingerprint(), id});
  peer_.start();
  ASSERT_THAT(sent(), SizeIs(1));
  EXPECT_EQ(sent()[0].wanted.resource, id);
  EXPECT_EQ(peer_.progress().refused, kWantedMax + 10);
}

class PeerSyncLoading : public PeerSyncRequests {
 protected:
  void remember(const codec::Fingerprint& publisher, std::size_t count) {
    std::vector<Wanted>& list = peer_.node.wanted[peer_.them.fingerprint()];
    for (std::size_t i = 0; i < count; ++i) {
      codec::Identifier resource;
      resource.octets = codec::sha512(codec::as_bytes("remembered " + std::to_string(list.size())));
      list.push_back({publisher, resource});
    }
  }
};

TEST_F(PeerSyncLoading, WhatTheStoreRemembersIsReadInPortions) {
  remember(peer_.them.fingerprint(), 1);
  remember(peer_.stranger.fingerprint(), 2 * kWantedPage);
  PeerSync& sync = peer_.link->sync;
  sync.start(peer_.link->now);
  EXPECT_THAT(sent(), SizeIs(1));
  EXPECT_TRUE(sync.is_loading());
  EXPECT_TRUE(sync.has_output());
  sync.pump(peer_.link->now);
  EXPECT_TRUE(sync.is_loading());
  sync.pump(peer_.link->now);
  EXPECT_FALSE(sync.is_loading());
  EXPECT_FALSE(sync.has_output());
  EXPECT_EQ(peer_.progress().refused, 2 * kWantedPage);
}

TEST_F(PeerSyncLoading, TrustThatChangesMeanwhileIsNotMissed) {
  remember(peer_.stranger.fingerprint(), kWantedPage + 1);
  peer_.link->sync.start(peer_.link->now);
  EXPECT_THAT(sent(), IsEmpty());
  peer_.link->started = true;
  peer_.node.set_trust(make_trust(peer_.us, {&peer_.them, &peer_.stranger}));
  EXPECT_EQ(peer_.progress().refused, 0u);
  EXPECT_EQ(peer_.progress().wanted, kWantedPage + 1);
  EXPECT_THAT(sent(), SizeIs(kRequestsInFlightMax));
}

// A trusted node can make it change as often as it likes.
TEST_F(PeerSyncLoading, TrustThatChangesAllTheTimeDoesNotHoldUpTheJournal) {
  remember(peer_.stranger.fingerprint(), 3 * kWantedPage);
  PeerSync& sync = peer_.link->sync;
  sync.start(peer_.link->now);
  for (int turn = 0; turn < 2; ++turn) {
    sync.on_trust_changed();
    sync.pump(peer_.link->now);
  }
  EXPECT_TRUE(sync.is_loading()) << "once more";
  peer_.append("news");
  peer_.journal_update(peer_.beginning(), peer_.lines);
  EXPECT_EQ(peer_.cursor().position, 1u);
}

TEST_F(PeerSyncLoading, AJournalCountsAsReadWhenAllIsLoaded) {
  remember(peer_.them.fingerprint(), kWantedMax);
  peer_.start();
  EXPECT_EQ(peer_.progress().wanted, kWantedMax / 2 + kWantedPage);
  EXPECT_FALSE(peer_.link->sync.is_loading()) << "there is no room";
  peer_.journal_update(peer_.beginning(), {});
  EXPECT_FALSE(peer_.progress().peer_journal_read);
  for (std::size_t i = 0; i < kWantedMax; ++i) {
    ASSERT_FALSE(peer_.respond(ResponseStatus::kNotFound, sent().at(i).identifier)) << i;
  }
  EXPECT_THAT(sent(), SizeIs(kWantedMax));
  EXPECT_EQ(peer_.progress().wanted, 0u);
  EXPECT_TRUE(peer_.progress().peer_journal_read);
}

// Else a peer that goes on announcing would be refused more than kRefusedMax.
TEST_F(PeerSyncLoading, WhatIsAnnouncedMeanwhileIsAskedForAfterwards) {
  remember(peer_.stranger.fingerprint(), kRefusedMax + kWantedPage);
  peer_.link->sync.start(peer_.link->now);
  peer_.append_post(peer_.stranger, peer_.stranger.post("one more"));
  peer_.journal_update(peer_.beginning(), peer_.lines);
  EXPECT_EQ(peer_.cursor().position, 0u);
  EXPECT_THAT(peer_.link->sent_journal_requests, SizeIs(1));
  peer_.link->pump();
  EXPECT_THAT(peer_.link->sent_journal_requests, SizeIs(2));
  peer_.journal_update(peer_.beginning(), peer_.lines);
  EXPECT_EQ(peer_.cursor().position, 1u);
  EXPECT_THAT(peer_.wanted(), SizeIs(kRefusedMax)) << "there is an end of what is remembered";
}

}  // namespace
}  // namespace sdmp::protocol::testing
