#include "engine/load/publisher.h"

#include <gtest/gtest.h>

#include "engine/load/threshold.h"
#include "tests/engine/load/test_run.h"

namespace sdmp::load {
namespace {

using testing::all_of;
using testing::errors;
using testing::Misconduct;
using testing::publishing;
using testing::run_against;
using Figures = std::vector<std::uint64_t>;

TEST(Publisher, AnHonestServerGivesACleanReport) {
  for (const int threads : {1, 2}) {
    Plan plan = publishing(3, 0, 600);
    plan.threads = threads;
    const auto [report, conduct] = run_against({}, plan);
    EXPECT_EQ(conduct.journalled, 600u);
    EXPECT_EQ(all_of(report.stats.verified), (Figures{600, 600, 0, 0, 0, 0, 0}));
    EXPECT_EQ(report.stats.messages, 600u);
    EXPECT_EQ(report.count(), 600u);
    EXPECT_FALSE(report.reads_back);
    EXPECT_EQ(report.stats.latency.count(), 600u);
    EXPECT_EQ(report.stats.error_count(), 0u);
    EXPECT_TRUE(report.warnings.empty() || report.warnings[0].starts_with("the client was at work"))
        << report.warnings[0];
    EXPECT_TRUE(judge(report, {}).passed());
  }
}

TEST(Publisher, QuotasAddUpToTheCount) {
  const auto [report, conduct] = run_against({}, publishing(6, 0, 100));
  EXPECT_EQ(conduct.journalled, 100u);
  EXPECT_EQ(report.stats.messages, 100u);
}

TEST(Publisher, WhatTheServerThrowsAwayIsMissing) {
  Misconduct misconduct;
  misconduct.ignore_every = 50;
  // More are lost than may be on the way at once: each takes a place until the end.
  Plan plan = publishing(1, 0, 600);
  plan.in_flight = 16;
  const auto [report, conduct] = run_against(misconduct, plan);
  EXPECT_EQ(conduct.ignored, 12u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{600, 588, 12, 0, 0, 0, 0}));
  EXPECT_EQ(report.stats.messages, 588u);
  EXPECT_FALSE(judge(report, {}).passed());
  EXPECT_FALSE(report.warnings.empty());
}

TEST(Publisher, OneOfTenThousandThatIsLostIsReportedExactly) {
  Misconduct misconduct;
  misconduct.ignore_every = 10'000;
  Plan plan = publishing(4, 0, 10'001);
  plan.sizes = {{640, 1}};
  plan.signatures = SignatureCheck::kSample;
  const auto [report, conduct] = run_against(misconduct, plan);
  EXPECT_EQ(conduct.ignored, 1u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{10'001, 10'000, 1, 0, 0, 0, 0}));
  const Verdict verdict = judge(report, {});
  ASSERT_TRUE(verdict.verification);
  EXPECT_NE(verdict.verification->find("1 missing"), std::string::npos) << *verdict.verification;
}

TEST(Publisher, LinesThatNameAPostTwiceAreDuplicates) {
  Misconduct misconduct;
  misconduct.journal_twice_every = 100;
  const auto [report, conduct] = run_against(misconduct, publishing(2, 0, 590));
  EXPECT_EQ(conduct.journalled_twice, 5u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{590, 590, 0, 5, 0, 0, 0}));
}

TEST(Publisher, LinesInAnotherOrderThanTheirPostsAreOutOfOrder) {
  Misconduct misconduct;
  misconduct.swap_every = 100;
  const auto [report, conduct] = run_against(misconduct, publishing(1, 0, 590));
  EXPECT_EQ(conduct.swapped, 5u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{590, 590, 0, 0, 0, 5, 0}));
}

TEST(Publisher, LinesThatDoNotContinueTheChainAreCounted) {
  Misconduct misconduct;
  misconduct.contradict_every = 100;
  const auto [report, conduct] = run_against(misconduct, publishing(1, 0, 590));
  EXPECT_EQ(conduct.contradicted, 5u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{590, 590, 0, 0, 0, 0, 5}));
  EXPECT_FALSE(judge(report, {}).passed());
}

TEST(Publisher, AfterALossPushesAgainWhatWasNotAcknowledged) {
  for (const bool journals : {false, true}) {
    // The first post: before the server has said anything about its journal.
    for (const std::uint64_t at : {1u, 250u}) {
      Misconduct misconduct;
      misconduct.close_publisher_at = at;
      misconduct.journals_before_closing = journals;
      const auto [report, conduct] = run_against(misconduct, publishing(2, 0, 500));
      EXPECT_EQ(conduct.closed, 1u);
      EXPECT_EQ(conduct.sessions, 3u);
      EXPECT_EQ(conduct.journalled, 500u);
      EXPECT_EQ(all_of(report.stats.verified), (Figures{500, 500, 0, 0, 0, 0, 0}))
          << "journalled before the end: " << journals << ", at " << at;
      EXPECT_EQ(report.stats.messages, 500u);
      EXPECT_EQ(errors(report, ErrorKind::kClosed), 1u);
      EXPECT_EQ(report.stats.error_count(), 1u);
    }
  }
}

