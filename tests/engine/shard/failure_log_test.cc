#include "engine/shard/failure_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/ring/captured_log.h"

namespace sdmp::shard {
namespace {

using ring::testing::Captured;
using ::testing::HasSubstr;

TEST(FailureLog, SaysWhyInWords) {
  Captured captured;
  FailureLog log;
  log.handshake_failed({}, {protocol::Cause::kReplayed, std::nullopt}, 1000);
  EXPECT_THAT(captured.text.str(),
              HasSubstr(protocol::describe({protocol::Cause::kReplayed, std::nullopt})));
}

TEST(FailureLog, NamesThePeer) {
  Captured captured;
  FailureLog log;
  const auto peer = *ring::SocketAddress::parse("[2001:db8::5]:4711");
  log.session_ended(peer, {protocol::Cause::kFrameInvalid, codec::Error::kFrameTag}, 1000);
  EXPECT_THAT(captured.text.str(), HasSubstr("session with [2001:db8::5]:4711 ended: "));
}

TEST(FailureLog, AFloodBecomesANumber) {
  Captured captured;
  FailureLog log;
  for (int i = 0; i < 1000; ++i) {
    log.session_ended({}, {protocol::Cause::kFrameInvalid, codec::Error::kFrameTag}, 1000 + i / 2);
  }
  EXPECT_EQ(log.suppressed(), 1000u - FailureLog::kLinesPerSecond);
  log.trouble("the next second", 2000);
  EXPECT_THAT(captured.text.str(), HasSubstr("980 more lines"));
  EXPECT_THAT(captured.text.str(), HasSubstr("the next second"));
}

TEST(FailureLog, AFloodDoesNotHideTrouble) {
  Captured captured;
  FailureLog log;
  for (int i = 0; i < 1000; ++i) {
    log.session_ended({}, {protocol::Cause::kFrameInvalid, codec::Error::kFrameTag}, 1000);
  }
  log.trouble("a fault of ours", 1000);
  EXPECT_THAT(captured.text.str(), HasSubstr("a fault of ours"));
  for (int i = 0; i < 1000; ++i) log.trouble("again", 1000);
  EXPECT_EQ(log.suppressed(), 2001u - 2 * FailureLog::kLinesPerSecond) << "no flood of its own";
}

}  // namespace
}  // namespace sdmp::shard
