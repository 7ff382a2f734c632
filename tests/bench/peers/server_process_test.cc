#include "bench/peers/server_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/peers/failure.h"

namespace sdmp::bench::peers {
namespace {

TEST(ServerProcess, AddsItsProcessesUp) {
  const ServerProcess one({getpid()});
  const ServerProcess two({getpid(), getpid()});
  const double least_s = 2 * one.cpu_seconds();
  const double twice_s = two.cpu_seconds();
  const double most_s = 2 * one.cpu_seconds();
  EXPECT_GE(twice_s, least_s);
  EXPECT_LE(twice_s, most_s);
  EXPECT_GT(one.resident_octets(), 1'000'000u);
  EXPECT_NEAR(static_cast<double>(two.resident_octets()),
              2 * static_cast<double>(one.resident_octets()), 4e6);
}

TEST(ServerProcess, OneThatIsGoneIsAFailure) {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
  EXPECT_THROW(ServerProcess({pid}).cpu_seconds(), Failure);
  EXPECT_THROW(ServerProcess({getpid(), pid}).resident_octets(), Failure);
}

}  // namespace
}  // namespace sdmp::bench::peers
