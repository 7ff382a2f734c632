#include "engine/shard/session_driver.h"

#include <gtest/gtest.h>

#include "codec/base64url.h"
#include "tests/engine/shard/core_support.h"

namespace sdmp::shard {
namespace {

using protocol::Cause;
using testing::eventually;
using testing::friendly;
using testing::other;
using testing::relay;
using testing::Rig;
using testing::TestNode;
using testing::TestPeer;

std::vector<std::string> posts(const TestNode& node, int count) {
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i) {
    result.push_back(node.post("post " + std::to_string(i)));
  }
  return result;
}

// About 20 KB each, which DEFLATE cannot make smaller.
std::vector<std::string> noisy_posts(const TestNode& node, int count) {
  protocol::testing::PrintedRandom random;
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i) {
    codec::ByteVector noise(15'000);
    for (auto& octet : noise) octet = static_cast<std::uint8_t>(random.below(256));
    result.push_back(node.post(codec::base64url_encode(noise)));
  }
  return result;
}

TEST(SessionDriver, P_SYN_ASessionStartsWithAJournalRequest) {
  Rig rig(relay(), {&friendly()});
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  EXPECT_TRUE(peer.next(codec::Schema::kJournalRequest));
}

TEST(SessionDriver, AnIdleSessionHoldsNoExpandedKey) {
  testing::RigOptions options;
  options.config.key_sweep_ms = 10;
  Rig rig(relay(), {&friendly()}, options);
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  ASSERT_TRUE(peer.next(codec::Schema::kJournalRequest));
  EXPECT_TRUE(eventually([&] { return rig.counters().expanded_keys == 0; }));
  EXPECT_EQ(rig.counters().sessions, 1u);
  // It works on when there is something to say.
  rig.ledger->publish(posts(relay(), 1));
  EXPECT_TRUE(peer.next(codec::Schema::kResourceResponse));
}

TEST(SessionDriver, AnEndedSessionLeavesNoExpandedKey) {
  testing::RigOptions options;
  options.config.key_sweep_ms = 3'600'000;
  Rig rig(relay(), {&friendly()}, options);
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  ASSERT_TRUE(peer.next(codec::Schema::kJournalRequest));
  EXPECT_TRUE(eventually([&] { return rig.counters().expanded_keys >= 1; }));
  peer.close();
  EXPECT_TRUE(eventually([&] { return rig.counters().sessions == 0; }));
  EXPECT_EQ(rig.counters().expanded_keys, 0u);
}

TEST(SessionDriver, SYN_5_AJournalRequestIsAnswered) {
  Rig rig(relay(), {&friendly()});
  rig.ledger->publish(posts(relay(), 5));
  ASSERT_TRUE(eventually([&] { return rig.journal_size() == 5; }));
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  peer.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
  const auto entries = peer.journal(5);
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_EQ(entries[0].number, codec::number_after(relay().fingerprint()));
}

TEST(SessionDriver, SYN_9_APublishedResourceReachesAConnectedPeer) {
  Rig rig(relay(), {&friendly(), &other()});
  TestPeer publisher(friendly(), relay());
  TestPeer subscriber(other(), relay());
  ASSERT_TRUE(publisher.connect_and_shake(rig.address()));
  ASSERT_TRUE(subscriber.connect_and_shake(rig.address()));
  subscriber.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
  ASSERT_TRUE(subscriber.next(codec::Schema::kJournalUpdate));
  publisher.push(friendly().post("hello"));
  const auto entries = subscriber.journal(1);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].publisher, friendly().fingerprint());
}

// The relay takes longer for a frame than the kernel for the octets of many.
TEST(SessionDriver, MuchInputIsTakenInParts) {
  constexpr std::uint64_t kPosts = 300;
  Rig rig(relay(), {&friendly()});
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  const std::string_view schemas[] = {"resource_response"};
  std::string frames;
  for (std::uint64_t i = 0; i < kPosts; ++i) {
    frames += peer.frame(
        codec::build_container(friendly().key, testing::unix_now(), schemas,
                               codec::resource_response_body(std::nullopt, std::nullopt,
                                                             friendly().post(std::to_string(i)))));
  }
  peer.write(frames);
  EXPECT_TRUE(eventually([&] { return rig.journal_size() == kPosts; }));
  EXPECT_GE(rig.counters().input_parts, 2u);
}

