// The report of a run: its spans, shortfalls and what was watched.
#include <gtest/gtest.h>
#include <unistd.h>

#include "engine/load/run.h"
#include "engine/load/threshold.h"
#include "tests/engine/load/test_run.h"

namespace sdmp::load {
namespace {

using testing::Misconduct;
using testing::publishing;
using testing::run_against;

TEST(RunReport, TheServersProcessIsWatched) {
  const TestIdentities identities = testing::test_identities();
  testing::TestServer server(identities);
  server.start();
  Plan plan = publishing(1, 0, 2000);
  plan.server = server.address();
  RunOptions options = testing::patient("messages");
  options.server_pid = getpid();
  const Report report =
      testing::carry_out(plan, options, server.identity(), identities, [](auto&) {});
  ASSERT_TRUE(report.server_use);
  EXPECT_EQ(report.server_use->pid, getpid());
  EXPECT_GT(report.server_use->rss_bytes, 1'000'000u);
  ASSERT_TRUE(report.server_use->cpu_us_per_message);
  EXPECT_NEAR(*report.server_use->cpu_us_per_message * 2000, report.server_use->cpu_s * 1e6, 1);
  EXPECT_FALSE(report.server_use->cpu_us_per_handshake);
}

TEST(RunReport, ARunThatMeasuresNothingFails) {
  Misconduct misconduct;
  misconduct.greeting = Misconduct::Greeting::kNope;
  const TestIdentities identities = testing::test_identities();
  testing::TestServer server(identities, misconduct);
  server.start();
  Plan plan = publishing(1, 0, 10);
  plan.server = server.address();
  RunOptions options = testing::patient("messages");
  options.open_timeout_ns = 300'000'000;
  const Report unopened =
      testing::carry_out(plan, options, server.identity(), identities, [](auto&) {});
  EXPECT_FALSE(judge(unopened, {}).passed());
  ASSERT_EQ(unopened.shortfalls.size(), 1u);
  EXPECT_NE(unopened.shortfalls[0].find("not all open"), std::string::npos);

  Plan handshakes;
  handshakes.handshakers = 2;
  handshakes.count = 4;
  const auto [refused, conduct] = run_against(misconduct, handshakes, "handshakes");
  EXPECT_FALSE(judge(refused, {}).passed());
  ASSERT_EQ(refused.shortfalls.size(), 1u);
  EXPECT_NE(refused.shortfalls[0].find("no handshakes"), std::string::npos);
}

}  // namespace
}  // namespace sdmp::load
