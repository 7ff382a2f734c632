#include "engine/shard/failure_log.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace sdmp::shard {
namespace {

using ::testing::HasSubstr;

// The default logger writes to memory while this lives.
struct Captured {
  Captured() : previous(spdlog::default_logger()) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
  }
  ~Captured() { spdlog::set_default_logger(previous); }
  std::ostringstream text;
  std::shared_ptr<spdlog::logger> previous;
};

TEST(FailureLog, SaysWhyInWords) {
  Captured captured;
  FailureLog log;
  log.handshake_failed(-1, {protocol::Cause::kReplayed, std::nullopt}, 1000);
  EXPECT_THAT(captured.text.str(),
              HasSubstr(protocol::describe({protocol::Cause::kReplayed, std::nullopt})));
}

TEST(FailureLog, AFloodBecomesANumber) {
  Captured captured;
  FailureLog log;
  for (int i = 0; i < 1000; ++i) {
    log.session_ended(-1, {protocol::Cause::kFrameInvalid, codec::Error::kFrameTag}, 1000 + i / 2);
  }
  EXPECT_EQ(log.suppressed(), 1000u - FailureLog::kLinesPerSecond);
  log.trouble("the next second", 2000);
  EXPECT_THAT(captured.text.str(), HasSubstr("980 more lines"));
  EXPECT_THAT(captured.text.str(), HasSubstr("the next second"));
}

}  // namespace
}  // namespace sdmp::shard
