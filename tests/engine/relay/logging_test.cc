#include "engine/relay/logging.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

namespace sdmp::relay {
namespace {

TEST(Logging, TheLevelIsTheOneNamed) {
  set_up_logging("warn");
  EXPECT_EQ(spdlog::get_level(), spdlog::level::warn);
  set_up_logging("trace");
  EXPECT_EQ(spdlog::get_level(), spdlog::level::trace);
  set_up_logging("off");
  EXPECT_EQ(spdlog::get_level(), spdlog::level::off);
  set_up_logging("nonsense");
  EXPECT_EQ(spdlog::get_level(), spdlog::level::info);
}

TEST(Logging, LinesGoToStandardErrorWithUtcTime) {
  ::testing::internal::CaptureStderr();
  set_up_logging("info");
  spdlog::info("hello");
  spdlog::debug("not this");
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("Z info hello\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("not this"), std::string::npos);
}

}  // namespace
}  // namespace sdmp::relay
