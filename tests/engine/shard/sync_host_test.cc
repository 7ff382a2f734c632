#include "engine/shard/sync_host.h"

#include <gtest/gtest.h>

#include "engine/shard/session_part.h"
#include "tests/engine/shard/core_support.h"

namespace sdmp::shard {
namespace {

using testing::TestNode;

struct Host : testing::CoreRig {
  Host() : peer(2) {
    connection = &connect(Phase::kEstablished);
    connection->session = core->session_parts.make(
        *connection,
        protocol::HandshakeResult{peer.fingerprint(), protocol::SessionKeys{},
                                  codec::Group::kX25519},
        hub, *core);
    host = &connection->session->host;
  }
  ~Host() {
    connection->session.reset();
    core->timers.cancel(connection->timer);
    sender.discard(*connection);
    core->connections.remove(*connection);
  }

  // Journals `texts`, told as having come from `source`.
  void journal(const std::vector<std::string>& texts, const codec::Fingerprint& source) {
    auto batch = store->begin();
    std::vector<LineSource> fresh;
    for (const std::string& text : texts) {
      const auto draft = store::testing::parsed(text);
      ASSERT_TRUE(batch->append(draft.view()));
      fresh.push_back({batch->journal_size(), source});
    }
    Committed committed;
    committed.journal_size = batch->journal_size();
    committed.fresh = std::make_shared<const std::vector<LineSource>>(fresh);
    ASSERT_TRUE(batch->commit());
    hub.take_commit(committed);
    hub.announce();
  }

  TestNode peer;
  Sender sender{*core};
  SyncHub hub{*core, sender};
  Connection* connection;
  SyncHost* host;
};

TEST(SyncHost, KnowsTheFreshnessOfALine) {
  Host h;
  const std::string from_peer = h.peer.post("theirs");
  const std::string own = h.node.post("ours");
  h.journal({from_peer}, h.peer.fingerprint());
  h.journal({own}, h.node.fingerprint());
  EXPECT_EQ(h.host->journal_size(), 2u);
  EXPECT_TRUE(h.host->freshness(1).from_this_peer);
  EXPECT_EQ(h.host->freshness(1).bytes, from_peer.size());
  EXPECT_FALSE(h.host->freshness(2).from_this_peer);
  EXPECT_FALSE(h.host->freshness(2).replaced);
}

TEST(SyncHost, RES_4_KnowsWhatIsHeldAndWhatIsReplaced) {
  Host h;
  const std::string first = h.node.post("first");
  const codec::Identifier identifier = store::testing::parsed(first).identifier;
  EXPECT_EQ(h.host->holding(h.node.fingerprint(), identifier), protocol::Holding::kAbsent);
  h.journal({first}, h.node.fingerprint());
  EXPECT_EQ(h.host->holding(h.node.fingerprint(), identifier), protocol::Holding::kHeld);
  EXPECT_EQ(h.host->holding(h.peer.fingerprint(), identifier), protocol::Holding::kAbsent)
      << "another publisher's name for it";
  h.journal({codec::build_deletion(h.node.key, protocol::testing::kCreated, {{identifier}})},
            h.node.fingerprint());
  EXPECT_EQ(h.host->holding(h.node.fingerprint(), identifier), protocol::Holding::kReplaced);
  EXPECT_TRUE(h.host->freshness(1).replaced);
}

TEST(SyncHost, ALineThatWasNotToldIsUnknown) {
  Host h;
  auto batch = h.store->begin();
  const auto draft = store::testing::parsed(h.node.post("not told"));
  ASSERT_TRUE(batch->append(draft.view()));
  ASSERT_TRUE(batch->commit());
  h.hub.reader().refresh();
  EXPECT_EQ(h.host->find_line(codec::number_after(h.node.fingerprint())), std::nullopt);
  EXPECT_EQ(h.host->find_line(codec::since_beginning(h.node.fingerprint())), 0u);
}

TEST(SyncHost, HandsAResourceToTheLedgerWhole) {
  Host h;
  const std::string target = h.peer.post("target");
  const codec::Identifier identifier = store::testing::parsed(target).identifier;
  const std::string text =
      codec::build_deletion(h.peer.key, protocol::testing::kCreated, {{identifier}});
  codec::ContainerReader reader;
  const auto container = reader.parse_copy(text);
  ASSERT_TRUE(container);
  h.host->store_resource(*container, container->identifier());
  ToLedger message;
  ASSERT_TRUE(h.port.to_ledger.try_pop(message));
  const auto& post = std::get<StoreResource>(message);
  EXPECT_EQ(post.container, text);
  EXPECT_EQ(post.source, h.peer.fingerprint());
  EXPECT_EQ(post.publisher, h.peer.fingerprint());
  EXPECT_EQ(post.updates, std::vector{identifier});
  EXPECT_EQ(post.session.slot, h.connection->slot);
}

TEST(SyncHost, NothingIsBuiltWhileASendIsInFlight) {
  Host h;
  h.journal({h.node.post("x")}, h.node.fingerprint());
  EXPECT_TRUE(h.host->push_resource(1));
  EXPECT_TRUE(
      h.host->send_journal_update(codec::since_beginning(h.node.fingerprint()).text(), 1, 1));
  EXPECT_EQ(h.core->counters.frames_out, 2u);
  h.sender.flush();
  EXPECT_FALSE(h.host->push_resource(1));
  EXPECT_FALSE(h.host->send_journal_request(codec::since_beginning(h.peer.fingerprint())));
  EXPECT_FALSE(h.host->send_resource_answer(codec::ResponseStatus::kNotFound, "r", nullptr));
  EXPECT_EQ(h.core->counters.frames_out, 2u);
  EXPECT_EQ(h.sender.on_sent(*h.connection, h.next()), Sender::Outcome::kDone);
}

}  // namespace
}  // namespace sdmp::shard
