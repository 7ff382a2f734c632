#include "engine/relay/ledger.h"

#include <functional>
#include <semaphore>
#include <thread>
#include <utility>

#include "engine/relay/trust_facts.h"
#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

using protocol::StoreOutcome;

// A ledger with ports that the test reads in place of shards.
class LedgerTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kPorts = 2;

  void SetUp() override {
    ledger_ = std::make_unique<Ledger>(*store_, home_.user());
    std::vector<Ledger::ShardLink> links;
    for (std::size_t i = 0; i < kPorts; ++i) {
      links.push_back({&ports_[i], [this, i] {
                         if (i == 0 && on_told_) std::exchange(on_told_, nullptr)();
                         woken_[i].release();
                       }});
    }
    ledger_->attach(std::move(links));
  }
  void TearDown() override { stop(); }
  void start() {
    thread_ = std::thread([this] { ledger_->run(); });
  }
  void stop() {
    ledger_->stop();
    if (thread_.joinable()) thread_.join();
  }
  void post(std::size_t port, const std::string& container, std::uint32_t slot) {
    codec::ContainerReader parser;
    const auto parsed = parser.parse_copy(container);
    shard::ToLedger message =
        shard::StoreResource{.session = {slot, 1},
                             .source = home_.user(),
                             .publisher = parsed->publisher,
                             .identifier = parsed->identifier(),
                             .container = container,
                             .updates = {},
                             .schemas = {parsed->schemas.begin(), parsed->schemas.end()}};
    ASSERT_TRUE(ports_[port].to_ledger.try_push(message));
  }
  // The next message to a shard, waiting for it.
  shard::ToShard next(std::size_t port) {
    shard::ToShard message;
    while (!ports_[port].to_shard.try_pop(message)) woken_[port].acquire();
    return message;
  }

  testing::TemporaryDirectory directory_;
  Home home_ = *Home::create(directory_ / "home", testing::local_options());
  std::string others_bundle_ =
      testing::bundle_of(*Home::create(directory_ / "other", testing::local_options()));
  Home other_ = *Home::open(directory_ / "other");
  std::unique_ptr<store::Store> store_ = *open_store(home_, testing::small_store());
  std::array<shard::LedgerPort, kPorts> ports_;
  std::array<std::counting_semaphore<>, kPorts> woken_ = {std::counting_semaphore<>(0),
                                                          std::counting_semaphore<>(0)};
  std::function<void()> on_told_;  // once, on the ledger's thread: the first port was told
  std::unique_ptr<Ledger> ledger_;
  std::thread thread_;
};

TEST_F(LedgerTest, CommitsInGroupsAndAnswersInOrder) {
  for (std::uint32_t i = 0; i < 100; ++i) {
    post(i % 2, testing::post_by(home_, "post " + std::to_string(i)), i);
  }
  start();
  for (std::size_t port = 0; port < kPorts; ++port) {
    const auto message = next(port);
    const auto* committed = std::get_if<shard::Committed>(&message);
    ASSERT_NE(committed, nullptr);
    EXPECT_EQ(committed->journal_size, 104u);
    ASSERT_TRUE(committed->fresh);
    EXPECT_EQ(committed->fresh->size(), 100u);
    EXPECT_FALSE(committed->trust);
    ASSERT_EQ(committed->answers.size(), 50u);
    for (std::uint32_t i = 0; i < 50; ++i) {
      const auto& answer = std::get<shard::StoredAnswer>(committed->answers[i]);
      EXPECT_EQ(answer.session.slot, 2 * i + port);
      EXPECT_EQ(answer.outcome, StoreOutcome::kJournalled);
    }
  }
  const LedgerCounters counters = ledger_->snapshot();
  EXPECT_EQ(counters.commits, 1u) << "one for all that had gathered";
  EXPECT_EQ(counters.resources, 100u);
  EXPECT_EQ(counters.journal_size, 104u);
}

TEST_F(LedgerTest, PostsWaitForTheirAnnouncementSoThatATurnIsOneCommit) {
  // Posted behind a commit, before the ledger could look again.
  on_told_ = [this] { post(0, testing::post_by(home_, "second"), 2); };
  post(0, testing::post_by(home_, "first"), 1);
  start();
  next(0);
  post(0, testing::post_by(home_, "third"), 3);
  ledger_->wake();
  const auto message = next(0);
  EXPECT_EQ(std::get<shard::Committed>(message).answers.size(), 2u);
  EXPECT_EQ(ledger_->snapshot().commits, 2u);
}

TEST_F(LedgerTest, ToldMeansDurable) {
  start();
  post(0, testing::post_by(home_, "x"), 1);
  ledger_->wake();
  const auto message = next(0);
  EXPECT_EQ(store_->reader().journal_size(), std::get<shard::Committed>(message).journal_size);
}

