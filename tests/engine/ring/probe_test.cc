#include "engine/ring/probe.h"

#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sdmp::ring {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

KernelReport good() {
  KernelReport report;
  report.release = "6.1.0";
  report.disabled_sysctl = 0;
  report.memlock = 8u << 20;
  return report;
}

std::string words(int setup_error, int sysctl = 0) {
  KernelReport report = good();
  report.setup_error = setup_error;
  report.disabled_sysctl = sysctl;
  return complaint(report).value_or("");
}

TEST(Probe, ThisKernelServes) {
  EXPECT_EQ(complaint(inspect_kernel()), std::nullopt);
}
TEST(Probe, NothingToSayAboutAGoodKernel) {
  EXPECT_EQ(complaint(good()), std::nullopt);
}

TEST(Probe, NamesTheSysctlThatForbidsIt) {
  EXPECT_THAT(words(EPERM, 2), AllOf(HasSubstr("kernel.io_uring_disabled = 2"),
                                     HasSubstr("sysctl kernel.io_uring_disabled=0")));
}
TEST(Probe, SuspectsTheContainerWhenNoSysctlForbidsIt) {
  EXPECT_THAT(words(EPERM), AllOf(HasSubstr("container"), HasSubstr("seccomp")));
}
TEST(Probe, TellsAnOldKernelFromAHiddenOne) {
  EXPECT_THAT(words(ENOSYS), AllOf(HasSubstr("has no io_uring"), HasSubstr("6.1")));
  EXPECT_THAT(words(EINVAL), AllOf(HasSubstr("DEFER_TASKRUN"), HasSubstr("6.1")));
}
TEST(Probe, TellsHowMuchMemoryMayBeLocked) {
  EXPECT_THAT(words(ENOMEM), AllOf(HasSubstr("8192 KiB"), HasSubstr("LimitMEMLOCK")));
}
TEST(Probe, TellsAboutDescriptors) {
  EXPECT_THAT(words(EMFILE), HasSubstr("ulimit -n"));
}
TEST(Probe, GivesTheSystemsWordsOtherwise) {
  EXPECT_THAT(words(EFAULT), HasSubstr("Bad address"));
}

TEST(Probe, ListsWhatIsMissing) {
  KernelReport report = good();
  report.missing_operations = {"accept", "recv"};
  report.buffer_ring_error = EINVAL;
  EXPECT_THAT(complaint(report).value_or(""),
              AllOf(HasSubstr("Linux 6.1.0 lacks"), HasSubstr("accept recv"),
                    HasSubstr("provided buffer rings"), Not(HasSubstr("time"))));
}
TEST(Probe, ListsMissingFeatures) {
  KernelReport report = good();
  report.nodrop = false;
  report.wait_timeout = false;
  EXPECT_THAT(complaint(report).value_or(""), AllOf(HasSubstr("never drop"), HasSubstr("timeout")));
}
TEST(Probe, BuffersThatCannotBePinnedAreAMatterOfMemory) {
  KernelReport report = good();
  report.buffer_ring_error = ENOMEM;
  EXPECT_THAT(complaint(report).value_or(""), HasSubstr("8192 KiB"));
}

}  // namespace
}  // namespace sdmp::ring