TEST(SessionDriver, AFullLedgerMailboxStopsReadingAndLosesNothing) {
  Rig rig(relay(), {&friendly()});
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  rig.ledger->hold(true);
  constexpr int kMany = LedgerPort::kToLedgerMax + 200;
  for (const std::string& post : posts(friendly(), kMany)) peer.push(post);
  ASSERT_TRUE(eventually([&] { return rig.counters().input_paused > 0; }));
  EXPECT_LT(rig.counters().frames_in, static_cast<std::uint64_t>(kMany));
  rig.ledger->hold(false);
  EXPECT_TRUE(eventually([&] { return rig.journal_size() == kMany; }));
}

// About 30 MB of answers: far more than the kernel's buffers hold, and more requests than may wait
// (kPendingAnswersMax).
constexpr int kRequests = 1100;

// For resources of a journal of 20, by turns.
void ask_for_much(TestPeer& peer) {
  peer.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
  const auto entries = peer.journal(20);
  ASSERT_EQ(entries.size(), 20u);
  const std::string_view schemas[] = {"resource_request"};
  std::string requests;
  for (int i = 0; i < kRequests; ++i) {
    const auto& entry = entries[static_cast<std::size_t>(i) % entries.size()];
    requests += peer.frame(codec::build_container(
        peer.node.key, testing::unix_now(), schemas,
        codec::resource_request_body(std::to_string(i), entry.publisher, entry.resource)));
  }
  peer.write(requests);
}

TEST(SessionDriver, AResetInTheMiddleOfASendEndsTheSession) {
  Rig rig(relay(), {&friendly()});
  rig.ledger->publish(noisy_posts(relay(), 20));
  ASSERT_TRUE(eventually([&] { return rig.journal_size() == 20; }));
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  ask_for_much(peer);
  ASSERT_TRUE(eventually([&] { return rig.counters().input_paused > 0; }));
  peer.reset();
  EXPECT_TRUE(eventually([&] { return rig.counters().connections == 0; }));
  TestPeer again(friendly(), relay());
  EXPECT_TRUE(again.connect_and_shake(rig.address()));
}

TEST(SessionDriver, ASlowReaderCostsABoundedAmountAndHurtsNobody) {
  Rig rig(relay(), {&friendly(), &other()});
  rig.ledger->publish(noisy_posts(relay(), 20));
  ASSERT_TRUE(eventually([&] { return rig.journal_size() == 20; }));
  TestPeer slow(friendly(), relay());
  ASSERT_TRUE(slow.connect_and_shake(rig.address()));
  ask_for_much(slow);
  ASSERT_TRUE(eventually([&] { return rig.counters().input_paused > 0; }));
  TestPeer quick(other(), relay());
  ASSERT_TRUE(quick.connect_and_shake(rig.address()));
  quick.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
  EXPECT_EQ(quick.journal(20).size(), 20u);
  // And when it reads again it gets every answer.
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_TRUE(slow.next(codec::Schema::kResourceResponse)) << i;
  }
}

