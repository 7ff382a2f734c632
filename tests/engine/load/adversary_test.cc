#include "engine/load/adversary.h"

#include <gtest/gtest.h>

#include "tests/engine/load/test_run.h"

namespace sdmp::load {
namespace {

AbuseFigures figures_of(const Report& report, Adversary adversary) {
  return report.stats.abuse[static_cast<std::size_t>(adversary)];
}

testing::Outcome abuse(Adversary adversary) {
  Plan plan = testing::publishing(1, 2, 0);
  plan.rate = 200;
  plan.duration_ns = 500'000'000;
  plan.adversaries = 3;
  plan.abuse = {adversary};
  return testing::run_against({}, plan, "deliveries");
}

TEST(Adversary, EachKindIsMetAsItDeservesAndBystandersLoseNothing) {
  const struct {
    Adversary adversary;
    bool refused;  // the test server answers `nope`
    bool ended;    // and closes
  } cases[] = {
      {Adversary::kSilent, false, false},  {Adversary::kDribble, false, false},
      {Adversary::kGarbage, true, true},   {Adversary::kReplay, true, true},
      {Adversary::kWrongTag, false, true}, {Adversary::kNeverRead, false, false},
  };
  for (const auto& [adversary, refused, ended] : cases) {
    const auto [report, conduct] = abuse(adversary);
    const AbuseFigures figures = figures_of(report, adversary);
    EXPECT_GE(figures.opened, 3u) << name(adversary);
    EXPECT_EQ(figures.refused > 0, refused) << name(adversary);
    EXPECT_EQ(figures.ended > 0, ended) << name(adversary);
    EXPECT_LE(figures.refused, figures.opened) << name(adversary);
    EXPECT_LE(figures.ended, figures.opened) << name(adversary);
    if (!ended && !refused) {
      EXPECT_EQ(figures.opened, 3u) << name(adversary);
    }
    EXPECT_EQ(report.stats.error_count(), 0u) << name(adversary);
    const Verified& verified = report.stats.verified;
    EXPECT_EQ(verified.received, verified.expected) << name(adversary);
    EXPECT_EQ(verified.missing + verified.duplicated + verified.corrupt, 0u) << name(adversary);
    EXPECT_GT(report.stats.latency.count(), 0u) << name(adversary);
    EXPECT_GT(report.stats.bystander.count(), 0u) << name(adversary);
    // By when they were due: half of them, whenever they arrived.
    EXPECT_NEAR(static_cast<double>(report.stats.bystander.count()),
                static_cast<double>(report.stats.undisturbed.count()), 20)
        << name(adversary);
    EXPECT_EQ(report.stats.latency.count(),
              report.stats.bystander.count() + report.stats.undisturbed.count());
    EXPECT_GE(report.stats.latency.max(), report.stats.bystander.max()) << name(adversary);
    const auto has = [&report](const std::string& name) {
      return std::ranges::any_of(report.extras, [&](const auto& e) { return e.name == name; });
    };
    EXPECT_TRUE(has("bystanders.p99_ratio"));
    EXPECT_TRUE(has("abuse." + std::string(name(adversary)) + ".opened"));
  }
}

}  // namespace
}  // namespace sdmp::load
