#include "engine/load/process_use.h"

#include <chrono>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sdmp::load {
namespace {

double cpu_of_this_process() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
         static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

// "VmRSS:     1234 kB"
std::uint64_t resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6)) * 1024;
  }
  return 0;
}

TEST(ProcessUse, OfThisProcessIsWhatTheKernelSaysElsewhere) {
  // The clock of /proc ticks 100 times a second: some ticks have to pass.
  volatile std::uint64_t work = 0;
  while (cpu_of_this_process() < 0.2) work = work + 1;
  const double before = cpu_of_this_process();
  const auto use = read_process_use(getpid());
  const double after = cpu_of_this_process();
  ASSERT_TRUE(use) << use.error();
  EXPECT_GE(use->cpu_s, before - 0.05);
  EXPECT_LE(use->cpu_s, after + 0.05);
  // The kernel counts pages per CPU and adds them up now and then.
  EXPECT_NEAR(static_cast<double>(use->rss_bytes), static_cast<double>(resident_bytes()), 4e6);
}

TEST(ProcessUse, ANameWithSpacesAndParenthesesShiftsNothing) {
  char name[16] = {};
  prctl(PR_GET_NAME, name);
  prctl(PR_SET_NAME, "a) R 1 (b c");
  const auto use = read_process_use(getpid());
  prctl(PR_SET_NAME, name);
  ASSERT_TRUE(use);
  EXPECT_NEAR(static_cast<double>(use->rss_bytes), static_cast<double>(resident_bytes()), 4e6);
}

TEST(ProcessUse, IsFoundBehindAnyName) {
  const auto use = parse_process_use(
      "7 (a) b) S 1 7 7 0 -1 4 10 0 0 0 120 34 0 0 20 0 1 0 5 6 3 1844674407370955161\n");
  ASSERT_TRUE(use);
  EXPECT_DOUBLE_EQ(use->cpu_s * static_cast<double>(sysconf(_SC_CLK_TCK)), 154);
  EXPECT_EQ(use->rss_bytes, 3 * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
}

TEST(ProcessUse, ATextThatIsCutShortOrAnotherIsNone) {
  for (const char* text : {"", "7 (a", "7 (a) S 1 7 7", "7 (a) S 1 7 7 0 -1 4 10 0 0 0 120 34 0 0",
                           "7 (a) S 1 7 7 0 -1 4 10 0 0 0 12x 34 0 0 20 0 1 0 5 6 3"}) {
    EXPECT_FALSE(parse_process_use(text)) << text;
  }
}

TEST(ProcessUse, AProcessThatIsNotThereIsNamed) {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
  const auto use = read_process_use(pid);
  ASSERT_FALSE(use);
  EXPECT_NE(use.error().find(std::to_string(pid)), std::string::npos) << use.error();
}

}  // namespace
}  // namespace sdmp::load
