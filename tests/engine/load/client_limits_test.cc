#include "engine/load/client_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sdmp::load {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ClientUse busy(double cpu_s, int threads, int cores) {
  ClientUse use;
  use.cpu_s = cpu_s;
  use.measured_s = 10;
  use.threads = threads;
  use.cores = cores;
  return use;
}

TEST(ClientLimits, ABusyClientIsToldWhateverItsThreadsAre) {
  for (const int threads : {1, 4}) {
    EXPECT_THAT(client_limits(busy(9.7, threads, 1)), ElementsAre(HasSubstr("97 % of the time")))
        << threads;
    EXPECT_TRUE(client_limits(busy(8.7, threads, 1)).empty()) << threads;
  }
  EXPECT_THAT(client_limits(busy(38, 4, 4)), ElementsAre(HasSubstr("95 % of the time")));
  EXPECT_TRUE(client_limits(busy(9.7, 4, 4)).empty());
  EXPECT_THAT(client_limits(busy(9.7, 1, 4)), ElementsAre(HasSubstr("97 % of the time")));
}

TEST(ClientLimits, MoreThreadsAreAdvisedOnlyWhereThereAreCoresForThem) {
  EXPECT_THAT(client_limits(busy(9.7, 1, 2)), ElementsAre(HasSubstr("more --threads")));
  EXPECT_THAT(client_limits(busy(9.7, 1, 1)),
              ElementsAre(AllOf(HasSubstr("more cores"), Not(HasSubstr("--threads")))));
}

TEST(ClientLimits, TheScheduleIsOfAnOpenLoop) {
  ClientUse use = busy(1, 1, 1);
  use.lag_p99_ns = 12'340'000;
  EXPECT_TRUE(client_limits(use).empty());
  use.open_loop = true;
  EXPECT_THAT(client_limits(use),
              ElementsAre(AllOf(HasSubstr("behind its own schedule (p99 12.3 ms)"),
                                HasSubstr("more cores"), Not(HasSubstr("--threads")))));
  use.cores = 2;
  EXPECT_THAT(client_limits(use), ElementsAre(HasSubstr("more --threads")));
}

TEST(ClientLimits, ThisProcessMayRunSomewhere) {
  EXPECT_GE(usable_cores(), 1);
}

}  // namespace
}  // namespace sdmp::load
