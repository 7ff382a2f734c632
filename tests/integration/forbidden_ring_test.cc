// A kernel that offers no io_uring, made by a seccomp filter as containers do: words, and exit 78.
#include <cerrno>
#include <cstddef>
#include <thread>

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/integration/process.h"

namespace sdmp::integration {
namespace {

// For the calling thread and the processes that it starts.
void forbid_io_uring_setup(std::uint32_t error_number) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error_number),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

RunResult run_without_io_uring(std::uint32_t error_number, const std::string& program,
                               const std::vector<std::string>& arguments) {
  RunResult result{};
  std::thread([&] {
    forbid_io_uring_setup(error_number);
    result = run(program, arguments);
  }).join();
  return result;
}

class ForbiddenRing : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  TestHome home_{directory_, "home"};
};

TEST_F(ForbiddenRing, TheDaemonSaysSoAndExits78) {
  const auto forbidden = run_without_io_uring(EPERM, "sdmpd", {"--home", home_.path()});
  EXPECT_EQ(forbidden.exit_code, 78);
  EXPECT_NE(forbidden.err.find("io_uring is forbidden"), std::string::npos) << forbidden.err;
  const auto hidden = run_without_io_uring(ENOSYS, "sdmpd", {"--home", home_.path()});
  EXPECT_EQ(hidden.exit_code, 78);
  EXPECT_NE(hidden.err.find("has no io_uring"), std::string::npos) << hidden.err;
}

TEST_F(ForbiddenRing, SyncSaysSoAndExits78) {
  const TestHome other(directory_, "other");
  home_.trust({&other});
  const auto result = run_without_io_uring(
      EPERM, "sdmp", {"sync", "--peer", "127.0.0.1:9", "--home", home_.path()});
  EXPECT_EQ(result.exit_code, 78);
  EXPECT_NE(result.err.find("io_uring is forbidden"), std::string::npos) << result.err;
}

TEST_F(ForbiddenRing, WhatNeedsNoConnectionStillWorks) {
  EXPECT_EQ(run_without_io_uring(EPERM, "sdmp", {"export", "--home", home_.path()}).exit_code, 0);
}

}  // namespace
}  // namespace sdmp::integration
