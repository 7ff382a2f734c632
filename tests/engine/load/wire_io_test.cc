// Octets in and out of links.
#include <gtest/gtest.h>

#include "engine/load/wire.h"
#include "tests/engine/load/test_run.h"

namespace sdmp::load {
namespace {

using testing::errors;
using testing::Misconduct;
using testing::run_against;
using Greeting = Misconduct::Greeting;

// One idle session, whose first life the server spoils.
testing::Outcome hold_one(Greeting greeting) {
  Misconduct misconduct;
  misconduct.greeting = greeting;
  misconduct.greeting_sessions = 1;
  Plan plan;
  plan.idle = 1;
  plan.signatures = SignatureCheck::kAll;
  plan.duration_ns = 500'000'000;
  return run_against(misconduct, plan, "sessions");
}

TEST(WireIo, AFrameThatDoesNotOpenEndsTheSession) {
  const auto [report, conduct] = hold_one(Greeting::kBadFrame);
  EXPECT_EQ(errors(report, ErrorKind::kFrame), 1u);
  EXPECT_EQ(report.stats.error_count(), 1u);
  EXPECT_EQ(conduct.sessions, 2u);
}

TEST(WireIo, AMessageOfAnotherNodeIsAnErrorAndTheSessionGoesOn) {
  const auto [report, conduct] = hold_one(Greeting::kBadMessage);
  EXPECT_EQ(errors(report, ErrorKind::kMessage), 1u);
  EXPECT_EQ(report.stats.error_count(), 1u);
  EXPECT_EQ(conduct.sessions, 1u);
}

}  // namespace
}  // namespace sdmp::load
