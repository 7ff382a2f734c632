#include "engine/load/fetcher.h"

#include <gtest/gtest.h>

#include "codec/resource.h"
#include "engine/load/threshold.h"
#include "tests/engine/load/test_run.h"

namespace sdmp::load {
namespace {

using testing::all_of;
using testing::Misconduct;
using Figures = std::vector<std::uint64_t>;

testing::Outcome fetch(const Misconduct& misconduct, std::size_t posts, std::uint32_t fetchers,
                       std::uint64_t known = 0) {
  const TestIdentities identities = testing::test_identities();
  testing::TestServer server(identities, misconduct);
  server.fill(posts, [&identities](std::size_t i) {
    return codec::build_post(identities.nodes()[0], testing::unix_now(), "",
                             "entry " + std::to_string(i) + std::string(200, 'x'));
  });
  server.start();
  Plan plan;
  plan.fetchers = fetchers;
  plan.entries = known;
  plan.signatures = SignatureCheck::kAll;
  Report report = testing::carry_out(plan, "deliveries", server, identities);
  return {std::move(report), server.stop()};
}

TEST(Fetcher, FetchesTheWholeJournalInItsParts) {
  // One answer holds at most 1,024 lines.
  const auto [report, conduct] = fetch({}, 2500, 2);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{5000, 5000, 0, 0, 0, 0, 0}));
  EXPECT_EQ(report.stats.deliveries, 5000u);
  EXPECT_EQ(report.stats.latency.count(), 5000u);
  EXPECT_EQ(conduct.answers, 5000u);
  EXPECT_EQ(report.stats.error_count(), 0u);
}

TEST(Fetcher, AJournalThatLeavesOutWhatWasPublishedLacksIt) {
  const auto [report, conduct] = fetch({}, 300, 2, 310);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{620, 600, 20, 0, 0, 0, 0}));
  EXPECT_FALSE(judge(report, {}).passed());
  // Others may have published, too.
  EXPECT_EQ(all_of(fetch({}, 300, 1, 290).report.stats.verified),
            (Figures{300, 300, 0, 0, 0, 0, 0}));
}

TEST(Fetcher, AnEmptyJournalIsFetchedAtOnce) {
  const auto [report, conduct] = fetch({}, 0, 2);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(report.stats.handshakes, 2u);
  EXPECT_LT(report.elapsed_s, 1);
}

TEST(Fetcher, WhatIsNotFoundIsMissingAndWhatIsAlteredIsCorrupt) {
  Misconduct misconduct;
  misconduct.alter_every = 30;
  misconduct.withhold_every = 70;
  const auto [report, conduct] = fetch(misconduct, 300, 2);
  EXPECT_EQ(conduct.withheld, 4u);
  // The 210th is one of both: nobody gets a copy of it.
  EXPECT_EQ(conduct.altered, 18u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{600, 574, 8, 0, 18, 0, 0}));
  EXPECT_FALSE(judge(report, {}).passed());
}

TEST(Fetcher, AChainThatBreaksIsCountedOncePerAnswer) {
  Misconduct misconduct;
  misconduct.contradict_every = 1200;
  const auto [report, conduct] = fetch(misconduct, 1300, 1);
  EXPECT_EQ(conduct.contradicted, 1u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{1300, 1300, 0, 0, 0, 0, 1}));
}

TEST(Fetcher, AServerThatDoesNotAnswerForItsJournalEndsTheRun) {
  Misconduct misconduct;
  misconduct.knows_no_journal = true;
  const auto [report, conduct] = fetch(misconduct, 10, 1);
  EXPECT_EQ(report.stats.verified.received, 0u);
  EXPECT_EQ(report.stats.unfinished_fetches, 1u);
  EXPECT_FALSE(judge(report, {}).passed());
  EXPECT_LT(report.elapsed_s, 1) << "there is nothing to wait for";
}

}  // namespace
}  // namespace sdmp::load
