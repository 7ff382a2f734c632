// Taking resources, asked for or pushed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/protocol/scripted_peer.h"

namespace sdmp::protocol::testing {
namespace {

using codec::ResponseStatus;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string with_bad_signature(std::string text) {
  const std::size_t at = text.rfind(R"("signature":")") + 13;
  text[at] = text[at] == 'A' ? 'B' : 'A';
  return text;
}

class PeerSyncResources : public ::testing::Test {
 protected:
  // Announces it and returns the request that was sent for it.
  std::string requested(const std::string& post) {
    peer_.start();
    peer_.append_post(peer_.them, post);
    peer_.journal_update(peer_.beginning(), peer_.lines);
    EXPECT_THAT(peer_.link->sent_requests, SizeIs(1));
    return peer_.link->sent_requests.at(0).identifier;
  }

  ScriptedPeer peer_;
};

TEST_F(PeerSyncResources, SYN_7_AnUnpromptedResourceIsTakenAndItsLaterAnnouncementIsKnown) {
  peer_.start();
  const std::string post = peer_.them.post("pushed");
  ASSERT_FALSE(peer_.push(post));
  EXPECT_THAT(peer_.node.journal, SizeIs(1));
  peer_.append_post(peer_.them, post);
  peer_.journal_update(peer_.beginning(), peer_.lines);
  EXPECT_THAT(peer_.link->sent_requests, IsEmpty());
  EXPECT_THAT(peer_.wanted(), IsEmpty());
  EXPECT_EQ(peer_.cursor().position, 1u);
  EXPECT_THAT(peer_.node.claims, IsEmpty());
}

TEST_F(PeerSyncResources, P_SYN_PushAndUpdateBeforeTheLedgerHasCommitted) {
  peer_.start();
  peer_.commit = false;
  const std::string post = peer_.them.post("pushed");
  ASSERT_FALSE(peer_.push(post));
  ASSERT_FALSE(peer_.push(post));
  EXPECT_EQ(peer_.counters().resources_duplicate, 1u);
  peer_.append_post(peer_.them, post);
  peer_.journal_update(peer_.beginning(), peer_.lines);
  EXPECT_THAT(peer_.link->sent_requests, IsEmpty());
  EXPECT_THAT(peer_.node.journal, IsEmpty()) << "told before it was durable";
  for (int i = 0; i < 3; ++i) peer_.node.commit();
  EXPECT_THAT(peer_.node.journal, SizeIs(1));
  EXPECT_THAT(peer_.wanted(), IsEmpty());
  EXPECT_EQ(peer_.progress().wanted, 0u);
}

TEST_F(PeerSyncResources, P_SYN_ContentIsStoredAsTheExactBytes) {
  peer_.start();
  std::string post = peer_.them.post("exact");
  post.insert(1, " \n\t");
  post.insert(post.size() - 1, "  ");
  ASSERT_FALSE(peer_.push(post));
  ASSERT_THAT(peer_.node.resources, SizeIs(1));
  EXPECT_EQ(peer_.node.resources.begin()->second.text, post);
}

TEST_F(PeerSyncResources, SYN_7_OtherContentThanWhatWasAskedForIsInvalid) {
  const std::string request = requested(peer_.them.post("asked for"));
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, request, peer_.them.post("another")));
  EXPECT_EQ(peer_.counters().resources_invalid, 1u);
  EXPECT_THAT(peer_.node.journal, IsEmpty());
  EXPECT_THAT(peer_.wanted(), IsEmpty());
  EXPECT_THAT(peer_.node.claims, IsEmpty());
}

TEST_F(PeerSyncResources, AnOkWithoutContentIsAsGoodAs404) {
  const std::string request = requested(peer_.them.post("asked for"));
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, request));
  EXPECT_THAT(peer_.wanted(), IsEmpty());
  EXPECT_EQ(peer_.progress().refused, 1u);
}

TEST_F(PeerSyncResources, P_SYN_ADuplicateIsRecognizedBeforeItsSignatureIsVerified) {
  peer_.start();
  const std::string post = peer_.them.post("once");
  ASSERT_FALSE(peer_.push(post));
  ASSERT_FALSE(peer_.push(with_bad_signature(post)));
  EXPECT_EQ(peer_.counters().resources_duplicate, 1u);
  EXPECT_THAT(peer_.node.journal, SizeIs(1));
}

TEST_F(PeerSyncResources, P_FRAME_ContentWithABadSignatureIsIgnoredAndTheSessionStays) {
  peer_.start();
  ASSERT_FALSE(peer_.push(with_bad_signature(peer_.them.post("forged"))));
  EXPECT_EQ(peer_.counters().resources_invalid, 1u);
  EXPECT_THAT(peer_.link->posts, IsEmpty());
  ASSERT_FALSE(peer_.push(peer_.them.post("genuine")));
  EXPECT_THAT(peer_.node.journal, SizeIs(1));
}

