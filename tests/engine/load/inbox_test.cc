#include "engine/load/inbox.h"

#include <gtest/gtest.h>

#include "codec/batch.h"
#include "codec/resource.h"
#include "engine/load/post_maker.h"
#include "tests/engine/load/test_run.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::load {
namespace {

using codec::Schema;
using protocol::testing::bundle_of;
using protocol::testing::kNow;
using protocol::testing::TestNode;
using Kind = Arrived::Kind;

codec::ByteVector pack(const std::string& text) {
  codec::BatchEncoder encoder(codec::kCompressFast);
  codec::ByteVector memory(encoder.frame_bound(text.size()));
  const auto packed = encoder.pack(text, memory).value();
  return {packed.begin(), packed.end()};
}

class InboxTest : public ::testing::Test {
 protected:
  InboxTest()
      : identities(testing::test_identities(2)),
        server(ServerIdentity::from_bundle(bundle_of(node), kNow).value()),
        publications("run", 2) {}

  std::string message(Schema schema, const std::string& body) {
    const std::string_view schemas[] = {codec::name(schema)};
    return codec::build_container(node.key, kNow, schemas, body);
  }
  std::string pushed(const std::string& resource) {
    return message(Schema::kResourceResponse,
                   codec::resource_response_body(std::nullopt, std::nullopt, resource));
  }
  std::string update(std::span<const codec::JournalEntry> entries) {
    return message(Schema::kJournalUpdate,
                   codec::journal_update_body(codec::since_beginning(server.node).text(), entries));
  }
  Arrived read(Inbox& inbox, const std::string& text) {
    const auto packed = pack(text);
    const auto arrived = inbox.understand(packed);
    EXPECT_TRUE(arrived);
    return arrived ? **arrived : Arrived();
  }
  Arrived read(const std::string& text) {
    Inbox inbox(server, identities, publications, SignatureCheck::kAll);
    return read(inbox, text);
  }
  // Published by this run.
  Post publish(std::uint32_t publisher = 0) {
    const Tag tag{publisher, publications.count(publisher)};
    Post post = maker.make(identities.nodes()[publisher], kNow, tag);
    publications.add(tag, post.identifier, {11, 22, Publications::hash(post.text)});
    return post;
  }
  codec::JournalEntry line(const codec::LineNumber& number, const Post& post) {
    return {number, identities.nodes()[0].public_key().fingerprint(), post.identifier};
  }