TEST(Publisher, WhatIsPushedAgainMayTakeManyTurns) {
  Misconduct misconduct;
  misconduct.close_publisher_at = 250;
  Plan plan = publishing(1, 0, 500);
  plan.in_flight = 400;
  const auto [report, conduct] = run_against(misconduct, plan);
  EXPECT_EQ(conduct.closed, 1u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{500, 500, 0, 0, 0, 0, 0}));
}

// What the second session of the only publisher has waiting to be sent, at most, until it has
// nothing to send any more; 0: it did not come to that.
std::size_t most_output_of_the_second_session(Wire& wire, Publishers& publishers) {
  const std::int64_t end_ns = Clock::read().ns + 20'000'000'000;
  std::size_t most = 0;
  while (Clock::read().ns < end_ns) {
    wire.turn(publishers.next_due_ns().value_or(Clock::read().ns + 10'000'000));
    publishers.on_turn(wire.clock().ns);
    const Link* link = wire.find(0, 2);
    if (link == nullptr || !link->open()) continue;
    most = std::max(most, link->output.size());
    if (most > 0 && link->output.empty() && !link->send_in_flight) return most;
  }
  return 0;
}

TEST(Publisher, WhatIsPushedAgainWaitsForRoomAsAllElse) {
  // Nothing is acknowledged, so that at least 300 posts go again.
  Misconduct misconduct;
  misconduct.knows_no_journal = true;
  misconduct.close_publisher_at = 300;
  const TestIdentities identities = testing::test_identities();
  testing::TestServer server(identities, misconduct);
  server.start();
  Plan plan = publishing(1, 0, 400);
  plan.server = server.address();
  plan.in_flight = 400;
  plan.sizes = {{4096, 1}};
  Publications publications("run", 1);
  Inbox inbox(server.identity(), identities, publications, SignatureCheck::kNone);
  Stats stats;
  const auto wire = Wire::create(plan, server.identity(), inbox, stats).value();
  Crew crew{plan, server.identity(), identities, publications, *wire, 0};
  Publishers publishers(crew);
  wire->enable();
  publishers.begin();
  crew.phase = Phase::kMeasuring;
  const std::size_t most = most_output_of_the_second_session(*wire, publishers);
  EXPECT_GT(most, 0u);
  EXPECT_LT(most, kOutputMax + 16'384) << "and one frame more";
  EXPECT_GE(stats.bytes_out, 700 * 1024u);
  wire->close_all();
  while (!wire->idle()) wire->turn(Clock::read().ns + 10'000'000);
  EXPECT_EQ(server.stop().closed, 1u);
}

TEST(Publisher, WhatWasJournalledMeanwhileComesInMoreThanOnePage) {
  Misconduct misconduct;
  misconduct.close_publisher_at = 1;
  misconduct.journals_before_closing = true;
  misconduct.page = 3;
  const auto [report, conduct] = run_against(misconduct, publishing(2, 0, 500));
  EXPECT_EQ(conduct.closed, 1u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{500, 500, 0, 0, 0, 0, 0}));
}

TEST(Publisher, ALongFrameArrivesInPieces) {
  Plan plan = publishing(1, 1, 4);
  plan.sizes = {{500'000, 1}};
  const auto [report, conduct] = run_against({}, plan);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{4, 4, 0, 0, 0, 0, 0}));
  EXPECT_GT(report.stats.bytes_out, 4u * 200'000);
}

TEST(Publisher, RequestsOfTheServerAreAnsweredOrIgnored) {
  Misconduct misconduct;
  misconduct.asks_back = true;
  const auto [report, conduct] = run_against(misconduct, publishing(1, 1, 20));
  EXPECT_EQ(all_of(report.stats.verified), (Figures{20, 20, 0, 0, 0, 0, 0}));
  EXPECT_EQ(report.stats.error_count(), 0u);
}

TEST(Publisher, AServerWithoutAJournalAcknowledgesNothing) {
  Misconduct misconduct;
  misconduct.knows_no_journal = true;
  Plan plan = publishing(1, 0, 10);
  plan.in_flight = 4;
  const auto [report, conduct] = run_against(misconduct, plan);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{4, 0, 4, 0, 0, 0, 0}));
  EXPECT_FALSE(judge(report, {}).passed());
}

}  // namespace
}  // namespace sdmp::load
