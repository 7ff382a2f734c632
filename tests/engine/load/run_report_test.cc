// The report of a run: its spans, shortfalls and what was watched.
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
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
  EXPECT_GT(report.server_use->rss_bytes.value(), 1'000'000u);
  EXPECT_FALSE(report.server_use->rss_bytes_per_session) << "of sessions that carry a load";
  ASSERT_TRUE(report.server_use->cpu_us_per_message);
  EXPECT_NEAR(*report.server_use->cpu_us_per_message * 2000, report.server_use->cpu_s * 1e6, 1);
  EXPECT_FALSE(report.server_use->cpu_us_per_handshake);
}

TEST(RunReport, MemoryPerSessionIsOfTheirOpening) {
  // What ThreadSanitizer needs for the opening of sessions is more than they.
  constexpr std::size_t kLater = (testing::kSlowness > 1 ? 256u : 64u) << 20;
  const TestIdentities identities = testing::test_identities();
  testing::TestServer server(identities);
  server.start();
  Plan plan;
  plan.server = server.address();
  plan.idle = 4;
  plan.duration_ns = 1'500'000'000;
  RunOptions options = testing::patient("sessions");
  options.server_pid = getpid();
  auto run = Run::start(plan, options, server.identity(), identities).value();
  std::vector<char> later;
  while (!run->finished()) {
    // A second of it has been measured, then.
    if (run->step()) later.assign(kLater, 'x');
    poll(nullptr, 0, 2);
  }
  const Report report = run->report();
  EXPECT_EQ(later.size(), kLater);
  ASSERT_TRUE(report.server_use && report.server_use->rss_bytes_per_session);
  EXPECT_GT(report.server_use->rss_bytes.value(), kLater);
  EXPECT_LT(4 * *report.server_use->rss_bytes_per_session, kLater / 2);
}

TEST(RunReport, AServerThatHasEndedHasNoMemory) {
  const TestIdentities identities = testing::test_identities();
  testing::TestServer server(identities);
  server.start();
  // It waits until nobody holds the other end, and then to be waited for.
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[1]);
    char octet = 0;
    _exit(read(ends[0], &octet, 1) == 0 ? 0 : 1);
  }
  close(ends[0]);
  Plan plan = publishing(1, 0, 0);
  plan.server = server.address();
  plan.rate = 100;
  plan.duration_ns = 300'000'000;
  RunOptions options = testing::patient("messages");
  options.server_pid = child;
  bool ended = false;
  const Report report =
      testing::carry_out(plan, options, server.identity(), identities, [&](auto&) {
        if (std::exchange(ended, true)) return;
        close(ends[1]);
        siginfo_t info{};
        waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
      });
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  ASSERT_TRUE(report.server_use);
  EXPECT_FALSE(report.server_use->rss_bytes);
  const auto sentence = crossed(parse_threshold("server.rss_bytes > 1000000").value(), report);
  ASSERT_TRUE(sentence);
  EXPECT_NE(sentence->find("had ended"), std::string::npos) << *sentence;
}

TEST(RunReport, AnInterruptBeforeTheMeasurementFails) {
  const TestIdentities identities = testing::test_identities();
  // While sessions are opened, and while nothing counts yet.
  for (const bool opens : {false, true}) {
    Misconduct misconduct;
    if (!opens) misconduct.greeting = Misconduct::Greeting::kSilent;
    testing::TestServer server(identities, misconduct);
    server.start();
    Plan plan = publishing(1, 0, 0);
    plan.server = server.address();
    plan.warmup_ns = plan.duration_ns = 60'000'000'000;
    auto run = Run::start(plan, testing::patient("messages"), server.identity(), identities);
    ASSERT_TRUE(run);
    while (!(*run)->finished()) {
      // Each second there is one.
      if ((*run)->step()) (*run)->interrupt();
      poll(nullptr, 0, 2);
    }
    const Report report = (*run)->report();
    EXPECT_TRUE(report.interrupted);
    EXPECT_FALSE(judge(report, {}).passed());
    ASSERT_EQ(report.shortfalls.size(), 1u);
    EXPECT_NE(report.shortfalls[0].find("interrupted"), std::string::npos);
    EXPECT_EQ(report.measured_s, 0);
    EXPECT_EQ(report.stats.latency.count(), 0u);
    EXPECT_EQ(report.stats.messages, 0u);
    EXPECT_EQ(report.stats.verified.missing, 0u);
    EXPECT_EQ(report.stats.verified.received, server.stop().journalled);
  }
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