TEST(SessionDriver, AReaderThatStoppedIsClosedAfterItsTime) {
  testing::RigOptions options;
  options.config.send_stall_ms = 100;
  Rig rig(relay(), {&friendly()}, options);
  codec::ByteVector noise(500'000);
  protocol::testing::PrintedRandom random;
  for (auto& octet : noise) octet = static_cast<std::uint8_t>(random.below(256));
  rig.ledger->publish({relay().post(codec::base64url_encode(noise))});
  ASSERT_TRUE(eventually([&] { return rig.journal_size() == 1; }));
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  peer.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
  const auto entries = peer.journal(1);
  ASSERT_EQ(entries.size(), 1u);
  const std::string_view schemas[] = {"resource_request"};
  for (int i = 0; i < 100; ++i) {
    const std::string request = codec::build_container(
        friendly().key, testing::unix_now(), schemas,
        codec::resource_request_body(std::to_string(i), entries[0].publisher, entries[0].resource));
    if (!peer.try_write(peer.frame(request))) break;
  }
  EXPECT_TRUE(eventually([&] { return rig.failures(Cause::kSendStalled) == 1; }));
}

TEST(SessionDriver, P_HS_ANodeThatLosesItsTrustLosesItsSessions) {
  Rig rig(relay(), {&friendly(), &other()});
  TestPeer loser(friendly(), relay());
  TestPeer stays(other(), relay());
  ASSERT_TRUE(loser.connect_and_shake(rig.address()));
  ASSERT_TRUE(stays.connect_and_shake(rig.address()));
  ASSERT_TRUE(loser.next(codec::Schema::kJournalRequest));
  ASSERT_TRUE(eventually([&] { return rig.counters().sessions == 2; }));
  rig.ledger->set_trust(testing::trust(relay(), {&other()}));
  EXPECT_EQ(loser.read_to_end(), "");
  EXPECT_EQ(rig.failures(Cause::kTrustLost), 1u);
  stays.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
  EXPECT_TRUE(stays.next(codec::Schema::kJournalUpdate));
  TestPeer again(friendly(), relay());
  again.connect(rig.address());
  again.write(again.object());
  EXPECT_EQ(again.read_to_end(), "nope");
}

TEST(SessionDriver, NewTrustReachesMoreSessionsThanATurnServes) {
  constexpr std::size_t kMany = kSessionsPerTurn + 20;
  // One node may not have that many sessions.
  const std::array<TestNode, 6> leaving = {TestNode(10), TestNode(11), TestNode(12),
                                           TestNode(13), TestNode(14), TestNode(15)};
  std::vector<const TestNode*> trusted = {&other()};
  for (const TestNode& node : leaving) trusted.push_back(&node);
  Rig rig(relay(), trusted);
  std::vector<std::unique_ptr<TestPeer>> losers;
  for (std::size_t i = 0; i < kMany; ++i) {
    losers.push_back(std::make_unique<TestPeer>(leaving[i % leaving.size()], relay()));
    ASSERT_TRUE(losers.back()->connect_and_shake(rig.address()));
  }
  TestPeer stays(other(), relay());
  ASSERT_TRUE(stays.connect_and_shake(rig.address()));
  ASSERT_TRUE(eventually([&] { return rig.counters().sessions == kMany + 1; }));
  rig.ledger->set_trust(testing::trust(relay(), {&other()}));
  EXPECT_TRUE(eventually([&] { return rig.failures(Cause::kTrustLost) == kMany; }));
  EXPECT_TRUE(eventually([&] { return rig.counters().sessions == 1; }));
}

// Of a resource that two announced, the second is asked for when the first leaves.
TEST(SessionDriver, AClaimEndsWithItsSession) {
  Rig rig(relay(), {&friendly(), &other()});
  TestPeer first(friendly(), relay());
  TestPeer second(other(), relay());
  ASSERT_TRUE(first.connect_and_shake(rig.address()));
  ASSERT_TRUE(second.connect_and_shake(rig.address()));
  const codec::Identifier resource{codec::sha512(codec::as_bytes("announced by both"))};
  for (TestPeer* peer : {&first, &second}) {
    const codec::JournalEntry line{.number = codec::number_after(peer->node.fingerprint()),
                                   .publisher = other().fingerprint(),
                                   .resource = resource};
    const std::string_view schemas[] = {"journal_update"};
    peer->send(codec::build_container(
        peer->node.key, testing::unix_now(), schemas,
        codec::journal_update_body(codec::since_beginning(peer->node.fingerprint()).text(),
                                   {&line, 1})));
    if (peer == &first) {
      ASSERT_TRUE(first.next(codec::Schema::kResourceRequest));
    }
  }
  // Its line is taken: the claim was refused.
  ASSERT_TRUE(second.next(codec::Schema::kJournalRequest));
  second.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
  ASSERT_TRUE(second.next(codec::Schema::kJournalUpdate));
  first.close();
  EXPECT_TRUE(second.next(codec::Schema::kResourceRequest));
}

TEST(SessionDriver, AllThatTheStoreRemembersIsLoaded) {
  constexpr std::size_t kRefused = 5 * protocol::kWantedPage;
  const TestNode unknown(9);
  Rig rig(relay(), {&friendly()});
  std::vector<store::WantedResource> remembered;
  for (std::size_t i = 0; i <= kRefused; ++i) {
    remembered.push_back({.publisher = (i < kRefused ? unknown : friendly()).fingerprint(),
                          .identifier = {codec::sha512(codec::as_bytes(std::to_string(i)))}});
  }
  auto batch = rig.store->begin();
  ASSERT_TRUE(batch->add_wanted(friendly().fingerprint(), remembered));
  ASSERT_TRUE(batch->commit());
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  ASSERT_EQ(peer.next().value().schema, codec::Schema::kJournalRequest);
  EXPECT_EQ(peer.next().value().schema, codec::Schema::kResourceRequest)
      << "and not the first one again, after half a minute";
}

TEST(SessionDriver, P_TRUST_ASessionEndsWhenTheIdentityExpires) {
  Rig rig(relay(), {&friendly()});
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  ASSERT_TRUE(eventually([&] { return rig.counters().sessions == 1; }));
  protocol::TrustFacts facts = testing::facts(relay(), {&friendly()});
  for (auto& identity : facts.identities) identity.expires = testing::unix_now() + 300;
  rig.ledger->set_trust(protocol::TrustTable::compute(facts));
  EXPECT_TRUE(eventually([&] { return rig.failures(Cause::kTrustLost) == 1; }));
}

TEST(SessionDriver, APeerThatGoesIsNoticed) {
  Rig rig(relay(), {&friendly()});
  TestPeer peer(friendly(), relay());
  ASSERT_TRUE(peer.connect_and_shake(rig.address()));
  peer.close();
  EXPECT_TRUE(eventually([&] { return rig.failures(Cause::kClosedByPeer) == 1; }));
  EXPECT_TRUE(eventually([&] { return rig.counters().connections == 0; }));
}

// Sessions that are told of new lines, without a loop and without a ledger.
struct Rounds : testing::CoreRig {
  explicit Rounds(std::size_t sessions) {
    for (std::size_t i = 0; i < sessions; ++i) {
      Connection& connection = connect(Phase::kHandshaking);
      driver.establish(connection, {friendly().fingerprint(), {}, codec::Group::kX25519});
      connections.push_back(&connection);
    }
    work();
  }
  void work() {
    while (driver.has_work()) driver.work_some();
  }
  void commit(const std::vector<std::string>& texts) {
    auto batch = store->begin();
    for (const std::string& text : texts) {
      const auto draft = store::testing::parsed(node.post(text));
      ASSERT_TRUE(batch->append(draft.view()));
    }
    ASSERT_TRUE(batch->commit());
    Committed committed;
    committed.journal_size = lines += texts.size();
    driver.on_committed(committed);
  }
  // Frames since the last call: a push for each line and an update, of each session told.
  std::uint64_t frames() {
    return core->counters.frames_out - std::exchange(seen, core->counters.frames_out);
  }

  Sender sender{*core};
  Receiver receiver{*core};
  Closer closer{*core, sender, receiver};
  SyncHub hub{*core, sender};
  SessionDriver driver{*core, sender, receiver, closer, hub};
  std::vector<Connection*> connections;
  std::uint64_t lines = 0;
  std::uint64_t seen = 0;
};

TEST(SessionDriver, WhatIsCommittedSoonAfterARoundIsAnnouncedInOne) {
  constexpr std::size_t kSessions = 64;
  Rounds r(kSessions);
  r.frames();
  r.commit({"first"});
  r.work();
  EXPECT_EQ(r.frames(), 2 * kSessions) << "nothing before it";
  r.commit({"second"});
  r.commit({"third"});
  r.work();
  EXPECT_EQ(r.frames(), 0u);
  r.core->now.monotonic_ms += SessionDriver::round_pause_ms(kSessions);
  bool due = false;
  while (TimerNode* timer = r.core->timers.expire(r.core->now.monotonic_ms)) {
    due = due || timer->kind == static_cast<std::uint8_t>(TimerKind::kLedger);
  }
  EXPECT_TRUE(due);
  r.driver.on_ledger_timer();
  r.work();
  EXPECT_EQ(r.frames(), 3 * kSessions) << "two pushes and one update";
  r.core->now.monotonic_ms += SessionDriver::round_pause_ms(kSessions);
  r.commit({"fourth"});
  r.work();
  EXPECT_EQ(r.frames(), 2 * kSessions) << "long enough after the round before";
}

TEST(SessionDriver, ThePauseBetweenRoundsIsBounded) {
  EXPECT_EQ(SessionDriver::round_pause_ms(1), 0);
  EXPECT_EQ(SessionDriver::round_pause_ms(64), 16);
  EXPECT_EQ(SessionDriver::round_pause_ms(1'000'000), 50);
}

TEST(SessionDriver, ARoundMissesNobodyWhenSessionsEnd) {
  constexpr std::size_t kSessions = 2 * kSessionsPerTurn;
  Rounds r(kSessions);
  r.frames();
  r.commit({"x"});
  r.driver.work_some();
  EXPECT_EQ(r.frames(), 2 * kSessionsPerTurn);
  r.closer.close(*r.connections.front(), {Cause::kClosedByPeer, std::nullopt});
  r.closer.close(*r.connections.back(), {Cause::kClosedByPeer, std::nullopt});
  r.work();
  EXPECT_EQ(r.frames(), 2 * (kSessionsPerTurn - 1)) << "one of them had been told";
}

TEST(SessionDriver, ARoundTellsThoseTooThatWaitForSomethingElse) {
  Rounds r(2 * kSessionsPerTurn);
  r.frames();
  for (Connection* connection : r.connections) {
    r.driver.on_sent(*connection, Sender::Outcome::kMore);
  }
  r.commit({"x"});
  r.driver.work_some();
  EXPECT_EQ(r.frames(), 2 * 2 * kSessionsPerTurn) << "half of them by the round";
}

TEST(SessionDriver, ATurnMakesABoundedAmountOfOutput) {
  Rounds r(80);
  const std::size_t before = r.sender.queued_bytes();
  protocol::testing::PrintedRandom random;
  codec::ByteVector noise(8'000);
  std::vector<std::string> posts;
  for (int i = 0; i < 2; ++i) {
    for (auto& octet : noise) octet = static_cast<std::uint8_t>(random.below(256));
    posts.push_back(codec::base64url_encode(noise));
  }
  r.commit(posts);
  r.driver.work_some();
  EXPECT_LT(r.sender.queued_bytes() - before, kOutputPerTurn + SendPool::kClasses.back());
  EXPECT_TRUE(r.driver.has_work());
  r.work();
  EXPECT_GT(r.sender.queued_bytes() - before, kOutputPerTurn) << "what the others were told";
}

TEST(SessionDriver, ASessionThatHasSaidEverythingIsNotServedForThat) {
  Rounds r(1);
  r.driver.on_sent(*r.connections[0], Sender::Outcome::kDone);
  EXPECT_FALSE(r.driver.has_work());
  r.connections[0]->input_paused = true;
  r.driver.on_sent(*r.connections[0], Sender::Outcome::kDone);
  EXPECT_TRUE(r.driver.has_work()) << "reading goes on";
}

}  // namespace
}  // namespace sdmp::shard