TEST_F(PeerSyncResources, P_SYN_ContentOfAnUnknownPublisherIsRefusedAndTheSessionStays) {
  peer_.start();
  ASSERT_FALSE(peer_.push(peer_.stranger.post("hello")));
  ASSERT_FALSE(peer_.push(with_bad_signature(peer_.stranger.post("who could tell"))));
  EXPECT_EQ(peer_.counters().resources_untrusted, 2u);
  EXPECT_THAT(peer_.node.journal, IsEmpty());
}

TEST_F(PeerSyncResources, P_FRAME_ContentThatIsNoResourceIsIgnored) {
  peer_.start();
  const std::array<std::string_view, 1> schemas = {"post"};
  ASSERT_FALSE(peer_.push(
      codec::build_container(peer_.them.key, kNow, schemas, R"("post":{"content":"x"})")));
  EXPECT_EQ(peer_.counters().resources_invalid, 1u);
  ASSERT_FALSE(peer_.push(R"({"no":"container"})"));
  ASSERT_FALSE(peer_.push(R"("text")"));
  ASSERT_FALSE(peer_.deliver("resource_response", R"("data":{"type":"resource","request":"r1"})"));
  ASSERT_FALSE(peer_.deliver("resource_response", R"("data":{"type":"resource","status":500})"));
  ASSERT_FALSE(peer_.deliver("resource_response", R"("data":{"type":"journal"})"));
  EXPECT_EQ(peer_.counters().messages_malformed, 5u);
}

TEST_F(PeerSyncResources, SYN_7_AnswersThatNobodyAskedForAreHarmless) {
  peer_.start();
  ASSERT_FALSE(peer_.respond(ResponseStatus::kNotFound, "r99"));
  ASSERT_FALSE(peer_.respond(ResponseStatus::kBadRequest, ""));
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, "r1x"));
  ASSERT_FALSE(peer_.deliver("resource_response", R"("data":{"type":"resource","status":400})"));
  EXPECT_EQ(peer_.progress().refused, 0u);
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, "unknown", peer_.them.post("still good")));
  EXPECT_THAT(peer_.node.journal, SizeIs(1));
}

TEST_F(PeerSyncResources, P_TRUST_AnIdentityOfAReachedUserIsTakenOnItsOwnSignature) {
  TrustFacts facts = trust_facts(peer_.us, {&peer_.them});
  facts.relationships.push_back(
      peer_.us.user.relates(codec::RelationshipType::kConnection, peer_.stranger.user));
  peer_.node.trust = TrustTable::compute(facts);
  peer_.start();
  ASSERT_FALSE(peer_.push(peer_.stranger.user.post("before its key is known")));
  EXPECT_EQ(peer_.counters().resources_untrusted, 1u);
  ASSERT_FALSE(peer_.push(peer_.stranger.user.identity));
  EXPECT_THAT(peer_.node.journal, SizeIs(1));
  ASSERT_FALSE(peer_.push(with_bad_signature(
      codec::build_identity(peer_.stranger.user.key, codec::IdentityType::kUser, kNow, kExpires))));
  EXPECT_THAT(peer_.node.journal, SizeIs(1));
}

TEST_F(PeerSyncResources, P_SYN_AnUpdateOfAnotherPublishersResourceIsRefused) {
  peer_.start();
  const codec::Identifier ours = peer_.node.publish_post("ours");
  const std::string theirs = codec::build_post(peer_.them.key, kNow, "", "mine now", {&ours, 1});
  peer_.append_post(peer_.them, theirs);
  peer_.journal_update(peer_.beginning(), peer_.lines);
  const std::string request = peer_.link->sent_requests.at(0).identifier;
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, request, theirs));
  EXPECT_THAT(peer_.node.journal, SizeIs(1));
  EXPECT_FALSE(peer_.node.resources.at(ours).replaced);
  EXPECT_THAT(peer_.wanted(), IsEmpty());
}

TEST_F(PeerSyncResources, WhatTheStoreCouldNotTakeIsAskedForAgainLater) {
  const std::string post = peer_.them.post("disk full");
  const std::string request = requested(post);
  peer_.node.disk_full = true;
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, request, post));
  EXPECT_EQ(peer_.progress().wanted, 1u);
  EXPECT_THAT(peer_.link->sent_requests, SizeIs(1));
  peer_.node.disk_full = false;
  peer_.link->advance(kRequestTimeoutMs);
  ASSERT_THAT(peer_.link->sent_requests, SizeIs(2));
  ASSERT_FALSE(peer_.respond(ResponseStatus::kOk, peer_.link->sent_requests[1].identifier, post));
  EXPECT_THAT(peer_.node.journal, SizeIs(1));
  EXPECT_THAT(peer_.wanted(), IsEmpty());
}

}  // namespace
}  // namespace sdmp::protocol::testing