TEST_F(LedgerTest, P_TRUST_IsComputedAnewWhenTheFactsChange) {
  std::vector<Ledger::Trust> observed;
  ledger_->observe_trust([&](const Ledger::Trust& trust) { observed.push_back(trust); });
  EXPECT_FALSE(ledger_->trust()->may_connect(other_.node(), unix_now()));
  std::string bundle = others_bundle_;
  bundle += codec::build_relationship(home_.user_key(), unix_now(),
                                      codec::RelationshipType::kConnection, other_.user());
  store::Reader reader = store_->reader();
  auto resources = verify_bundle(split_lines(bundle), "bundle", reader);
  ASSERT_TRUE(resources) << resources.error();
  start();
  const LocalOutcomes outcomes = ledger_->submit(std::move(*resources)).get();
  EXPECT_THAT(outcomes, ::testing::Each(StoreOutcome::kJournalled));
  const auto message = next(1);
  const auto& committed = std::get<shard::Committed>(message);
  ASSERT_TRUE(committed.trust) << "every shard is told";
  EXPECT_TRUE(committed.trust->may_connect(other_.node(), unix_now()));
  EXPECT_EQ(ledger_->trust(), committed.trust);
  EXPECT_EQ(committed.fresh->at(0).source, home_.node()) << "local";
  stop();
  ASSERT_EQ(observed.size(), 1u);
  EXPECT_EQ(observed[0], committed.trust);
  EXPECT_EQ(ledger_->snapshot().trust_computations, 2u);
}

TEST_F(LedgerTest, StopCommitsEverythingPostedBefore) {
  for (std::uint32_t i = 0; i < 500; ++i) post(0, testing::post_by(home_, std::to_string(i)), i);
  auto local = ledger_->submit({});
  ledger_->stop();
  ledger_->run();
  EXPECT_EQ(store_->reader().journal_size(), 504u);
  EXPECT_TRUE(local.get().empty());
  const auto late = ledger_->submit(std::vector<VerifiedResource>(1)).get();
  EXPECT_THAT(late, ::testing::ElementsAre(StoreOutcome::kFailed));
}

TEST_F(LedgerTest, AFullMailboxOfAShardLosesNothing) {
  shard::ToShard filler = shard::EndDial{1};
  while (ports_[0].to_shard.try_push(filler)) filler = shard::EndDial{1};
  start();
  for (std::uint32_t i = 0; i < 20; ++i) {
    post(0, testing::post_by(home_, std::to_string(i)), i);
    ledger_->wake();
    next(1);  // another shard is told at once, commit by commit
  }
  std::uint32_t expected = 0;
  for (std::size_t i = 0; i < shard::LedgerPort::kToShardMax; ++i) {
    shard::ToShard message;
    ASSERT_TRUE(ports_[0].to_shard.try_pop(message));
  }
  while (expected < 20) {
    const auto message = next(0);
    for (const auto& answer : std::get<shard::Committed>(message).answers) {
      EXPECT_EQ(std::get<shard::StoredAnswer>(answer).session.slot, expected++);
    }
  }
}

TEST_F(LedgerTest, MessagesForAShardGoThroughTheLedger) {
  start();
  ledger_->tell(1, shard::Dial{.address = "127.0.0.1:1",
                               .expected = {},
                               .keep = false,
                               .track_round = false,
                               .dial_id = 3});
  ledger_->tell(1, shard::Drain{});
  EXPECT_EQ(std::get<shard::Dial>(next(1)).dial_id, 3u);
  EXPECT_TRUE(std::holds_alternative<shard::Drain>(next(1)));
}

TEST_F(LedgerTest, P_SYN_AnOperatorForgivesAFork) {
  start();
  shard::ToLedger message =
      shard::StoreProgress{.session = {1, 1},
                           .peer = other_.node(),
                           .cursor = {.last = {}, .position = 0, .forked = true},
                           .wanted = {}};
  ASSERT_TRUE(ports_[0].to_ledger.try_push(message));
  ledger_->wake();
  next(0);
  EXPECT_TRUE(store_->reader().peer(other_.node()).forked);
  EXPECT_TRUE(ledger_->reset_peer(other_.node()).get());
  EXPECT_FALSE(store_->reader().peer(other_.node()).forked);
}

TEST_F(LedgerTest, OneThatNeverRanKeepsItsPromises) {
  auto waiting = ledger_->submit(std::vector<VerifiedResource>(2));
  ledger_.reset();
  EXPECT_EQ(waiting.get().size(), 2u);
  ledger_ = std::make_unique<Ledger>(*store_, home_.user());
}

}  // namespace
}  // namespace sdmp::relay
