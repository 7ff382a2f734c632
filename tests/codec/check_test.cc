#include "codec/check.h"

#include <gtest/gtest.h>

namespace sdmp::codec {
namespace {

TEST(Check, PassesSilentlyAndEvaluatesOnce) {
  int evaluated = 0;
  SDMP_CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, NamesTheConditionAndItsPlace) {
  const bool sky_is_green = false;
  EXPECT_DEATH(SDMP_CHECK(sky_is_green), "check_test.*check failed: sky_is_green");
}

}  // namespace
}  // namespace sdmp::codec
