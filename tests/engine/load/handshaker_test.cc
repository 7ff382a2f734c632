#include "engine/load/handshaker.h"

#include <cerrno>

#include <gtest/gtest.h>

#include "tests/engine/load/test_run.h"

namespace sdmp::load {
namespace {

using testing::errors;
using testing::Misconduct;
using testing::run_against;
using Greeting = Misconduct::Greeting;

Plan handshakes(std::uint64_t count) {
  Plan plan;
  plan.handshakers = 4;
  plan.count = count;
  return plan;
}

TEST(Handshaker, CountsWhatTheServerCounts) {
  for (const int threads : {1, 3}) {
    Plan plan = handshakes(200);
    plan.threads = threads;
    const auto [report, conduct] = run_against({}, plan, "handshakes");
    EXPECT_EQ(conduct.sessions, 200u);
    EXPECT_EQ(report.stats.handshakes, 200u);
    EXPECT_EQ(report.count(), 200u);
    EXPECT_EQ(report.stats.latency.count(), 200u);
    EXPECT_EQ(report.stats.error_count(), 0u);
    EXPECT_GT(report.rate(), 0);
  }
}

TEST(Handshaker, ThreadsWithoutAShareSwallowNothing) {
  Plan plan = handshakes(30);
  plan.handshakers = 2;
  plan.threads = 3;
  for (const double rate : {0.0, 300.0}) {
    plan.rate = rate;
    const auto [report, conduct] = run_against({}, plan, "handshakes");
    EXPECT_EQ(report.stats.handshakes, 30u);
  }
}

TEST(Handshaker, EveryWayOfFailingHasItsKind) {
  const std::pair<Greeting, ErrorKind> ways[] = {
      {Greeting::kNope, ErrorKind::kNope},      {Greeting::kHttp, ErrorKind::kNotSdmp},
      {Greeting::kCloses, ErrorKind::kClosed},  {Greeting::kWrongNode, ErrorKind::kHandshake},
      {Greeting::kSilent, ErrorKind::kTimeout},
  };
  for (const auto& [greeting, kind] : ways) {
    Misconduct misconduct;
    misconduct.greeting = greeting;
    Plan plan = handshakes(8);
    if (greeting == Greeting::kSilent) plan.timeout_ns = 50'000'000;
    const auto [report, conduct] = run_against(misconduct, plan, "handshakes");
    EXPECT_EQ(report.stats.handshakes, 0u);
    EXPECT_EQ(errors(report, kind), 8u) << name(kind);
    EXPECT_EQ(report.stats.error_count(), 8u) << name(kind);
    // Silence counts with the time that was waited; an answer of another kind is no handshake.
    const bool silent = greeting == Greeting::kSilent;
    EXPECT_EQ(report.stats.latency.count(), silent ? 8u : 0u) << name(kind);
    if (silent) {
      EXPECT_GE(report.stats.latency.min(), plan.timeout_ns);
    }
  }
}

TEST(Handshaker, WhatHasNoAnswerAtTheEndCountsAsItWaited) {
  Misconduct misconduct;
  misconduct.greeting = Greeting::kSilent;
  Plan plan = handshakes(0);
  plan.duration_ns = 100'000'000;
  plan.timeout_ns = 60'000'000'000;
  const auto [report, conduct] = run_against(misconduct, plan, "handshakes");
  EXPECT_EQ(errors(report, ErrorKind::kTimeout), 4u);
  EXPECT_EQ(report.stats.latency.count(), 4u);
  EXPECT_GE(report.stats.latency.min(), testing::kPatienceNs);
}

TEST(Handshaker, ErrorsAndHandshakesAreCountedSideBySide) {
  Misconduct misconduct;
  misconduct.greeting = Greeting::kNope;
  misconduct.greeting_sessions = 5;
  const auto [report, conduct] = run_against(misconduct, handshakes(50), "handshakes");
  EXPECT_EQ(report.stats.handshakes, 45u);
  EXPECT_EQ(errors(report, ErrorKind::kNope), 5u);
  EXPECT_EQ(conduct.sessions, 50u);
}

TEST(Handshaker, NobodyListeningIsAConnectError) {
  const TestIdentities identities = testing::test_identities(1);
  ring::SocketAddress nobody;
  const ServerIdentity server = [&] {
    const testing::TestServer gone(identities);
    nobody = gone.address();
    return gone.identity();
  }();
  Plan plan = handshakes(3);
  plan.server = nobody;
  const Report report =
      testing::carry_out(plan, testing::patient("handshakes"), server, identities, [](auto&) {});
  EXPECT_EQ(errors(report, ErrorKind::kConnect), 3u);
  EXPECT_EQ(report.stats.connect_errno, ECONNREFUSED);
}

TEST(Handshaker, AnOpenLoopKeepsItsRate) {
  Plan plan = handshakes(0);
  plan.rate = 200;
  plan.connecting_max = 4096;
  plan.duration_ns = 500'000'000;
  const auto [report, conduct] = run_against({}, plan, "handshakes");
  // Latency is also that of what was on the way at the end; the count is not.
  EXPECT_EQ(report.stats.latency.count(), conduct.sessions);
  EXPECT_LE(report.stats.handshakes, conduct.sessions);
  EXPECT_EQ(report.stats.error_count(), 0u);
  EXPECT_GE(conduct.sessions, 95u);
  // The measurement ends when the run looks, a little later.
  EXPECT_LE(static_cast<double>(conduct.sessions), 200 * report.elapsed_s + 2);
}

TEST(Handshaker, ConnectsOverIpv6AndFromManyAddresses) {
  const TestIdentities identities = testing::test_identities();
  testing::TestServer server(identities, {}, "[::1]:0");
  server.start();
  const Report report = testing::carry_out(handshakes(20), "handshakes", server, identities);
  EXPECT_EQ(report.stats.handshakes, 20u);
  Plan plan = handshakes(20);
  for (const char* source : {"127.1.0.2:0", "127.1.0.3:0"}) {
    plan.sources.push_back(ring::SocketAddress::parse(source).value());
  }
  const auto [from_many, conduct] = run_against({}, plan, "handshakes");
  EXPECT_EQ(from_many.stats.handshakes, 20u);
}

TEST(Handshaker, AnAddressThatIsNotOursIsNoAddress) {
  Plan plan = handshakes(2);
  plan.sources = {ring::SocketAddress::parse("192.0.2.1:0").value()};
  const auto [report, conduct] = run_against({}, plan, "handshakes");
  EXPECT_EQ(errors(report, ErrorKind::kNoAddress), 2u);
}

}  // namespace
}  // namespace sdmp::load
