#include "engine/load/subscriber.h"

#include <gtest/gtest.h>

#include "engine/load/threshold.h"
#include "tests/engine/load/test_run.h"

namespace sdmp::load {
namespace {

using testing::all_of;
using testing::errors;
using testing::Misconduct;
using testing::publishing;
using Figures = std::vector<std::uint64_t>;

// One publisher, three subscribers.
constexpr std::uint32_t kSubscribers = 3;
testing::Outcome fan_out(const Misconduct& misconduct, std::uint64_t count) {
  return testing::run_against(misconduct, publishing(1, kSubscribers, count), "deliveries");
}

TEST(Subscriber, AnHonestServerGivesACleanReport) {
  for (const bool announces_only : {false, true}) {
    Misconduct conduct_wanted;
    conduct_wanted.announces_only = announces_only;
    const auto [report, conduct] = fan_out(conduct_wanted, 300);
    EXPECT_EQ(conduct.answers, announces_only ? 900u : 0u);
    EXPECT_EQ(all_of(report.stats.verified), (Figures{900, 900, 0, 0, 0, 0, 0}));
    EXPECT_EQ(report.stats.deliveries, 900u);
    EXPECT_TRUE(report.reads_back);
    EXPECT_EQ(report.stats.latency.count(), 900u);
    EXPECT_EQ(report.stats.error_count(), 0u);
    EXPECT_TRUE(judge(report, {}).passed());
  }
}

TEST(Subscriber, WhatTheServerDoesNotGiveOutIsMissing) {
  Misconduct misconduct;
  misconduct.withhold_every = 50;
  const auto [report, conduct] = fan_out(misconduct, 300);
  EXPECT_EQ(conduct.withheld, 6u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{900, 882, 18, 0, 0, 0, 0}));
  EXPECT_EQ(report.stats.messages, 300u);
  EXPECT_FALSE(judge(report, {}).passed());
  // It counts with the time that was waited for it: 18 of 900 are 2 %.
  EXPECT_EQ(report.stats.latency.count(), 900u);
  EXPECT_GE(report.stats.latency.percentile(98.5), testing::kPatienceNs);
  EXPECT_LT(report.stats.latency.percentile(97), testing::kPatienceNs);
}

TEST(Subscriber, AnAlteredCopyIsCorruptAndAskedForAgain) {
  Misconduct misconduct;
  misconduct.alter_every = 50;
  // Not the last one: the run ends when nothing is missing.
  const auto [report, conduct] = fan_out(misconduct, 290);
  EXPECT_EQ(conduct.altered, 15u);
  EXPECT_EQ(conduct.answers, 15u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{870, 870, 0, 0, 15, 0, 0}));
  EXPECT_FALSE(judge(report, {}).passed());
}

TEST(Subscriber, AnAlteredAnswerIsCorruptAndNotMissingToo) {
  Misconduct misconduct;
  misconduct.alter_every = 50;
  misconduct.announces_only = true;
  const auto [report, conduct] = fan_out(misconduct, 300);
  EXPECT_EQ(conduct.altered, 18u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{900, 882, 0, 0, 18, 0, 0}));
}

TEST(Subscriber, OneOfTenThousandThatIsAlteredIsReportedExactly) {
  Misconduct misconduct;
  misconduct.alter_every = 10'000;
  Plan plan = publishing(4, 1, 10'001);
  plan.sizes = {{640, 1}};
  plan.signatures = SignatureCheck::kSample;
  const auto [report, conduct] = testing::run_against(misconduct, plan, "deliveries");
  EXPECT_EQ(conduct.altered, 1u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{10'001, 10'001, 0, 0, 1, 0, 0}));
  const Verdict verdict = judge(report, {});
  ASSERT_TRUE(verdict.verification);
  EXPECT_NE(verdict.verification->find("1 corrupt"), std::string::npos) << *verdict.verification;
}

TEST(Subscriber, AnAlteredCopyDoesNotHideAMissingPost) {
  Misconduct misconduct;
  misconduct.alter_every = 50;
  misconduct.withhold_every = 70;
  const auto [report, conduct] = fan_out(misconduct, 290);
  EXPECT_EQ(conduct.altered, 15u);
  EXPECT_EQ(conduct.withheld, 4u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{870, 858, 12, 0, 15, 0, 0}));
  EXPECT_EQ(report.stats.latency.count(), 870u);
}

TEST(Subscriber, ASecondCopyIsADuplicate) {
  Misconduct misconduct;
  misconduct.duplicate_every = 50;
  const auto [report, conduct] = fan_out(misconduct, 300);
  EXPECT_EQ(conduct.duplicated, 18u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{900, 900, 0, 18, 0, 0, 0}));
}

TEST(Subscriber, AnAnswerThatCrossesWithThePushIsNone) {
  Misconduct misconduct;
  misconduct.announces_first = true;
  const auto [report, conduct] = fan_out(misconduct, 300);
  EXPECT_EQ(conduct.answers, 900u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{900, 900, 0, 0, 0, 0, 0}));
}

TEST(Subscriber, TheJournalKeepsThePublishersOrder) {
  Misconduct misconduct;
  misconduct.swap_every = 50;
  const auto [report, conduct] = fan_out(misconduct, 290);
  EXPECT_EQ(conduct.swapped, 5u);
  EXPECT_EQ(all_of(report.stats.verified), (Figures{870, 870, 0, 0, 0, 15, 0}));
}

TEST(Subscriber, AContradictionOfTheChainIsCountedBySession) {
  Misconduct misconduct;
  misconduct.contradict_every = 50;
  const auto [report, conduct] = fan_out(misconduct, 290);
  EXPECT_EQ(conduct.contradicted, 5u);
  EXPECT_EQ(report.stats.verified.missing, 0u);
  // The publisher follows the journal too.
  EXPECT_EQ(report.stats.verified.broken_chain, 5u * (kSubscribers + 1));
}

TEST(Subscriber, WhatWasOnTheWayWhenTheSessionEndedIsAskedForAgain) {
  for (const bool announces_only : {false, true}) {
    Misconduct misconduct;
    misconduct.close_others_at = 150;
    misconduct.announces_only = announces_only;
    const auto [report, conduct] = fan_out(misconduct, 300);
    EXPECT_EQ(conduct.closed, kSubscribers);
    EXPECT_EQ(conduct.sessions, 1 + 2 * kSubscribers);
    EXPECT_EQ(all_of(report.stats.verified), (Figures{900, 900, 0, 0, 0, 0, 0}))
        << "asked for: " << announces_only;
    EXPECT_EQ(errors(report, ErrorKind::kClosed), kSubscribers);
  }
}

TEST(Subscriber, WhatWasMissedComesInMoreThanOnePage) {
  // All of the second half is published before they are back.
  for (const std::size_t page : {1u, 7u}) {
    Misconduct misconduct;
    misconduct.close_others_at = 150;
    misconduct.page = page;
    const auto [report, conduct] = fan_out(misconduct, 300);
    EXPECT_EQ(conduct.closed, kSubscribers);
    EXPECT_EQ(all_of(report.stats.verified), (Figures{900, 900, 0, 0, 0, 0, 0})) << page;
  }
}

}  // namespace
}  // namespace sdmp::load