  TestNode node{1};
  TestIdentities identities;
  ServerIdentity server;
  Publications publications;
  Plan plan;
  PostMaker maker{plan, "run", 1};
};

TEST_F(InboxTest, AnIntactPostComesWithItsTagAndTimes) {
  const Post post = publish();
  const Arrived arrived = read(pushed(post.text));
  EXPECT_EQ(arrived.kind, Kind::kResource);
  EXPECT_EQ(arrived.resource, post.identifier);
  EXPECT_EQ(arrived.tag, (Tag{0, 0}));
  EXPECT_TRUE(arrived.intact);
  EXPECT_TRUE(arrived.text.empty());
  EXPECT_EQ(arrived.publication.intended_ns, 11);
  EXPECT_EQ(arrived.publication.sent_ns, 22);
}

TEST_F(InboxTest, AnAnswerNamesItsRequest) {
  const Post post = publish();
  const Arrived found =
      read(message(Schema::kResourceResponse,
                   codec::resource_response_body(codec::ResponseStatus::kOk, "17", post.text)));
  EXPECT_EQ(found.kind, Kind::kResource);
  EXPECT_EQ(found.text, "17");
  EXPECT_TRUE(found.intact);
  for (const auto status : {codec::ResponseStatus::kNotFound, codec::ResponseStatus::kBadRequest}) {
    const Arrived arrived =
        read(message(Schema::kResourceResponse, codec::resource_response_body(status, "18", "")));
    EXPECT_EQ(arrived.kind, Kind::kNotFound);
    EXPECT_EQ(arrived.text, "18");
  }
}

TEST_F(InboxTest, RequestsAreTold) {
  const auto since = codec::since_beginning(identities.nodes()[0].public_key().fingerprint());
  const Arrived journal =
      read(message(Schema::kJournalRequest, codec::journal_request_body(since, 5)));
  EXPECT_EQ(journal.kind, Kind::kJournalRequest);
  EXPECT_EQ(journal.text, since.text());
  const Arrived resource =
      read(message(Schema::kResourceRequest, codec::resource_request_body("q", server.node, {})));
  EXPECT_EQ(resource.kind, Kind::kResourceRequest);
  EXPECT_EQ(resource.text, "q");
}

TEST_F(InboxTest, EveryAlteredOctetOfTheContentIsNoticed) {
  const Post post = publish();
  Inbox inbox(server, identities, publications, SignatureCheck::kNone);
  int understood = 0;
  for (std::size_t i = 0; i < post.text.size(); i += 3) {
    std::string altered = post.text;
    altered[i] = altered[i] == 'B' ? 'C' : 'B';
    const auto arrived = inbox.understand(pack(pushed(altered)));
    // What is no JSON any more is no message either.
    if (!arrived || (*arrived)->kind != Kind::kResource) continue;
    ++understood;
    EXPECT_FALSE((*arrived)->intact) << i;
  }
  EXPECT_GT(understood, 200);
}

TEST_F(InboxTest, WrittenAnewWithTheSamePayloadAndSignatureIsIntact) {
  const Post post = publish();
  std::string spaced = post.text;
  spaced.insert(1, " ");
  const Arrived arrived = read(pushed(spaced));
  EXPECT_TRUE(arrived.intact);
  EXPECT_EQ(arrived.tag, (Tag{0, 0}));
}

TEST_F(InboxTest, AChangedSignatureIsNotIntact) {
  const Post post = publish();
  const std::string forged = testing::with_forged_signature(post.text);
  const Arrived arrived = read(pushed(forged));
  EXPECT_EQ(arrived.kind, Kind::kResource);
  EXPECT_FALSE(arrived.intact);
}

TEST_F(InboxTest, APostUnderAnothersTagIsNotIntact) {
  publish();
  // Rightly signed, of the same tag, and never published.
  const Post other = PostMaker(plan, "run", 99).make(identities.nodes()[0], kNow + 1, {0, 0});
  const Arrived arrived = read(pushed(other.text));
  EXPECT_FALSE(arrived.intact);
}

TEST_F(InboxTest, ForeignPostsHaveNoTagAndAreBelievedUnlessOursAndForged) {
  const TestNode stranger(3);
  const Arrived foreign = read(pushed(stranger.post("hello")));
  EXPECT_FALSE(foreign.tag);
  EXPECT_TRUE(foreign.intact);
  // Of an earlier run.
  const Post earlier = PostMaker(plan, "nur", 1).make(identities.nodes()[0], kNow, {0, 0});
  EXPECT_TRUE(read(pushed(earlier.text)).intact);
  EXPECT_FALSE(read(pushed(earlier.text)).tag);
  const std::string forged = testing::with_forged_signature(earlier.text);
  EXPECT_FALSE(read(pushed(forged)).intact);
  // A tag of this run that nobody has given out yet.
  const Post early = maker.make(identities.nodes()[1], kNow, {1, 5});
  EXPECT_FALSE(read(pushed(early.text)).tag);
}

TEST_F(InboxTest, AnUpdateTellsItsLinesTagsAndEnds) {
  std::vector<codec::JournalEntry> entries;
  codec::LineNumber number = codec::number_after(server.node);
  // Of publisher 1, 0, 1, 0, then a foreign one.
  for (const std::uint32_t publisher : {1u, 0u, 1u, 0u}) {
    entries.push_back(line(number, publish(publisher)));
    number = codec::number_after(entries.back());
  }
  entries.push_back(line(number, maker.make(identities.nodes()[0], kNow, {0, 77})));
  const Arrived arrived = read(update(entries));
  EXPECT_EQ(arrived.kind, Kind::kJournalUpdate);
  EXPECT_TRUE(arrived.chain_holds);
  EXPECT_EQ(arrived.since, codec::since_beginning(server.node));
  EXPECT_EQ(arrived.first, entries.front().number);
  EXPECT_EQ(arrived.last, entries.back().number);
  EXPECT_EQ(arrived.next, codec::number_after(entries.back()));
  ASSERT_EQ(arrived.lines.size(), 5u);
  EXPECT_EQ(arrived.lines[0].tag, (Tag{1, 0}));
  EXPECT_FALSE(arrived.lines[4].tag);
  EXPECT_EQ(arrived.tags, (std::vector<Tag>{{0, 0}, {0, 1}, {1, 0}, {1, 1}}));
}

TEST_F(InboxTest, ABrokenChainInsideAnUpdateIsNoticed) {
  std::vector<codec::JournalEntry> entries;
  codec::LineNumber number = codec::number_after(server.node);
  for (int i = 0; i < 4; ++i) {
    entries.push_back(line(number, publish()));
    number = codec::number_after(entries.back());
  }
  std::swap(entries[1].resource, entries[2].resource);
  EXPECT_FALSE(read(update(entries)).chain_holds);
}

TEST_F(InboxTest, AMessageThatTheServerHasNotSignedIsBad) {
  const TestNode stranger(3);
  const std::string_view schemas[] = {codec::name(Schema::kJournalRequest)};
  const std::string body = codec::journal_request_body(codec::since_beginning(server.node), 1);
  EXPECT_EQ(read(codec::build_container(stranger.key, kNow, schemas, body)).kind, Kind::kBad);
  const std::string forged = testing::with_forged_signature(message(Schema::kJournalRequest, body));
  EXPECT_EQ(read(forged).kind, Kind::kBad);
}

TEST_F(InboxTest, AMalformedMessageIsBadAndAnotherSchemaIsNot) {
  EXPECT_EQ(read(message(Schema::kResourceResponse, R"("response":{"status":"two"})")).kind,
            Kind::kBad);
  const std::string_view schemas[] = {"https://example.org/another"};
  EXPECT_EQ(read(codec::build_container(node.key, kNow, schemas, "")).kind, Kind::kIgnored);
}

TEST_F(InboxTest, WhatIsNoContainerEndsTheSession) {
  Inbox inbox(server, identities, publications, SignatureCheck::kAll);
  EXPECT_FALSE(inbox.understand(pack(R"({"payload":"e30"})")));
  EXPECT_FALSE(inbox.understand(codec::ByteVector(256, 0xff)));
}

TEST_F(InboxTest, TheSameOctetsAreUnderstoodOnce) {
  Inbox inbox(server, identities, publications, SignatureCheck::kAll);
  const Post post = publish();
  const auto packed = pack(pushed(post.text));
  const auto other = pack(pushed(publish().text));
  for (int session = 0; session < 10; ++session) {
    for (const auto* octets : {&packed, &other}) {
      const auto arrived = inbox.understand(*octets);
      ASSERT_TRUE(arrived);
      EXPECT_EQ((*arrived)->tag, (Tag{0, octets == &packed ? 0u : 1u}));
    }
  }
  // Two texts may want the same place; then each is read again.
  EXPECT_EQ(inbox.read() + inbox.known(), 20u);
  EXPECT_TRUE(inbox.known() == 18 || inbox.known() == 0) << inbox.known();
}

TEST_F(InboxTest, WhatCouldNotBeReadIsNotRemembered) {
  Inbox inbox(server, identities, publications, SignatureCheck::kAll);
  const auto packed = pack(R"({"payload":"e30"})");
  EXPECT_FALSE(inbox.understand(packed));
  EXPECT_FALSE(inbox.understand(packed));
}

TEST_F(InboxTest, TheSampleIsOneSignatureInSixteen) {
  const std::string body = codec::journal_request_body(codec::since_beginning(server.node), 1);
  const auto forged = [&](int i) {
    return testing::with_forged_signature(
        message(Schema::kJournalRequest, body + ",\"n\":" + std::to_string(i)));
  };
  const std::pair<SignatureCheck, int> checks[] = {
      {SignatureCheck::kAll, 64}, {SignatureCheck::kSample, 4}, {SignatureCheck::kNone, 0}};
  for (const auto& [check, expected] : checks) {
    Inbox inbox(server, identities, publications, check);
    int bad = 0;
    for (int i = 0; i < 64; ++i) bad += read(inbox, forged(i)).kind == Kind::kBad ? 1 : 0;
    EXPECT_EQ(bad, expected);
  }
}

}  // namespace
}  // namespace sdmp::load
